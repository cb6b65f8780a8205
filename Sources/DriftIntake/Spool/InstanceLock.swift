import Glibc

/// Keeps a second daemon off a state directory: an advisory lock held for the life of the process, released by
/// the kernel whatever happens to it.
public final class InstanceLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock `<directory>/lock`.
    /// - Returns: nil when another process holds it (exit code 75).
    /// - Throws: ``IntakeError`` when the lock file cannot be opened.
    public static func acquire(directory: String) throws(IntakeError) -> InstanceLock? {
        let path = directory + "/lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o640)
        if descriptor < 0 { throw IntakeError("open", path: path, errorNumber: errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return InstanceLock(descriptor: descriptor) }
        let number = errno
        close(descriptor)
        if number == EWOULDBLOCK { return nil }
        throw IntakeError("flock", path: path, errorNumber: number)
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Leaves a line in the lock file for whoever finds the lock taken: where the holder can be reached.
    public func leave(note: String) {
        let bytes = Array(note.utf8)
        // Over what is there: what is cut off first may have found no room again on a full disk.
        _ = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        _ = ftruncate(descriptor, off_t(bytes.count))
    }

    /// The line that the last holder left; nil: none. It is that of the present holder only while the lock is taken.
    public static func note(directory: String) -> String? {
        let descriptor = unsafe open(directory + "/lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
