extension Tables {
    /// What is known about sources besides their files.
    static let sources = """
        -- What the first pass counts about each source's records: NULLs by field, rejects by reason, delays by bucket.
        CREATE TABLE source_quality (
            source TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('records', 'null', 'reject', 'delay')),
            name TEXT NOT NULL,
            n INTEGER NOT NULL CHECK (n >= 0),
            PRIMARY KEY (source, kind, name)
        ) STRICT, WITHOUT ROWID;

        -- The sets of columns that a source's files had; `columns` is a JSON array in the order of the last such file.
        CREATE TABLE source_schema (
            source TEXT NOT NULL,
            version TEXT NOT NULL,
            columns TEXT NOT NULL,
            first_file INTEGER NOT NULL,
            last_file INTEGER NOT NULL,
            PRIMARY KEY (source, version)
        ) STRICT, WITHOUT ROWID;
        """
}
