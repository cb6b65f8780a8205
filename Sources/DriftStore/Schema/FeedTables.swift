/// Tables of what is known of each source's deliveries: their form, and the quality of their records.
enum FeedTables {
    static let all = """
        -- The forms in which a source's files came. The current one is that of the latest file.
        CREATE TABLE feed_form (
            form_id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 1),
            kind TEXT NOT NULL CHECK (kind IN ('columns', 'members')),
            first_file_id INTEGER NOT NULL REFERENCES file,
            last_file_id INTEGER NOT NULL REFERENCES file,
            first_seen_at INTEGER NOT NULL,
            sampled INTEGER NOT NULL CHECK (sampled >= 0),
            change TEXT,
            UNIQUE (source, version)
        ) STRICT;
        -- Columns in the order of the file; members with the number of sampled records that have them.
        CREATE TABLE feed_column (
            form_id INTEGER NOT NULL REFERENCES feed_form,
            position INTEGER NOT NULL CHECK (position >= 1),
            name TEXT NOT NULL,
            n INTEGER NOT NULL CHECK (n >= 0),
            PRIMARY KEY (form_id, position)
        ) STRICT, WITHOUT ROWID;

        -- What the first pass counted, and how late accepted records came. `fields`: [[name,events,nulls],…];
        -- `rejects`: [[code,records],…].
        CREATE TABLE file_quality (
            file_id INTEGER PRIMARY KEY REFERENCES file,
            fields TEXT NOT NULL,
            rejects TEXT NOT NULL,
            delays BLOB
        ) STRICT;
        """
}
