import Glibc

/// Small text files that people write: configuration and models.
enum TextFile {
    /// More than any configuration needs; less than what would hurt.
    static let bytesMax = 16 << 20

    /// The whole file as text.
    /// - Throws: ``DaemonError`` (78) saying which file and why.
    static func read(_ path: String, what: String) throws(DaemonError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw cannotRead(path, what) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw cannotRead(path, what) }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else {
                throw DaemonError(
                    .configuration, "\(path): a \(what) of more than 16 MiB", hint: "is it the right file?")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DaemonError(.configuration, "\(path): the \(what) is not UTF-8", hint: "save it as UTF-8")
        }
        return text
    }

    /// The text, or nil where there is no such file.
    static func readIfThere(_ path: String, what: String) throws(DaemonError) -> String? {
        guard unsafe access(path, F_OK) == 0 else { return nil }
        return try read(path, what: what)
    }

    private static func cannotRead(_ path: String, _ what: String) -> DaemonError {
        let reason = unsafe String(cString: strerror(errno))
        return DaemonError(
            .configuration, "\(path): cannot read the \(what): \(reason)",
            hint: what == "configuration" ? "name it with --config, or make one with 'segdrift init DIR'" : nil)
    }
}

/// The directory of a file, absolute, as the shell that started us would see it.
func absoluteDirectory(ofFile path: String) -> String {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[..<$0]) } ?? ""
    if path.hasPrefix("/") { return directory.isEmpty ? "/" : directory }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard unsafe getcwd(&buffer, buffer.count) != nil else { return directory.isEmpty ? "." : directory }
    let current = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return directory.isEmpty ? current : "\(current)/\(directory)"
}
