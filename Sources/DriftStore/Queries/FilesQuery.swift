import GRDB

extension StoreReader {
    /// Files, newest first.
    /// - Parameters:
    ///   - source: nil: all.
    ///   - states: Empty: all.
    public func files(source: String? = nil, states: Set<FileState> = [], limit: Int = 100) throws -> [FileRow] {
        var chosen = JSONWriter()
        chosen.array(states.map(\.rawValue).sorted()) { json, state in json.string(state) }
        let stateList = chosen.text
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM file WHERE (?1 IS NULL OR source = ?1)
                        AND (?2 = '[]' OR state IN (SELECT value FROM json_each(?2)))
                    ORDER BY file_id DESC LIMIT ?3
                    """, arguments: [source, stateList, limit]
            ).map(FileRow.init(row:))
        }
    }

    /// A file by its number; nil when there is none.
    public func file(_ fileID: Int64) throws -> FileRow? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM file WHERE file_id = ?", arguments: [fileID])
                .map(FileRow.init(row:))
        }
    }

    /// Refused records, newest files first.
    /// - Parameters:
    ///   - fileID: nil: of all files.
    ///   - code: nil: all codes.
    public func quarantined(
        fileID: Int64? = nil, code: String? = nil, limit: Int = 100
    ) throws -> [(fileID: Int64, record: QuarantinedRecord)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT file_id, record, byte_offset, code, reason, sample FROM quarantined_record
                    WHERE (?1 IS NULL OR file_id = ?1) AND (?2 IS NULL OR code = ?2)
                    ORDER BY file_id DESC, quarantined_id LIMIT ?3
                    """, arguments: [fileID, code, limit]
            ).map {
                (
                    fileID: $0[0],
                    record: QuarantinedRecord(
                        record: $0[1], byteOffset: $0[2], code: $0[3], reason: $0[4], sample: $0[5])
                )
            }
        }
    }

    /// Ignored records of a file (or all) by why.
    public func ignored(fileID: Int64? = nil) throws -> [(code: String, detail: String, count: Int64)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT code, detail, sum(n) FROM ignored_count WHERE ?1 IS NULL OR file_id = ?1
                    GROUP BY code, detail ORDER BY 3 DESC, 1, 2
                    """, arguments: [fileID]
            ).map { (code: $0[0], detail: $0[1], count: $0[2]) }
        }
    }

    /// Bytes and rows per table, largest first; reads the whole database once.
    public func tableSizes() throws -> [(table: String, bytes: Int64)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT name, sum(pgsize) FROM dbstat WHERE aggregate = TRUE GROUP BY name ORDER BY 2 DESC, 1"
            ).map { (table: $0[0], bytes: $0[1]) }
        }
    }
}
