public import DriftModel
import GRDB

/// What a replay of the archive into another database needs.
extension StoreTransaction {
    /// Keeps how a source is read, as text of the caller's.
    /// - Returns: Its number; the same text has the same one.
    public func sourceDefinition(_ text: String) throws -> Int64 {
        try run("INSERT OR IGNORE INTO source_definition (definition) VALUES (?)", [text])
        let found = try row("SELECT definition_id FROM source_definition WHERE definition = ?", [text])
        guard let found else { throw StoreError.inconsistent("a source's definition was not kept") }
        return found[0]
    }

    /// How a source was read, by number.
    public func sourceDefinition(_ definitionID: Int64) throws -> String? {
        try row("SELECT definition FROM source_definition WHERE definition_id = ?", [definitionID])?[0]
    }

    /// Writes a row of another database under its own number, as it was before its first effect.
    public func insertReplica(of file: FileRow) throws {
        try run(
            """
            INSERT INTO file (file_id, source, name, name_bytes, state, origin, device, inode, size, modified_at, seen_at,
                claimed_at, stored_path)
            VALUES (?, ?, ?, ?, 'claimed', ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                file.fileID, file.source, file.name, file.nameBytes.blob, file.origin.rawValue,
                Int64(bitPattern: file.device), Int64(bitPattern: file.inode), file.size,
                file.modifiedAt.microseconds, file.seenAt.microseconds, file.claimedAt.microseconds, file.storedPath,
            ])
        if let verdict = file.verdict { try recordVerdict(file.fileID, verdict) }
        try setFileState(file.fileID, .valid)
    }

    /// The same for a second try: takes over the records it had from the file that had them.
    public func insertReplica(of file: FileRow, taking records: Set<Int64>) throws {
        try insertReplica(of: file)
        let root = file.requeueOf ?? file.fileID
        try run("UPDATE file SET requeue_of = ? WHERE file_id = ?", [root, file.fileID])
        for record in records.sorted() {
            try run("INSERT INTO requeued_record (file_id, record) VALUES (?, ?)", [file.fileID, record])
            let holder = try row(
                """
                SELECT q.file_id FROM quarantined_record AS q JOIN file AS f ON f.file_id = q.file_id
                WHERE q.record = ?1 AND (q.file_id = ?2 OR f.requeue_of = ?2)
                """, [record, root])
            guard let holder, let from = holder[0] as Int64? else { continue }
            try run(
                "UPDATE quarantined_record SET file_id = ? WHERE file_id = ? AND record = ?",
                [file.fileID, from, record])
            try run(
                "UPDATE file SET records = records - 1, quarantined = quarantined - 1 WHERE file_id = ?", [from])
            try run(
                "UPDATE file SET records = records + 1, quarantined = quarantined + 1 WHERE file_id = ?",
                [file.fileID])
        }
    }
}

extension StoreReader {
    /// Files whose effects are in, wholly or in part, in the order in which they were applied.
    public func appliedFiles() throws -> [FileRow] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM file WHERE set_id IS NOT NULL AND state IN ('committed', 'archived', 'quarantined',
                        'quarantine_pending', 'applying', 'dropped') ORDER BY set_id, set_position
                    """
            ).map(FileRow.init(row:))
        }
    }

    /// One row of the ledger.
    public func ledgerFile(_ fileID: Int64) throws -> FileRow? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM file WHERE file_id = ?", arguments: [fileID]).map(
                FileRow.init(row:))
        }
    }

    /// All rows of the ledger, by number.
    public func ledger() throws -> [FileRow] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM file ORDER BY file_id").map(FileRow.init(row:))
        }
    }

    /// How a source was read, by number.
    public func sourceDefinition(_ definitionID: Int64) throws -> String? {
        try read { db in
            try String.fetchOne(
                db, sql: "SELECT definition FROM source_definition WHERE definition_id = ?",
                arguments: [definitionID])
        }
    }

    /// Records that a second try was given.
    public func requeuedRecords(of fileID: Int64) throws -> Set<Int64> {
        try read { db in
            Set(
                try Int64.fetchAll(
                    db, sql: "SELECT record FROM requeued_record WHERE file_id = ?", arguments: [fileID]))
        }
    }

    /// A small fact by name.
    public func meta(_ key: String) throws -> String? {
        try read { db in
            try String.fetchOne(db, sql: "SELECT CAST(value AS TEXT) FROM meta WHERE key = ?", arguments: [key])
        }
    }

    /// Every model the database ever ran, by number.
    public func allModels() throws -> [ActiveModel] {
        try read { db in
            try Int64.fetchAll(db, sql: "SELECT model_id FROM model ORDER BY model_id").compactMap {
                try ActiveModel.fetch(db, modelID: $0)
            }
        }
    }

    /// Times at which a model was made the active one, in order.
    public func activations() throws -> [(modelID: Int64, at: Instant)] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT model_id, activated_at FROM activation ORDER BY activation_id").map {
                (modelID: $0[0], at: Instant(microseconds: $0[1]))
            }
        }
    }
}
