public import DriftModel
import GRDB

extension StoreTransaction {
    // MARK: Claim and verdict

    /// Writes the claim. To be committed before the file is renamed.
    /// - Returns: The file's number, which is never used again.
    public func insertFile(_ file: NewFile) throws -> Int64 {
        try run(
            """
            INSERT INTO file (source, name, name_bytes, state, origin, device, inode, size, modified_at, seen_at,
                claimed_at, stored_path)
            VALUES (?, ?, ?, 'claimed', ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                file.source, DisplayName.escaped(file.name), file.name.blob, file.origin.rawValue,
                Int64(bitPattern: file.device), Int64(bitPattern: file.inode), file.size,
                file.modifiedAt.microseconds, file.seenAt.microseconds, file.claimedAt.microseconds, file.storedPath,
            ])
        return db.lastInsertedRowID
    }

    /// Counts an attempt. To be committed before the file is read, so that one that kills its reader is known.
    /// - Returns: Attempts so far, this one included.
    @discardableResult
    public func beginAttempt(_ fileID: Int64) throws -> Int {
        let attempts = try row(
            "UPDATE file SET attempts = attempts + 1 WHERE file_id = ? RETURNING attempts", [fileID])
        guard let attempts else { throw StoreError.inconsistent("there is no file \(fileID)") }
        return attempts[0]
    }

    /// A place that could not be told exactly.
    public static var unclearCrashPlace: String { "unclear" }

    /// Notes that a process ended while it was at a place of a file.
    /// - Returns: How often in a row that happened at this very place: progress, or an end somewhere else in the file,
    ///   begins the count anew. After ``unclearCrashPlace`` any place may be the same.
    public func noteCrash(_ fileID: Int64, at place: String) throws -> Int {
        try run(
            """
            UPDATE file SET crashes = CASE WHEN crash_place IN (?1, '\(Self.unclearCrashPlace)') THEN crashes + 1 ELSE 1 END, crash_place = ?1
            WHERE file_id = ?2
            """, [place, fileID])
        return try existing(fileID).crashes
    }

    /// An attempt that ended in order (a stop, a full disk) does not count against the file.
    public func forgiveAttempt(_ fileID: Int64) throws {
        try run("UPDATE file SET attempts = max(attempts - 1, 0) WHERE file_id = ?", [fileID])
    }

    /// Keeps what the first pass found, whatever the file's state will be.
    public func recordVerdict(_ fileID: Int64, _ verdict: FileVerdict) throws {
        var warnings = JSONWriter()
        warnings.array(verdict.warnings) { json, warning in json.string(warning) }
        try run(
            """
            UPDATE file SET sha256 = ?, size = ?, content_bytes = ?, format = ?, encoding = ?, compression = ?,
                warnings = ?, scanned = ?, rejects = ?, first_at = ?, last_at = ?
            WHERE file_id = ?
            """,
            [
                verdict.sha256, verdict.size, verdict.contentBytes, verdict.format, verdict.encoding,
                verdict.compression, warnings.text, verdict.scanned, verdict.rejects,
                verdict.firstAt?.microseconds, verdict.lastAt?.microseconds, fileID,
            ])
        try verdict.figures.map { try recordFigures(fileID, $0) }
    }

    /// Moves a file on.
    /// - Parameters:
    ///   - storedPath: Where it lies now, when that changed.
    ///   - doneAt: The wall clock, when the new state is final.
    /// - Throws: ``StoreError/inconsistent(_:)`` when the state machine has no such step.
    public func setFileState(
        _ fileID: Int64, _ state: FileState, code: String? = nil, reason: String? = nil, storedPath: String? = nil,
        doneAt: Instant? = nil
    ) throws {
        guard let now = try self.state(of: fileID) else {
            throw StoreError.inconsistent("there is no file \(fileID)")
        }
        guard now == state || now.successors.contains(state) else {
            throw StoreError.inconsistent("file \(fileID) cannot go from \(now.rawValue) to \(state.rawValue)")
        }
        try run(
            """
            UPDATE file SET state = ?, code = ifnull(?, code), reason = ifnull(?, reason),
                stored_path = ifnull(?, stored_path), done_at = ifnull(?, done_at)
            WHERE file_id = ?
            """, [state.rawValue, code, reason, storedPath, doneAt?.microseconds, fileID])
    }

    /// Notes where a file lies, relative to the spool.
    public func setStoredPath(_ fileID: Int64, _ path: String) throws {
        try run("UPDATE file SET stored_path = ? WHERE file_id = ?", [path, fileID])
    }

    /// A file whose bytes are known. Its records count as duplicates, once each.
    public func markDuplicate(_ fileID: Int64, of original: Int64, records: Int64) throws {
        try setFileState(fileID, .duplicatePending, code: "duplicate", reason: "same bytes as file \(original)")
        try run("UPDATE file SET duplicate_of = ? WHERE file_id = ?", [original, fileID])
        try setCounts(fileID, FileCounts(duplicates: records))
    }

    /// A file refused whole, before any effect. Every readable record counts as quarantined.
    public func markQuarantined(_ fileID: Int64, code: String, reason: String, records: Int64) throws {
        try setFileState(fileID, .quarantinePending, code: code, reason: reason)
        try setCounts(fileID, FileCounts(quarantined: records))
    }

    // MARK: Application

    /// Fixes which files are applied as one merged stream, in which order, under which T and model. They are then
    /// ``FileState/applying``.
    /// - Parameters:
    ///   - files: In the order that breaks ties of time; with what identifies each source's mapping, and the number of
    ///     its ``sourceDefinition(_:)``.
    ///   - before: T before.
    ///   - after: T after.
    /// - Returns: The number of the set.
    public func fixSet(
        _ files: [(fileID: Int64, mapping: String, definition: Int64?)], logicalBefore before: Instant,
        logicalAfter after: Instant,
        modelID: Int64
    ) throws -> Int64 {
        let setID = (try meta("last_set_id").flatMap(Int64.init) ?? 0) + 1
        try setMeta("last_set_id", String(setID))
        for (position, file) in files.enumerated() {
            try setFileState(file.fileID, .applying)
            try run(
                """
                UPDATE file SET set_id = ?, set_position = ?, logical_before = ?, logical_after = ?, model_id = ?,
                    mapping = ?, definition_id = ? WHERE file_id = ?
                """,
                [
                    setID, position, before.microseconds, after.microseconds, modelID, file.mapping, file.definition,
                    file.fileID,
                ])
        }
        return setID
    }

    /// Notes a chunk as applied, in the chunk's own transaction. Progress ends the count of vain attempts.
    /// - Parameters:
    ///   - nextRecord: The next record to apply, when the file is applied in its own order.
    ///   - position: Records applied so far, in order of application.
    ///   - counts: What became of the chunk's records; added up.
    public func advanceFile(_ fileID: Int64, nextRecord: Int64, position: Int64, adding counts: FileCounts) throws {
        try run(
            """
            UPDATE file SET attempts = 0, next_record = ?, position = ?, records = records + ?, accepted = accepted + ?,
                duplicates = duplicates + ?, conflicts = conflicts + ?, late = late + ?,
                beyond_horizon = beyond_horizon + ?, ignored = ignored + ?, quarantined = quarantined + ?
            WHERE file_id = ? AND state = 'applying'
            """,
            [
                nextRecord, position, counts.records, counts.accepted, counts.duplicates, counts.conflicts,
                counts.late, counts.beyondHorizon, counts.ignored, counts.quarantined, fileID,
            ])
        if changes != 1 { throw StoreError.inconsistent("file \(fileID) is not being applied") }
    }

    /// Replaces a file's counts: for files that had no effect.
    public func setCounts(_ fileID: Int64, _ counts: FileCounts) throws {
        try run(
            """
            UPDATE file SET records = ?, accepted = ?, duplicates = ?, conflicts = ?, late = ?, beyond_horizon = ?,
                ignored = ?, quarantined = ? WHERE file_id = ?
            """,
            [
                counts.records, counts.accepted, counts.duplicates, counts.conflicts, counts.late,
                counts.beyondHorizon, counts.ignored, counts.quarantined, fileID,
            ])
    }

    /// Keeps a refused record; the first reason given for a record stays.
    public func insertQuarantined(_ fileID: Int64, _ refused: QuarantinedRecord) throws {
        let sample = refused.sample.map {
            String(decoding: $0.utf8.prefix(QuarantinedRecord.sampleBytesMax), as: UTF8.self)
        }
        try run(
            """
            INSERT OR IGNORE INTO quarantined_record (file_id, record, byte_offset, code, reason, sample)
            VALUES (?, ?, ?, ?, ?, ?)
            """, [fileID, refused.record, refused.byteOffset, refused.code, refused.reason, sample])
    }

    /// Counts ignored records by why: code `type` with the type's name, `skip`, `forgotten`.
    public func countIgnored(_ fileID: Int64, code: String, detail: String, adding count: Int64) throws {
        try run(
            """
            INSERT INTO ignored_count (file_id, code, detail, n) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET n = n + excluded.n
            """, [fileID, code, detail, count])
    }
}
