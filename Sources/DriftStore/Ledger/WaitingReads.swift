public import DriftModel
import GRDB

/// A file that passed its first pass and waits for its turn: what decides when that is.
public struct WaitingRow: Hashable, Sendable {
    public var fileID: Int64
    public var source: String
    /// Name as delivered, raw bytes.
    public var name: [UInt8]
    /// First and last `at` among its records; nil when it has no usable record.
    public var firstAt: Instant?
    public var lastAt: Instant?
    /// As its first pass counted them.
    public var records: Int64

    public init(
        fileID: Int64, source: String, name: [UInt8], firstAt: Instant?, lastAt: Instant?, records: Int64
    ) {
        self.fileID = fileID
        self.source = source
        self.name = name
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.records = records
    }
}

extension StoreTransaction {
    private static let waitingColumns = "SELECT file_id, source, name_bytes, first_at, last_at, scanned FROM file"

    /// Files that wait, in the order of their first `at`; those without any usable record are left out.
    /// - Parameter take: Called with one after the other until it returns false.
    /// - Complexity: O(rows taken), however many wait.
    public func waitingInOrder(_ take: (WaitingRow) throws -> Bool) throws {
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    \(Self.waitingColumns) WHERE state = 'valid' AND first_at IS NOT NULL
                    ORDER BY first_at, source, name_bytes
                    """))
        while let row = try rows.next() {
            guard try take(WaitingRow(row: row)) else { return }
        }
    }

    /// Bytes of files, together.
    public func bytes(ofFiles fileIDs: some Sequence<Int64>) throws -> Int64 {
        try fileIDs.reduce(0) { sum, fileID in
            sum + ((try row("SELECT size FROM file WHERE file_id = ?", [fileID])?[0] as Int64?) ?? 0)
        }
    }

    /// How many files wait.
    public func waitingCount() throws -> Int64 {
        (try row("SELECT count(*) FROM file WHERE state = 'valid'")?[0] as Int64?) ?? 0
    }

    /// How many files of a source are taken and not done.
    /// - Complexity: O(files that are taken and not done).
    public func openFiles(ofSource source: String) throws -> Int64 {
        (try row(
            """
            SELECT count(*) FROM file WHERE source = ? AND state IN ('claimed', 'valid', 'applying')
                \(FileState.sqlNotFinal)
            """, [source])?[0] as Int64?) ?? 0
    }

    /// Whether more files wait than so many.
    /// - Complexity: O(count), however many wait.
    public func waits(moreThan count: Int) throws -> Bool {
        try row("SELECT 1 FROM file WHERE state = 'valid' LIMIT 1 OFFSET ?", [count]) != nil
    }

    /// Files of a source that wait and have no usable record, in the order of their names.
    /// - Parameter take: Called with one after the other until it returns false.
    public func waitingWithoutRecords(source: String, _ take: (WaitingRow) throws -> Bool) throws {
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    \(Self.waitingColumns) WHERE state = 'valid' AND first_at IS NULL AND source = ?
                    ORDER BY name_bytes, file_id
                    """), arguments: [source])
        while let row = try rows.next() {
            guard try take(WaitingRow(row: row)) else { return }
        }
    }
}

extension WaitingRow {
    fileprivate init(row: Row) {
        self.init(
            fileID: row[0], source: row[1], name: row.bytes("name_bytes"), firstAt: row.instant("first_at"),
            lastAt: row.instant("last_at"), records: row["scanned"])
    }
}
