import CSQLite
import GRDB

/// How connections are opened: the pragmas that durability and safety rest on.
enum ConnectionSetup {
    /// Page size of new databases: rows of customers and transitions are small and written in runs.
    static let pageBytes = 8192

    /// Once per process, before SQLite is first used; later it says no, and nothing is lost but a little speed.
    private static let withoutMemoryStatistics: Int32 = segdrift_sqlite_no_memory_statistics()

    /// The one read-write connection.
    static func writer() -> Configuration {
        _ = withoutMemoryStatistics
        var configuration = Configuration()
        configuration.label = "segdrift.store"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // First of all: whatever is found wrong below, closing leaves all files as they were.
            guard persistWAL(db, enable: 1) == 1 else {
                throw StoreError.inconsistent("this build of SQLite cannot keep the WAL file after closing")
            }
            if let connection = unsafe db.sqliteConnection {
                _ = unsafe segdrift_sqlite_no_checkpoint_on_close(connection)
            }
            try db.execute(sql: "PRAGMA page_size = \(pageBytes)")
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" else {
                throw StoreError.inconsistent("this file system cannot hold a WAL database (mode \(mode ?? "?"))")
            }
            // Debian's SQLite fills what is deleted with zeros: of the log of states, as many bytes as a load wrote there.
            try db.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    PRAGMA secure_delete = OFF;
                    PRAGMA journal_size_limit = 201326592;
                    PRAGMA mmap_size = 0;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -16384;
                    """)
            try harden(db)
        }
        return configuration
    }

    /// A connection that can only read: never writes, never checkpoints.
    static func reader() -> Configuration {
        var configuration = Configuration()
        configuration.label = "segdrift.reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    PRAGMA mmap_size = 0;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA temp_store = MEMORY;
                    """)
            try Views.makeTemporary(db)
            try db.execute(sql: "PRAGMA query_only = ON")
            try harden(db)
            guard let connection = unsafe db.sqliteConnection else { return }
            _ = unsafe segdrift_sqlite_no_checkpoint_on_close(connection)
        }
        return configuration
    }

    /// The writer's companion: only reads, asks no views.
    static func lookup() -> Configuration {
        var configuration = Configuration()
        configuration.label = "segdrift.lookup"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    PRAGMA mmap_size = 0;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA cache_size = -8192;
                    PRAGMA query_only = ON;
                    """)
            try harden(db)
            guard let connection = unsafe db.sqliteConnection else { return }
            _ = unsafe segdrift_sqlite_no_checkpoint_on_close(connection)
        }
        return configuration
    }

    private static func harden(_ db: Database) throws {
        guard let connection = unsafe db.sqliteConnection,
            unsafe segdrift_sqlite_defensive(connection) == SQLITE_OK
        else { throw StoreError.inconsistent("this build of SQLite has no defensive mode") }
    }

    /// - Parameter enable: 1 on, 0 off, -1 only ask.
    /// - Returns: The setting in force.
    static func persistWAL(_ db: Database, enable: Int32) -> Int32 {
        guard let connection = unsafe db.sqliteConnection else { return -1 }
        return unsafe segdrift_sqlite_persist_wal(connection, enable)
    }

    /// Pages that a connection has written into the WAL so far.
    static func pagesWritten(_ db: Database) -> Int64 {
        guard let connection = unsafe db.sqliteConnection else { return 0 }
        var pages: Int32 = 0
        var most: Int32 = 0
        _ = unsafe sqlite3_db_status(connection, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &most, 0)
        return Int64(pages)
    }

    /// What has gone into the WAL and from there into the database, in pages.
    static func checkpoint(_ db: Database, mode: Int32) throws -> (log: Int, moved: Int, busy: Bool) {
        guard let connection = unsafe db.sqliteConnection else { return (0, 0, false) }
        var log: Int32 = 0
        var moved: Int32 = 0
        let code = unsafe sqlite3_wal_checkpoint_v2(connection, "main", mode, &log, &moved)
        switch code {
        case SQLITE_OK: return (Int(log), Int(moved), false)
        case SQLITE_BUSY, SQLITE_LOCKED: return (Int(log), Int(moved), true)
        default:
            throw unsafe StoreError.sqlite(
                code: code, message: String(cString: sqlite3_errmsg(connection)), sql: "checkpoint")
        }
    }
}
