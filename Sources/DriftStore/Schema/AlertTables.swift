extension Tables {
    /// Alerts, their way out, and what rules remember.
    static let alerts = """
        CREATE TABLE alert (
            alert_number INTEGER PRIMARY KEY AUTOINCREMENT,
            alert_id TEXT NOT NULL UNIQUE,
            rule TEXT NOT NULL,
            severity TEXT NOT NULL CHECK (severity IN ('critical', 'error', 'warning', 'notice', 'info')),
            kind TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN (
                'waiting', 'grouped', 'due', 'digested', 'suppressed', 'cancelled', 'resolved')),
            created_at INTEGER NOT NULL,
            effective_at INTEGER,
            due_at INTEGER,
            customer_id INTEGER,
            segmentation TEXT,
            from_segment TEXT,
            to_segment TEXT,
            transition_id INTEGER,
            group_id INTEGER REFERENCES alert_group,
            group_key TEXT,
            suppressed_by TEXT,
            summary TEXT NOT NULL,
            -- The model's value of the customer after the move: digests name the largest.
            worth REAL,
            -- When the condition that was told of ended, by the wall clock.
            resolved_at INTEGER,
            body TEXT
        ) STRICT;
        CREATE INDEX alert_waiting ON alert (due_at) WHERE state = 'waiting';
        -- Conditions are few, and asked for as long as they hold.
        CREATE INDEX alert_condition ON alert (alert_id) WHERE kind IN ('population', 'size', 'flow', 'assumption');
        CREATE INDEX alert_grouped ON alert (group_id) WHERE group_id IS NOT NULL;

        CREATE TABLE delivery (
            delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
            alert_id TEXT NOT NULL REFERENCES alert (alert_id),
            destination TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN (
                'pending', 'sending', 'delivered', 'dead', 'orphaned', 'suppressed')),
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            ambiguous INTEGER NOT NULL DEFAULT 0 CHECK (ambiguous >= 0),
            due_at INTEGER,
            started_at INTEGER,
            delivered_at INTEGER,
            last_error TEXT,
            -- The digest that tells it instead, where the destination takes no more.
            suppressed_by TEXT,
            body BLOB NOT NULL,
            UNIQUE (alert_id, destination)
        ) STRICT;
        CREATE INDEX delivery_due ON delivery (due_at, delivery_id) WHERE state = 'pending';
        CREATE INDEX delivery_done ON delivery (destination, delivered_at) WHERE state = 'delivered';
        CREATE INDEX delivery_folded ON delivery (suppressed_by) WHERE suppressed_by IS NOT NULL;
        CREATE INDEX delivery_sending ON delivery (delivery_id) WHERE state = 'sending';

        CREATE TABLE cooldown (
            rule TEXT NOT NULL,
            customer_id INTEGER NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (rule, customer_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE alert_group (
            group_id INTEGER PRIMARY KEY AUTOINCREMENT,
            rule TEXT NOT NULL,
            group_key TEXT NOT NULL,
            opens_at INTEGER NOT NULL,
            closes_at INTEGER NOT NULL CHECK (closes_at >= opens_at),
            closed_at INTEGER,
            members INTEGER NOT NULL DEFAULT 0 CHECK (members >= 0)
        ) STRICT;
        CREATE UNIQUE INDEX alert_group_open ON alert_group (rule, group_key) WHERE closed_at IS NULL;
        CREATE INDEX alert_group_closing ON alert_group (closes_at) WHERE closed_at IS NULL;
        CREATE TABLE silence (
            silence_id INTEGER PRIMARY KEY AUTOINCREMENT,
            rule TEXT,
            segmentation TEXT,
            customer_id INTEGER,
            created_at INTEGER NOT NULL,
            until INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            comment TEXT NOT NULL
        ) STRICT;
        -- What rules remember between evaluations: conditions that hold, flapping customers, disabled destinations.
        CREATE TABLE alert_memory (
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (scope, key)
        ) STRICT, WITHOUT ROWID;
        """

    /// What rules about whole segments found, day by day, and what they find it with.
    static let statistics = """
        CREATE TABLE assumption_day (
            name TEXT NOT NULL,
            day INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('held', 'falsified', 'too_few')),
            n INTEGER NOT NULL CHECK (n >= 0),
            share REAL,
            low REAL,
            high REAL,
            PRIMARY KEY (name, day)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE drift_day (
            day INTEGER NOT NULL,
            segmentation_id INTEGER NOT NULL REFERENCES segmentation,
            test TEXT NOT NULL,
            statistic REAL,
            p_value REAL,
            effect REAL,
            n INTEGER NOT NULL CHECK (n >= 0),
            PRIMARY KEY (day, segmentation_id, test)
        ) STRICT, WITHOUT ROWID;
        -- Which stretches of the history may hold moves of a day; filled when rules about days ask.
        CREATE TABLE move_span (
            first_id INTEGER PRIMARY KEY,
            last_id INTEGER NOT NULL CHECK (last_id >= first_id),
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        ) STRICT;
        -- Everyone's first entry into a segment that an assumption watches, and the sums per day of entry.
        CREATE TABLE cohort_entry (
            cohort TEXT NOT NULL,
            customer_id INTEGER NOT NULL,
            entered_at INTEGER NOT NULL,
            reached INTEGER NOT NULL DEFAULT 0 CHECK (reached IN (0, 1)),
            PRIMARY KEY (cohort, customer_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE cohort_day (
            cohort TEXT NOT NULL,
            day INTEGER NOT NULL,
            entered INTEGER NOT NULL CHECK (entered >= 0),
            reached INTEGER NOT NULL CHECK (reached BETWEEN 0 AND entered),
            PRIMARY KEY (cohort, day)
        ) STRICT, WITHOUT ROWID;
        """
}
