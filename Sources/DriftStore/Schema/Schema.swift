import GRDB

/// The schema's versions. A migration that has been released is never edited; a later one changes what it made.
enum Schema {
    /// `PRAGMA application_id`: "sgdr", tells the file from other SQLite databases.
    static let applicationID: Int32 = 0x7367_6472
    /// `PRAGMA user_version` after the last migration below.
    static let version = 1

    /// Refuses what this release must not touch.
    static func check(_ db: Database, path: String) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if found > version { throw StoreError.newerSchema(path: path, found: found, known: version) }
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        // The migrator's own table comes before the first migration: a kill in between leaves it alone.
        let tables = try Int.fetchOne(
            db,
            sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations' AND name NOT LIKE 'sqlite_%'")
        if application != applicationID, tables ?? 0 > 0 {
            throw StoreError.damaged(path: path, findings: ["a database of another program"])
        }
    }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 first schema") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            for sql in Tables.all { try db.execute(sql: sql) }
            for view in Views.all { try db.execute(sql: "CREATE VIEW \(view.name) AS \(view.sql)") }
            try ensureHistoryIndexes(db)
            try db.execute(sql: "PRAGMA user_version = 1")
        }
        return migrator
    }

    /// The constraint that chains of moves have no gap and no fork (one row per customer, segmentation and seq),
    /// which also finds a customer's history. A first load may do without it and make it afterwards.
    static func ensureHistoryIndexes(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE UNIQUE INDEX IF NOT EXISTS transition_chain
                ON transition (customer_id, segmentation_id, seq)
                """)
    }

    static func dropHistoryIndexes(_ db: Database) throws {
        try db.execute(sql: "DROP INDEX IF EXISTS transition_chain")
    }
}
