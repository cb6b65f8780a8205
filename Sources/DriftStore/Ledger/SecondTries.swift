public import DriftModel
import GRDB

/// Records and files that a person gives another try, or up.
extension StoreTransaction {
    /// Records of a file that were refused and can be tried again, ascending. Second contents of an id (`conflict`)
    /// are not among them: the first one counts, whatever the mapping says.
    public func triableRecords(of fileID: Int64, code: String? = nil) throws -> [Int64] {
        try rows(
            """
            SELECT record FROM quarantined_record
            WHERE file_id = ?1 AND record IS NOT NULL AND code <> 'conflict' AND (?2 IS NULL OR code = ?2)
            ORDER BY record
            """, [fileID, code]
        ).map { $0[0] }
    }

    /// Files with refused records, by number, of those that a person may ask about.
    /// - Parameters:
    ///   - fileID: This file alone.
    ///   - source: Files of this source.
    ///   - code: Those with records refused for this, or refused whole for it.
    public func quarantinedFiles(fileID: Int64?, source: String?, code: String?) throws -> [FileRow] {
        try rows(
            """
            SELECT * FROM file AS f
            WHERE (?1 IS NULL OR f.file_id = ?1) AND (?2 IS NULL OR f.source = ?2)
                AND (f.state = 'quarantined' AND (?3 IS NULL OR f.code = ?3)
                    OR f.state IN ('archived', 'quarantined') AND EXISTS (
                        SELECT 1 FROM quarantined_record AS q WHERE q.file_id = f.file_id AND q.record IS NOT NULL
                            AND q.code <> 'conflict' AND (?3 IS NULL OR q.code = ?3)))
            ORDER BY f.file_id
            """, [fileID, source, code]
        ).map(FileRow.init(row:))
    }

    /// Hands refused records of a file over to a row of their own, to be mapped and applied anew. Every record stays
    /// counted once: here no longer, there as quarantined until it is applied.
    /// - Parameters:
    ///   - file: Archived, or itself a second try that has ended.
    ///   - now: The wall clock: the records' new claim.
    /// - Returns: The number of the new row, which is ``FileState/claimed``.
    public func requeueRecords(_ records: [Int64], of file: FileRow, now: Instant) throws -> Int64 {
        let count = Int64(records.count)
        try run(
            """
            INSERT INTO file (source, name, name_bytes, state, origin, device, inode, size, modified_at, seen_at,
                claimed_at, stored_path, requeue_of, records, quarantined)
            SELECT source, name, name_bytes, 'claimed', origin, device, inode, size, modified_at, seen_at, ?, stored_path,
                ifnull(requeue_of, file_id), ?, ?
            FROM file WHERE file_id = ?
            """, [now.microseconds, count, count, file.fileID])
        let fileID = db.lastInsertedRowID
        for record in records {
            try run("INSERT INTO requeued_record (file_id, record) VALUES (?, ?)", [fileID, record])
            try run(
                "UPDATE quarantined_record SET file_id = ? WHERE file_id = ? AND record = ?",
                [fileID, file.fileID, record])
        }
        try run(
            "UPDATE file SET records = records - ?, quarantined = quarantined - ? WHERE file_id = ?",
            [count, count, file.fileID])
        return fileID
    }

    /// Records of a second try that wait for it.
    public func requeuedRecords(of fileID: Int64, onlyUndone: Bool = true) throws -> Set<Int64> {
        Set(
            try rows(
                "SELECT record FROM requeued_record WHERE file_id = ? AND (done = 0 OR NOT ?)", [fileID, onlyUndone]
            ).map { $0[0] })
    }

    /// Notes records of a second try as dealt with, in their chunk's own transaction: what was known against them is
    /// forgotten, and what is known now can be written.
    public func settleRequeued(_ records: some Sequence<Int64>, of fileID: Int64) throws {
        for record in records {
            try run("UPDATE requeued_record SET done = 1 WHERE file_id = ? AND record = ?", [fileID, record])
            try run("DELETE FROM quarantined_record WHERE file_id = ? AND record = ?", [fileID, record])
        }
    }

    /// Gives a file that was refused whole a new row, to be claimed from where it lies. Its records will be counted
    /// there.
    /// - Returns: The number of the new row.
    public func requeueFile(_ file: FileRow, now: Instant) throws -> Int64 {
        try run(
            """
            INSERT INTO file (source, name, name_bytes, state, origin, device, inode, size, modified_at, seen_at,
                claimed_at, stored_path)
            SELECT source, name, name_bytes, 'claimed', origin, device, inode, size, modified_at, seen_at, ?, stored_path
            FROM file WHERE file_id = ?
            """, [now.microseconds, file.fileID])
        let fileID = db.lastInsertedRowID
        try setFileState(file.fileID, .requeued, reason: "given another try as file \(fileID)", doneAt: now)
        try setCounts(file.fileID, FileCounts())
        try run("DELETE FROM quarantined_record WHERE file_id = ?", [file.fileID])
        return fileID
    }

    /// Hands what is left of a file, put aside after a part of it was applied, over to a row of its own. The file
    /// itself is then done with.
    /// - Parameter records: Those that are not in, ascending.
    /// - Returns: The number of the new row, which is ``FileState/claimed``.
    public func requeueRest(_ records: [Int64], of file: FileRow, now: Instant) throws -> Int64 {
        let fileID = try requeueRecords(records, of: file, now: now)
        try run("DELETE FROM quarantined_record WHERE file_id = ? AND record IS NULL", [file.fileID])
        try setFileState(
            file.fileID, .committed,
            reason: "\(file.reason ?? "put aside"); the rest was given another try as file \(fileID)")
        return fileID
    }

    /// A file put aside after a part of it was applied: the rest counts as quarantined.
    public func markRestQuarantined(_ fileID: Int64, code: String, reason: String) throws {
        let file = try existing(fileID)
        try setFileState(fileID, .quarantinePending, code: code, reason: reason)
        let rest = max(0, (file.verdict?.scanned ?? file.counts.records) - file.counts.records)
        try run(
            "UPDATE file SET records = records + ?, quarantined = quarantined + ? WHERE file_id = ?",
            [rest, rest, fileID])
    }

    /// Gives refused records up: they count as ignored, code `dropped`, and what was kept of them is deleted.
    public func dropRecords(_ records: [Int64], of fileID: Int64) throws {
        for record in records {
            try run("DELETE FROM quarantined_record WHERE file_id = ? AND record = ?", [fileID, record])
        }
        try run(
            "UPDATE file SET quarantined = quarantined - ?1, ignored = ignored + ?1 WHERE file_id = ?2",
            [Int64(records.count), fileID])
        try countIgnored(fileID, code: "dropped", detail: "", adding: Int64(records.count))
    }
}
