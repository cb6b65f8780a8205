import Glibc

/// Makes directories and files so that a reader never sees half of one.
enum FileOutput {
    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String) throws(Failure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made == "/" ? "" : "/") + part
            if unsafe mkdir(made, 0o755) != 0, errno != EEXIST {
                throw Failure(
                    ExitStatus.cannotCreate, "cannot create directory '\(made)': \(Terminal.systemMessage(errno))")
            }
        }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Writes a file under a name producers' tools ignore and renames it.
    /// - Parameter modified: Seconds since 1970 for its modification time; nil: now.
    static func write(_ bytes: [UInt8], to path: String, modified: Int64? = nil) throws(Failure) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let temporary = (parts.dropLast() + [".\(parts.last ?? "file").tmp"]).joined(separator: "/")
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if count >= 0 { written += count } else if errno != EINTR { throw failure("write", path) }
        }
        if let modified {
            let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
            _ = unsafe [time, time].withUnsafeBufferPointer { unsafe futimens(descriptor, $0.baseAddress) }
        }
        guard unsafe rename(temporary, path) == 0 else { throw failure("rename to", path) }
    }

    static func write(_ text: String, to path: String) throws(Failure) { try write(Array(text.utf8), to: path) }

    private static func failure(_ verb: String, _ path: String) -> Failure {
        Failure(ExitStatus.cannotCreate, "cannot \(verb) '\(path)': \(Terminal.systemMessage(errno))")
    }
}
