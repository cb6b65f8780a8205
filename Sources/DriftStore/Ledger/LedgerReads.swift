public import DriftModel
import GRDB

extension StoreTransaction {
    /// A file by its number.
    public func file(_ fileID: Int64) throws -> FileRow? {
        try row("SELECT * FROM file WHERE file_id = ?", [fileID]).map(FileRow.init(row:))
    }

    /// nil: there is no such file.
    func state(of fileID: Int64) throws -> FileState? {
        try row("SELECT state FROM file WHERE file_id = ?", [fileID]).flatMap { FileState(rawValue: $0[0]) }
    }

    func existing(_ fileID: Int64) throws -> FileRow {
        guard let found = try file(fileID) else { throw StoreError.inconsistent("there is no file \(fileID)") }
        return found
    }

    /// Files in the given states, by number. States that are not final are found without reading the ledger.
    public func files(in states: Set<FileState>) throws -> [FileRow] {
        var found: [FileRow] = []
        for state in states {
            let open = state.isFinal ? "" : FileState.sqlNotFinal
            found += try rows("SELECT * FROM file WHERE state = ? \(open)", [state.rawValue]).map(FileRow.init(row:))
        }
        return found.sorted { $0.fileID < $1.fileID }
    }

    /// The file that brought these bytes from this source before, if its effects are in or under way.
    public func committedFile(sha256: String, source: String) throws -> Int64? {
        try row(
            """
            SELECT file_id FROM file WHERE source = ? AND sha256 = ?
                AND state IN ('applying', 'committed', 'archived') AND requeue_of IS NULL
            """, [source, sha256])?[0]
    }

    /// The first `at` of any file that was read and not yet finished: F of logical time. nil: nothing waits.
    public func firstWaitingInstant() throws -> Instant? {
        let found = try row(
            """
            SELECT min(first_at) FROM file WHERE state IN ('valid', 'applying') \(FileState.sqlNotFinal)
            """)
        return (found?[0] as Int64?).map(Instant.init(microseconds:))
    }

    /// Refused records of a file.
    public func quarantined(in fileID: Int64) throws -> [QuarantinedRecord] {
        try rows(
            """
            SELECT record, byte_offset, code, reason, sample FROM quarantined_record WHERE file_id = ?
            ORDER BY quarantined_id
            """, [fileID]
        ).map {
            QuarantinedRecord(record: $0[0], byteOffset: $0[1], code: $0[2], reason: $0[3], sample: $0[4])
        }
    }
}

extension FileState {
    /// Said again in these words, so that SQLite sees that the index of unfinished files has every row asked for.
    static let sqlNotFinal = """
        AND state NOT IN
            ('archived', 'duplicate', 'quarantined', 'requeued', 'dropped', 'released', 'vanished')
        """
}

extension FileRow {
    init(row: Row) throws {
        guard let state = FileState(rawValue: row["state"]), let origin = FileOrigin(rawValue: row["origin"]) else {
            throw StoreError.inconsistent("a file has a state this release does not know")
        }
        self.init(
            fileID: row["file_id"], source: row["source"], name: row["name"], nameBytes: row.bytes("name_bytes"),
            state: state, origin: origin, device: UInt64(bitPattern: row["device"]),
            inode: UInt64(bitPattern: row["inode"]), size: row["size"],
            modifiedAt: Instant(microseconds: row["modified_at"]), seenAt: Instant(microseconds: row["seen_at"]),
            claimedAt: Instant(microseconds: row["claimed_at"]), doneAt: row.instant("done_at"),
            storedPath: row["stored_path"], attempts: row["attempts"], code: row["code"], reason: row["reason"],
            duplicateOf: row["duplicate_of"], verdict: FileVerdict(row: row), mapping: row["mapping"],
            modelID: row["model_id"], setID: row["set_id"], setPosition: row["set_position"],
            logicalBefore: row.instant("logical_before"), logicalAfter: row.instant("logical_after"),
            nextRecord: row["next_record"], position: row["position"],
            counts: FileCounts(row: row), definitionID: row["definition_id"], requeueOf: row["requeue_of"],
            crashes: row["crashes"])
    }
}

extension FileVerdict {
    init?(row: Row) {
        guard let sha256 = row["sha256"] as String? else { return nil }
        self.init(
            sha256: sha256, size: row["size"], contentBytes: row["content_bytes"] ?? 0, format: row["format"] ?? "",
            encoding: row["encoding"] ?? "", compression: row["compression"] ?? "",
            warnings: row.strings("warnings"), scanned: row["scanned"], rejects: row["rejects"],
            firstAt: row.instant("first_at"), lastAt: row.instant("last_at"))
    }
}

extension FileCounts {
    init(row: Row) {
        self.init(
            accepted: row["accepted"], duplicates: row["duplicates"], conflicts: row["conflicts"], late: row["late"],
            beyondHorizon: row["beyond_horizon"], ignored: row["ignored"], quarantined: row["quarantined"])
    }
}

extension StoreTransaction {
    /// Files in the archive that lie as they came and came plain, by number.
    /// - Parameters:
    ///   - fileID: After this one.
    ///   - bytesMin: Smaller ones are left out.
    /// - Complexity: O(ledger rows behind `fileID`), until enough are found.
    public func plainArchivedFiles(after fileID: Int64, bytesMin: Int64, limit: Int) throws -> [FileRow] {
        try rows(
            """
            SELECT * FROM file WHERE file_id > ? AND state = 'archived' AND compression = 'none' AND size >= ?
                AND requeue_of IS NULL AND stored_path LIKE 'archive/%' AND stored_path NOT LIKE '%.zst'
            ORDER BY file_id LIMIT ?
            """, [fileID, bytesMin, limit]
        ).map(FileRow.init(row:))
    }
}
