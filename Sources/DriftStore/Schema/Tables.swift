/// The tables of the first schema, as SQL that never changes once released. Times are microseconds of UTC,
/// days are numbers of local civil days since 1970, ticks are those of the model's axis.
enum Tables {
    static let all = [meta, dictionaries, actions, ledger, FeedTables.all, customers, history, alerts, statistics]

    private static let meta = """
        CREATE TABLE meta (
            key TEXT NOT NULL PRIMARY KEY,
            value ANY NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Names by number. A number is never reused, so history reads on under later models: segments are the
    /// same when segmentation and segment have the same names.
    private static let dictionaries = """
        CREATE TABLE model (
            model_id INTEGER PRIMARY KEY AUTOINCREMENT,
            version TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            grain TEXT NOT NULL CHECK (grain IN ('day', 'hour')),
            timezone TEXT NOT NULL,
            activated_at INTEGER NOT NULL,
            active INTEGER NOT NULL CHECK (active IN (0, 1)),
            yaml TEXT NOT NULL,
            cuts TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX model_active ON model (active) WHERE active = 1;

        -- Which model was in force at the end of which local day; the first one also before.
        CREATE TABLE activation (
            activation_id INTEGER PRIMARY KEY AUTOINCREMENT,
            model_id INTEGER NOT NULL REFERENCES model,
            activated_at INTEGER NOT NULL,
            from_day INTEGER
        ) STRICT;

        CREATE TABLE segmentation (
            segmentation_id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE segment (
            segment_id INTEGER PRIMARY KEY AUTOINCREMENT,
            segmentation_id INTEGER NOT NULL REFERENCES segmentation,
            name TEXT NOT NULL,
            UNIQUE (segmentation_id, name)
        ) STRICT;
        CREATE TABLE model_segmentation (
            model_id INTEGER NOT NULL REFERENCES model,
            position INTEGER NOT NULL CHECK (position >= 0),
            segmentation_id INTEGER NOT NULL REFERENCES segmentation,
            title TEXT,
            PRIMARY KEY (model_id, position),
            UNIQUE (model_id, segmentation_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE model_segment (
            model_id INTEGER NOT NULL REFERENCES model,
            segmentation_id INTEGER NOT NULL REFERENCES segmentation,
            position INTEGER NOT NULL CHECK (position >= 0),
            segment_id INTEGER NOT NULL REFERENCES segment,
            title TEXT,
            rank INTEGER,
            PRIMARY KEY (model_id, segmentation_id, position),
            UNIQUE (model_id, segment_id)
        ) STRICT, WITHOUT ROWID;

        -- The inputs of rules: names in the order of the values in transition.inputs.
        CREATE TABLE input_set (
            input_set_id INTEGER PRIMARY KEY AUTOINCREMENT,
            names TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE comparison (
            comparison_id INTEGER PRIMARY KEY AUTOINCREMENT,
            text TEXT NOT NULL,
            subject TEXT NOT NULL,
            limit_text TEXT NOT NULL,
            has_limit INTEGER NOT NULL CHECK (has_limit IN (0, 1)),
            UNIQUE (text, subject, limit_text, has_limit)
        ) STRICT;
        CREATE TABLE transition_kind (
            kind_id INTEGER PRIMARY KEY AUTOINCREMENT,
            model_id INTEGER NOT NULL REFERENCES model,
            segmentation_id INTEGER NOT NULL REFERENCES segmentation,
            from_segment_id INTEGER REFERENCES segment,
            to_segment_id INTEGER REFERENCES segment,
            direction TEXT CHECK (direction IN ('up', 'down', 'sideways')),
            cause TEXT NOT NULL CHECK (cause IN ('event', 'time', 'late', 'model', 'calibration', 'merge')),
            input_set_id INTEGER NOT NULL REFERENCES input_set
        ) STRICT;
        CREATE UNIQUE INDEX transition_kind_facts ON transition_kind (
            model_id, segmentation_id, ifnull(from_segment_id, 0), ifnull(to_segment_id, 0), cause, input_set_id);
        """

    /// What each model's playbooks make the company do, in the order in which an area is filled.
    private static let actions = """
        CREATE TABLE model_action (
            model_id INTEGER NOT NULL REFERENCES model,
            segment_id INTEGER NOT NULL REFERENCES segment,
            precedence INTEGER NOT NULL,
            area TEXT NOT NULL,
            action TEXT NOT NULL,
            playbook TEXT NOT NULL,
            segmentation TEXT NOT NULL,
            PRIMARY KEY (model_id, segment_id, precedence)
        ) STRICT, WITHOUT ROWID;
        """

    private static let ledger = """
        -- What a replay of the archive needs to read a file as it was read then.
        CREATE TABLE source_definition (
            definition_id INTEGER PRIMARY KEY AUTOINCREMENT,
            definition TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE file (
            file_id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            name TEXT NOT NULL,
            name_bytes BLOB NOT NULL,
            state TEXT NOT NULL CHECK (state IN (
                'claimed', 'valid', 'applying', 'committed', 'archived', 'duplicate_pending',
                'duplicate', 'quarantine_pending', 'quarantined', 'requeued', 'dropped', 'released', 'vanished')),
            origin TEXT NOT NULL CHECK (origin IN ('spool', 'load')),
            device INTEGER NOT NULL,
            inode INTEGER NOT NULL,
            size INTEGER NOT NULL CHECK (size >= 0),
            modified_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL,
            claimed_at INTEGER NOT NULL,
            done_at INTEGER,
            stored_path TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            code TEXT,
            reason TEXT,
            duplicate_of INTEGER REFERENCES file,
            sha256 TEXT CHECK (length(sha256) = 64),
            content_bytes INTEGER,
            format TEXT,
            encoding TEXT,
            compression TEXT,
            warnings TEXT,
            first_at INTEGER,
            last_at INTEGER,
            scanned INTEGER NOT NULL DEFAULT 0 CHECK (scanned >= 0),
            rejects INTEGER NOT NULL DEFAULT 0 CHECK (rejects >= 0),
            mapping TEXT,
            model_id INTEGER REFERENCES model,
            set_id INTEGER,
            set_position INTEGER,
            logical_before INTEGER,
            logical_after INTEGER,
            next_record INTEGER NOT NULL DEFAULT 1 CHECK (next_record >= 1),
            position INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0),
            records INTEGER NOT NULL DEFAULT 0 CHECK (records >= 0),
            accepted INTEGER NOT NULL DEFAULT 0 CHECK (accepted >= 0),
            duplicates INTEGER NOT NULL DEFAULT 0 CHECK (duplicates >= 0),
            conflicts INTEGER NOT NULL DEFAULT 0 CHECK (conflicts >= 0),
            late INTEGER NOT NULL DEFAULT 0 CHECK (late >= 0 AND late <= accepted),
            beyond_horizon INTEGER NOT NULL DEFAULT 0 CHECK (beyond_horizon >= 0),
            ignored INTEGER NOT NULL DEFAULT 0 CHECK (ignored >= 0),
            quarantined INTEGER NOT NULL DEFAULT 0 CHECK (quarantined >= 0),
            -- How its source was read when it was applied.
            definition_id INTEGER REFERENCES source_definition,
            -- A second try: some records of that file, which this row takes over. Its bytes are those of that file.
            requeue_of INTEGER REFERENCES file,
            -- How often in a row the process ended while it was at this place of the file, and not at anything else.
            crashes INTEGER NOT NULL DEFAULT 0 CHECK (crashes >= 0),
            crash_place TEXT,
            CHECK (records = accepted + duplicates + conflicts + beyond_horizon + ignored + quarantined)
        ) STRICT;
        CREATE UNIQUE INDEX file_content ON file (source, sha256)
            WHERE state IN ('applying', 'committed', 'archived') AND requeue_of IS NULL;
        CREATE INDEX file_open ON file (state) WHERE state NOT IN (
            'archived', 'duplicate', 'quarantined', 'requeued', 'dropped', 'released', 'vanished');
        -- The order in which files that wait are applied.
        CREATE INDEX file_waiting ON file (first_at, source, name_bytes) WHERE state = 'valid';

        -- Records given another try, and whether they are dealt with.
        CREATE TABLE requeued_record (
            file_id INTEGER NOT NULL REFERENCES file,
            record INTEGER NOT NULL CHECK (record >= 1),
            done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
            PRIMARY KEY (file_id, record)
        ) STRICT, WITHOUT ROWID;

        -- Records counted as ignored, by why: the type the model does not know, the skip rule, a forgotten person.
        CREATE TABLE ignored_count (
            file_id INTEGER NOT NULL REFERENCES file,
            code TEXT NOT NULL,
            detail TEXT NOT NULL,
            n INTEGER NOT NULL CHECK (n >= 0),
            PRIMARY KEY (file_id, code, detail)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE quarantined_record (
            quarantined_id INTEGER PRIMARY KEY AUTOINCREMENT,
            file_id INTEGER NOT NULL REFERENCES file,
            record INTEGER CHECK (record >= 1),
            byte_offset INTEGER CHECK (byte_offset >= 0),
            code TEXT NOT NULL,
            reason TEXT NOT NULL,
            sample TEXT,
            UNIQUE (file_id, record)
        ) STRICT;
        -- Refused records whose time of retention is up: how many there were, by why.
        CREATE TABLE forgotten_refusal (
            file_id INTEGER NOT NULL REFERENCES file,
            code TEXT NOT NULL,
            n INTEGER NOT NULL CHECK (n >= 0),
            PRIMARY KEY (file_id, code)
        ) STRICT, WITHOUT ROWID;
        """

    /// One row per known customer. `segments` is a JSON array with one
    /// `[segmentation_id, segment_id|null, since|null, seq, next_tick|null, next_segment_id|null]` per segmentation.
    private static let customers = """
        CREATE TABLE customer (
            customer_id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            is_customer INTEGER NOT NULL DEFAULT 0 CHECK (is_customer IN (0, 1)),
            first_at INTEGER,
            last_at INTEGER,
            events INTEGER NOT NULL DEFAULT 0 CHECK (events >= 0),
            wake_tick INTEGER,
            segments TEXT NOT NULL DEFAULT '[]',
            attributes TEXT,
            state BLOB
        ) STRICT;
        -- States changed by chunks of a set that goes on, not in rows yet; empty otherwise.
        CREATE TABLE state_log (
            log_id INTEGER PRIMARY KEY,
            states BLOB NOT NULL
        ) STRICT;
        """

    /// What the tables of many rows are like, for SQLite's planner: blocks have so many moves that a customer's are
    /// worth a search in each, and a name is one customer. Facts of the design, so that nobody has to run ANALYZE.
    static let plannerFacts = """
        ANALYZE customer;
        DELETE FROM sqlite_stat1;
        INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
            ('transition', 'transition_chain', '10000000 100000 3 1 1'),
            ('customer', 'customer_name', '1000000 1'),
            ('customer', 'customer_wake', '1000000 5000');
        ANALYZE sqlite_schema;
        """

    /// Moves. `inputs`: one JSON value per name of the kind's input set, `[before,after]` when they differ.
    /// `flips`: `[[comparison_id,before,after,limit],…]`. References are kept by the one function that appends;
    /// checking them again on each of millions of rows would cost more than the row.
    /// Counts per day live apart from moves: retention and erasure do not change them. Segment 0 is NULL.
    private static let history = """
        CREATE TABLE transition (
            transition_id INTEGER PRIMARY KEY,
            block_id INTEGER NOT NULL,
            customer_id INTEGER NOT NULL,
            segmentation_id INTEGER NOT NULL,
            seq INTEGER NOT NULL CHECK (seq >= 1),
            kind_id INTEGER NOT NULL,
            effective_at INTEGER NOT NULL,
            recording_id INTEGER NOT NULL,
            file_id INTEGER,
            record INTEGER,
            inputs TEXT NOT NULL,
            flips TEXT,
            event_id TEXT
        ) STRICT;
        -- A customer's moves, found block by block; within a block chains have no fork. Large transactions write a
        -- block each, in the order of this index, small ones stay within the few pages of the newest block.
        CREATE UNIQUE INDEX transition_chain ON transition (block_id, customer_id, segmentation_id, seq);
        -- When a run of moves was written, by the wall clock: one number per run costs less than a time per move.
        CREATE TABLE recording (
            recording_id INTEGER PRIMARY KEY AUTOINCREMENT,
            recorded_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE flow_count (
            segmentation_id INTEGER NOT NULL REFERENCES segmentation,
            day INTEGER NOT NULL,
            from_segment_id INTEGER NOT NULL,
            to_segment_id INTEGER NOT NULL,
            cause TEXT NOT NULL CHECK (cause IN ('event', 'time', 'late', 'model', 'calibration', 'merge')),
            n INTEGER NOT NULL CHECK (n >= 0),
            PRIMARY KEY (segmentation_id, day, from_segment_id, to_segment_id, cause)
        ) STRICT, WITHOUT ROWID;
        -- What the flows of a day change: kept added up, because sizes are asked for more often than moves happen.
        CREATE TABLE size_change (
            segmentation_id INTEGER NOT NULL REFERENCES segmentation,
            segment_id INTEGER NOT NULL,
            day INTEGER NOT NULL,
            n INTEGER NOT NULL,
            PRIMARY KEY (segmentation_id, segment_id, day)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE appearance_count (
            day INTEGER PRIMARY KEY,
            n INTEGER NOT NULL CHECK (n >= 0)
        ) STRICT;
        """
}
