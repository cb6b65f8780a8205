import DriftModel
import GRDB

/// What tells a file given to `segdrift load` from any other: where it lay, and how it looked.
public struct LoadedFile: Hashable, Sendable {
    private var source: String
    private var name: [UInt8]
    private var device: UInt64
    private var inode: UInt64
    private var size: Int64
    private var modifiedMicroseconds: Int64

    public init(_ file: NewFile) {
        self.init(file.source, file.name, file.device, file.inode, file.size, file.modifiedAt.microseconds)
    }

    init(
        _ source: String, _ name: [UInt8], _ device: UInt64, _ inode: UInt64, _ size: Int64,
        _ modifiedMicroseconds: Int64
    ) {
        self.source = source
        self.name = name
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedMicroseconds = modifiedMicroseconds
    }
}

extension StoreTransaction {
    /// Files that were given to `segdrift load` before, but for those that never came to be read.
    /// - Complexity: O(ledger).
    public func loadedFiles() throws -> [LoadedFile: (fileID: Int64, isFinal: Bool)] {
        var found: [LoadedFile: (fileID: Int64, isFinal: Bool)] = [:]
        let rows = try rows(
            """
            SELECT file_id, source, name_bytes, device, inode, modified_at, state, size FROM file
            WHERE origin = 'load' AND state NOT IN ('vanished', 'released', 'requeued', 'dropped') AND requeue_of IS NULL
            """)
        for row in rows {
            let key = LoadedFile(
                row["source"], row.bytes("name_bytes"), UInt64(bitPattern: row["device"]),
                UInt64(bitPattern: row["inode"]), row["size"], row["modified_at"])
            let state = FileState(rawValue: row["state"])
            found[key] = (row["file_id"], state?.isFinal ?? true)
        }
        return found
    }
}

extension StoreTransaction {
    /// Records of files that wait or are being applied, and are not in yet.
    public func recordsLeft() throws -> Int64 {
        try row(
            """
            SELECT ifnull(sum(scanned - records), 0) FROM file WHERE state IN ('valid', 'applying') \(FileState.sqlNotFinal)
            """)?[0] ?? 0
    }
}
