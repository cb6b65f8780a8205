import GRDB

extension StoreTransaction {
    /// Adds to what is counted about a source's records: NULLs by field, rejects by reason, delays by bucket.
    /// - Parameters:
    ///   - kind: `records`, `null`, `reject` or `delay`.
    ///   - name: What is counted; empty for the records themselves.
    public func countQuality(source: String, kind: String, name: String, adding count: Int64) throws {
        try run(
            """
            INSERT INTO source_quality (source, kind, name, n) VALUES (?, ?, ?, ?)
            ON CONFLICT (source, kind, name) DO UPDATE SET n = n + excluded.n
            """, [source, kind, name, count])
    }

    /// Notes the columns of a source's file.
    /// - Parameters:
    ///   - version: Tells schemas apart.
    ///   - columns: In the file's order.
    /// - Returns: Whether they were never seen before, and the columns of the file before; nil for a source's first.
    public func noteSchema(
        source: String, version: String, columns: [String], fileID: Int64
    ) throws -> (isNew: Bool, before: [String]?) {
        let last = try row(
            "SELECT columns FROM source_schema WHERE source = ? ORDER BY last_file DESC LIMIT 1", [source])
        var before: [String]?
        if let last, let columns: String = last[0] {
            before = try String.fetchAll(
                db.cachedStatement(sql: "SELECT value FROM json_each(?) ORDER BY key"), arguments: [columns])
        }
        let known = try row("SELECT 1 FROM source_schema WHERE source = ? AND version = ?", [source, version]) != nil
        var list = JSONWriter()
        list.array(columns) { json, name in json.string(name) }
        try run(
            """
            INSERT INTO source_schema (source, version, columns, first_file, last_file) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (source, version) DO UPDATE SET columns = excluded.columns, last_file = excluded.last_file
            """, [source, version, list.text, fileID, fileID])
        return (isNew: !known, before: before)
    }
}

extension StoreReader {
    /// What is counted about sources' records, by source, kind and name.
    /// - Parameter source: nil: all.
    public func quality(
        source: String? = nil
    ) throws -> [(source: String, kind: String, name: String, count: Int64)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT source, kind, name, n FROM source_quality WHERE ?1 IS NULL OR source = ?1
                    ORDER BY source, kind, n DESC, name
                    """, arguments: [source]
            ).map { (source: $0[0], kind: $0[1], name: $0[2], count: $0[3]) }
        }
    }
}
