import CLinux
import Glibc

/// Who else has to do with a file: writers, other names.
extension SystemSpoolFiles {
    /// Asks for a read lease, which the kernel grants only while nobody has the file open for writing. Only a file's
    /// owner (and root) may ask; of others' files, and where there are no leases, nothing is known.
    public func isBeingWritten(_ name: [UInt8], in directory: String) -> Bool {
        let isBusy = try? Self.with(directory) { folder throws(IntakeError) in
            let file = unsafe name.withCBytes { unsafe openat(folder, $0, Self.lookingFlags) }
            guard file >= 0 else { return false }
            defer { close(file) }
            var status = stat()
            guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
            return segdrift_is_open_for_writing(file) != 0
        }
        return isBusy ?? false
    }

    /// Whether entries may be removed from a directory, by its permissions.
    public func isWritable(_ directory: String) -> Bool {
        unsafe faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0
    }

    /// Copies beside the file, then renames the copy over it.
    public func detach(_ name: [UInt8], in directory: String) throws(IntakeError) {
        let temporary = Array(".".utf8) + name + Array(".tmp".utf8)
        try Self.with(directory) { folder throws(IntakeError) in
            let source = unsafe name.withCBytes { unsafe openat(folder, $0, Self.lookingFlags) }
            if source < 0 { throw failure("open", directory, name) }
            defer { close(source) }
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
            let target = unsafe temporary.withCBytes { unsafe openat(folder, $0, flags, 0o640) }
            if target < 0 { throw failure("create", directory, temporary) }
            defer { close(target) }
            do throws(IntakeError) {
                try Self.copy(source, target, path: "\(directory)/\(FileName.display(name))")
                let renamed = unsafe temporary.withCBytes { old in
                    unsafe name.withCBytes { new in unsafe renameat(folder, old, folder, new) }
                }
                if renamed != 0 { throw failure("rename", directory, temporary) }
            } catch {
                _ = unsafe temporary.withCBytes { unsafe unlinkat(folder, $0, 0) }
                throw error
            }
            if fsync(folder) != 0 { throw IntakeError("fsync", path: directory, errorNumber: errno) }
        }
    }

    /// The whole content, durable, with the time of its last change.
    private static func copy(_ source: Int32, _ target: Int32, path: String) throws(IntakeError) {
        var before = stat()
        var after = stat()
        guard unsafe fstat(source, &before) == 0 else { throw IntakeError("fstat", path: path, errorNumber: errno) }
        while true {
            let count = segdrift_copy_range(source, target, 64 << 20)
            if count == 0 { break }
            if count < 0, errno != EINTR { throw IntakeError("copy", path: path, errorNumber: errno) }
        }
        guard unsafe fstat(source, &after) == 0 else { throw IntakeError("fstat", path: path, errorNumber: errno) }
        // The number of names may change; the content must not.
        guard before.st_size == after.st_size,
            FileStamp(before).modifiedNanoseconds == FileStamp(after).modifiedNanoseconds
        else { throw IntakeError(.changed, "copy", path: path) }
        var times = [after.st_atim, after.st_mtim]
        _ = unsafe futimens(target, &times)
        if fsync(target) != 0 { throw IntakeError("fsync", path: path, errorNumber: errno) }
    }
}
