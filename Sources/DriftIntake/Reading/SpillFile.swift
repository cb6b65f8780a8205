import CLinux
import Glibc

/// A file without a name in work/, for what a pass over another file cannot hold in memory: gone with the process,
/// however that ends.
final class SpillFile {
    /// Begins the name that a file has for a moment where the file system knows no nameless ones.
    static let namePrefix = ".sort-"

    private let descriptor: Int32
    private let directory: String
    /// Bytes written.
    private(set) var count: Int64 = 0

    /// - Throws: ``IntakeError``; kind `full` when the disk is.
    init(directory: String) throws(IntakeError) {
        self.directory = directory
        var opened = unsafe segdrift_open_nameless(directory)
        if opened < 0, [EOPNOTSUPP, EISDIR, ENOENT, EINVAL].contains(errno) {
            let path = "\(directory)/\(Self.namePrefix)\(getpid())"
            opened = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if opened >= 0 { unsafe unlink(path) }
        }
        descriptor = opened
        if opened < 0 { throw IntakeError("open a file for sorting in", path: directory, errorNumber: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds to the end.
    func append(_ bytes: [UInt8]) throws(IntakeError) {
        var written = 0
        while written < bytes.count {
            let result = unsafe bytes.withUnsafeBytes { buffer in
                unsafe buffer.baseAddress.map { base in
                    unsafe pwrite(descriptor, base + written, buffer.count - written, off_t(count) + off_t(written))
                } ?? 0
            }
            if result < 0 {
                if errno == EINTR { continue }
                throw IntakeError("write a file for sorting in", path: directory, errorNumber: errno)
            }
            written += result
        }
        count += Int64(bytes.count)
    }

    /// Up to `most` bytes from an offset on; fewer at the end.
    func read(at offset: Int64, most: Int, into bytes: inout [UInt8]) throws(IntakeError) {
        let wanted = Int(max(0, min(Int64(most), count - offset)))
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: repeatElement(0, count: wanted))
        var have = 0
        while have < wanted {
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe buffer.baseAddress.map { base in
                    unsafe pread(descriptor, base + have, wanted - have, off_t(offset) + off_t(have))
                } ?? 0
            }
            if result < 0 && errno == EINTR { continue }
            if result <= 0 { throw IntakeError("read a file for sorting in", path: directory, errorNumber: errno) }
            have += result
        }
    }
}
