import CLinux
public import DriftModel
public import DriftStore
import Glibc

/// Takes files from anywhere into the spool, as if they had been dropped: copies, because what is not ours stays where
/// it is. Done again after a kill it goes on: files that are in are known by their ledger rows.
public struct Loader: Sendable {
    private let layout: SpoolLayout
    private let files: any SpoolFiles

    public init(layout: SpoolLayout, files: any SpoolFiles) {
        self.layout = layout
        self.files = files
    }

    /// A file somewhere else, for a source.
    public struct Item: Hashable, Sendable {
        public var source: String
        public var path: String

        public init(source: String, path: String) {
            self.source = source
            self.path = path
        }
    }

    /// What taking files came to.
    public struct Result: Sendable {
        /// Claimed now or by an earlier call, by number: what is to be waited for.
        public var claimed: [Int64] = []
        /// Files whose effects were in before this call.
        public var known = 0

        public init() {}
    }

    /// Writes the claims, then copies.
    /// - Parameters:
    ///   - progress: Called after each file with the number of files done.
    /// - Throws: ``IntakeError`` for the first file that cannot be read or copied: those before it are claimed.
    public func take(
        _ items: [Item], store: Store, now: Instant, progress: (Int) -> Void
    ) throws -> Result {
        var result = Result()
        let known = try store.write { try $0.loadedFiles() }
        for (index, item) in items.enumerated() {
            let status = try Self.status(item.path)
            let stamp = FileStamp(status)
            let name = Array((item.path.split(separator: "/").last ?? "").utf8)
            let row = NewFile(
                source: item.source, name: name, origin: .load, device: stamp.device, inode: stamp.inode,
                size: stamp.size, modifiedAt: Instant(microseconds: stamp.modifiedNanoseconds / 1000), seenAt: now,
                claimedAt: now, storedPath: SpoolLayout.inWork)
            if let before = known[LoadedFile(row)] {
                if before.isFinal { result.known += 1 } else { result.claimed.append(before.fileID) }
            } else {
                let fileID = try store.write { try $0.insertFile(row) }
                do {
                    try copy(item.path, to: fileID)
                } catch {
                    // It may lie there already, under its number: the next start would take it for somebody else's.
                    try? files.remove(Array(String(fileID).utf8), in: layout.work)
                    try store.write {
                        try $0.setFileState(fileID, .vanished, reason: "could not be copied: \(error)", doneAt: now)
                    }
                    throw error
                }
                result.claimed.append(fileID)
            }
            progress(index + 1)
        }
        return result
    }

    private static func status(_ path: String) throws(IntakeError) -> stat {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw IntakeError("open", path: path, errorNumber: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw IntakeError(.notRegular, "open", path: path) }
        return status
    }

    /// Copies a file into work/, durably, under its number only when it is whole.
    private func copy(_ path: String, to fileID: Int64) throws(IntakeError) {
        let source = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard source >= 0 else { throw IntakeError("open", path: path, errorNumber: errno) }
        defer { close(source) }
        let temporary = "\(layout.work)/.\(fileID).tmp"
        let target = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard target >= 0 else { throw IntakeError("create", path: temporary, errorNumber: errno) }
        var number = Self.copyBytes(from: source, to: target)
        if number == 0, fsync(target) != 0 { number = errno }
        close(target)
        guard number == 0 else {
            _ = unsafe unlink(temporary)
            throw IntakeError("copy", path: path, errorNumber: number)
        }
        try files.move(
            Array(".\(fileID).tmp".utf8), from: layout.work, to: Array(String(fileID).utf8), in: layout.work)
        try files.sync(directory: layout.work)
    }

    /// - Returns: The error number; 0 when all was copied.
    private static func copyBytes(from source: Int32, to target: Int32) -> Int32 {
        if segdrift_clone(target, source) == 0 { return 0 }
        var block = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe block.withUnsafeMutableBytes { unsafe read(source, $0.baseAddress, $0.count) }
            if count == 0 { return 0 }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            var rest = block[..<count]
            while !rest.isEmpty {
                let written = unsafe rest.withUnsafeBytes { unsafe write(target, $0.baseAddress, $0.count) }
                if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { return errno }
            }
        }
    }
}
