import GRDB

/// The schema's versions. A migration that has been released is never edited; a later one changes what it made.
enum Schema {
    /// `PRAGMA application_id`: "sgdr", tells the file from other SQLite databases.
    static let applicationID: Int32 = 0x7367_6472
    /// `PRAGMA user_version` of the first schema.
    static let firstVersion = 4

    /// Refuses what this release must not touch.
    /// - Parameters:
    ///   - upgrade: What this release knows.
    ///   - isUpgraded: Whether the database must be up to it already.
    static func check(
        _ db: Database, path: String, upgrade: Upgrade = .released, isUpgraded: Bool = false
    ) throws {
        let found = try version(db)
        let known = upgrade.version
        if found > 0, found < firstVersion { throw StoreError.olderSchema(path: path, found: found, known: known) }
        if found > known { throw StoreError.newerSchema(path: path, found: found, known: known) }
        if isUpgraded, found > 0, found < known {
            throw StoreError.awaitsUpgrade(path: path, found: found, known: known)
        }
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        // The migrator's own table comes before the first migration: a kill in between leaves it alone.
        let tables = try Int.fetchOne(
            db,
            sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations' AND name NOT LIKE 'sqlite_%'")
        if application != applicationID, tables ?? 0 > 0 {
            throw StoreError.damaged(path: path, findings: ["a database of another program"])
        }
    }

    /// `PRAGMA user_version`; 0: an empty file.
    static func version(_ db: Database) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }

    /// Makes the first schema.
    static func make(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        for sql in Tables.all { try db.execute(sql: sql) }
        for view in Views.all { try db.execute(sql: "CREATE VIEW \(view.name) AS \(view.sql)") }
        try ensureCustomerIndexes(db)
        try db.execute(sql: Tables.plannerFacts)
        try db.execute(sql: "PRAGMA user_version = \(firstVersion)")
    }

    /// Finds customers by name, which no two share, and by the time when they must be looked at. A first load does
    /// without them, and sorts once afterwards.
    static func ensureCustomerIndexes(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE UNIQUE INDEX IF NOT EXISTS customer_name ON customer (name);
                CREATE INDEX IF NOT EXISTS customer_wake ON customer (wake_tick) WHERE wake_tick IS NOT NULL;
                """)
    }

    static func hasCustomerIndexes(_ db: Database) throws -> Bool {
        let names =
            "SELECT count(*) FROM main.sqlite_schema WHERE type = 'index' AND name IN ('customer_name', 'customer_wake')"
        return try Int.fetchOne(db, sql: names) == 2
    }

    static func dropCustomerIndexes(_ db: Database) throws {
        try db.execute(sql: "DROP INDEX IF EXISTS customer_name; DROP INDEX IF EXISTS customer_wake")
    }
}
