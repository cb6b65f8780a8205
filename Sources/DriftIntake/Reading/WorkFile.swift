import Glibc

/// What tells whether a file is still the one that was read.
public struct FileStamp: Hashable, Sendable {
    public var device: UInt64
    public var inode: UInt64
    /// Bytes.
    public var size: Int64
    /// Nanoseconds since 1970.
    public var modifiedNanoseconds: Int64
    /// Nanoseconds since 1970; a rename moves it on.
    public var changedNanoseconds: Int64

    public init(
        device: UInt64, inode: UInt64, size: Int64, modifiedNanoseconds: Int64, changedNanoseconds: Int64
    ) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedNanoseconds = changedNanoseconds
    }

    init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modifiedNanoseconds: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec),
            changedNanoseconds: Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec))
    }
}

extension FileStamp {
    /// Whether it is the same file with the same content: a rename or another link moves only the time of change.
    func isSameContent(as other: FileStamp) -> Bool {
        device == other.device && inode == other.inode && size == other.size
            && modifiedNanoseconds == other.modifiedNanoseconds
    }
}

/// A regular file open for reading. Never follows a link, never waits on a FIFO.
final class WorkFile {
    /// Bytes asked for at once.
    static let blockBytes = 256 << 10

    let path: String
    private let descriptor: Int32
    private var block: [UInt8] = []

    init(path: String) throws(IntakeError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        if descriptor < 0 { throw IntakeError("open", path: path, errorNumber: errno) }
        var status = stat()
        if unsafe fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
            throw IntakeError(.notRegular, "open", path: path)
        }
        // Small files need small blocks: many may be open together.
        let bytes = max(4_096, min(Self.blockBytes, Int(status.st_size) + 1))
        block = [UInt8](repeating: 0, count: bytes)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What a name leads to now.
    static func stamp(path: String) throws(IntakeError) -> FileStamp {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw IntakeError("lstat", path: path, errorNumber: errno) }
        return FileStamp(status)
    }

    func stamp() throws(IntakeError) -> FileStamp {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw IntakeError("fstat", path: path, errorNumber: errno)
        }
        return FileStamp(status)
    }

    /// The next bytes; empty at the end of the file. Read errors that may pass are tried again, at once.
    func read() throws(IntakeError) -> ArraySlice<UInt8> {
        var failures = 0
        while true {
            let count = unsafe block.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return block[..<count] }
            if errno == EINTR { continue }
            failures += 1
            if errno != EIO || failures == 3 { throw IntakeError("read", path: path, errorNumber: errno) }
        }
    }
}
