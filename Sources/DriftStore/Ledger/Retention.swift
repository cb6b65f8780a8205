public import DriftModel
import GRDB

/// Which files' time is up: what is done with before an instant, by what became of it; nil: never.
public struct RetentionLimits: Hashable, Sendable {
    /// Files that were applied, or repeated others.
    public var archivedBefore: Instant?
    /// What was refused.
    public var refusedBefore: Instant?

    public init(archivedBefore: Instant?, refusedBefore: Instant?) {
        self.archivedBefore = archivedBefore
        self.refusedBefore = refusedBefore
    }
}

/// What a retention takes from the ledger, a piece at a time. Counts stay.
extension StoreTransaction {
    /// Files behind a number whose bytes' time is up, by number.
    /// - Parameter rowsMax: At most so many rows are looked at.
    /// - Returns: Them, and the last row looked at; nil: that was the end.
    public func expiredFiles(
        after fileID: Int64, limits: RetentionLimits, rowsMax: Int
    ) throws -> (files: [FileRow], last: Int64?) {
        let rows = try rows(
            """
            SELECT *,
                done_at < CASE state WHEN 'quarantined' THEN ?2 ELSE ?3 END AND requeue_of IS NULL
                    AND state IN ('quarantined', 'archived', 'duplicate')
                    AND (stored_path LIKE 'quarantine/%' OR stored_path LIKE 'archive/%') AS is_expired
            FROM file WHERE file_id > ?1 ORDER BY file_id LIMIT ?4
            """,
            [fileID, limits.refusedBefore?.microseconds, limits.archivedBefore?.microseconds, rowsMax])
        let expired = try rows.filter { ($0["is_expired"] as Bool?) == true }.map(FileRow.init(row:))
        return (expired, rows.count < rowsMax ? nil : rows.last?["file_id"])
    }

    /// A file whose bytes were deleted because their time was up. What is counted of it stays.
    /// - Parameter path: Says that it lies nowhere.
    public func noteDeleted(_ file: FileRow, storedPath path: String, why: String) throws {
        let state = file.state == .quarantined ? FileState.dropped : file.state
        let reason = [file.reason, why].compactMap(\.self).joined(separator: "; ")
        try setFileState(file.fileID, state, reason: reason, storedPath: path)
    }

    /// Forgets refused records of files done with before an instant: place, words and sample. How many there were of
    /// each reason stays.
    /// - Returns: How many were forgotten, at most `rowsMax`.
    public func forgetRefused(before: Instant, rowsMax: Int) throws -> Int {
        let rows = try rows(
            """
            SELECT q.quarantined_id, q.file_id, q.code, q.record FROM quarantined_record AS q
            JOIN file AS f USING (file_id) WHERE f.done_at < ?1 ORDER BY q.quarantined_id LIMIT ?2
            """, [before.microseconds, rowsMax])
        for row in rows {
            let (number, fileID, code): (Int64, Int64, String) = (row[0], row[1], row[2])
            try run("DELETE FROM quarantined_record WHERE quarantined_id = ?", [number])
            // What was said of a file as a whole counts no record.
            guard row[3] as Int64? != nil else { continue }
            try run(
                """
                INSERT INTO forgotten_refusal (file_id, code, n) VALUES (?, ?, 1)
                ON CONFLICT DO UPDATE SET n = n + 1
                """, [fileID, code])
        }
        return rows.count
    }
}
