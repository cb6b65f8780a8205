import CSQLite
import GRDB
import Glibc
import Synchronization

/// The database: one file, and the one read-write connection to it in the whole system, which alone checkpoints.
///
/// Everything that must hold together is written inside one ``write(_:)``. Calls from several tasks queue up.
public final class Store: Sendable {
    public let path: String
    /// True when the last run did not close the database: it was checked when it was opened.
    public let wasUnclean: Bool
    /// Pages that the last run had committed to the log alone, found there when the database was opened; 0 after a clean
    /// stop.
    public let recoveredPages: Int
    let queue: DatabaseQueue
    let connection: StoreConnection
    private let customerLookup: CustomerLookup
    private let identity: FileIdentity
    private let logIdentity: FileIdentity
    /// Bytes in the WAL beyond which a commit is followed by a checkpoint.
    public static let walBytesUsual: Int64 = 4 << 20
    /// The same while much is written at once: fewer waits for the disk.
    public static let walBytesUnderLoad: Int64 = 160 << 20
    /// The same on a disk that is nearly full.
    static let walBytesInNeed: Int64 = 256 << 10
    private let needsRoom = Atomic<Bool>(false)
    private let markedClosed = Atomic<Bool>(false)

    /// Opens the database, creating it or bringing it up to this release's schema; before that, a copy of it is made
    /// beside it (`….schema-<version>`).
    ///
    /// After an unclean stop SQLite has already recovered the last commit; `quick_check` then reads the whole file.
    /// - Parameter path: The file; its directory must exist and be writable.
    /// - Throws: ``StoreError``; those with ``StoreError/needsPerson`` leave the file as it was.
    public static func open(path: String) throws -> Store { try open(path: path, upgrade: .released) }

    static func open(path: String, upgrade: Upgrade) throws -> Store {
        do {
            let recoveredPages = WriteAheadLog.committedPages(path: path + "-wal")
            let queue = try DatabaseQueue(path: path, configuration: ConnectionSetup.writer())
            let wasUnclean = try queue.inDatabase { db in
                try Schema.check(db, path: path, upgrade: upgrade)
                return try prepare(db, path: path)
            }
            try upgrade.run(queue, path: path)
            let connection = try queue.inDatabase { db in
                try Views.makeTemporary(db)
                try db.execute(sql: "INSERT OR REPLACE INTO meta (key, value) VALUES ('open', 1)")
                return try StoreConnection(db)
            }
            guard let identity = FileIdentity(path: path) else { throw StoreError.replaced(path: path) }
            guard let log = FileIdentity(path: path + "-wal") else {
                // A disk that failed while the file was made: SQLite went on without the log.
                throw StoreError.sqlite(code: SQLITE_IOERR, message: "the write-ahead log was not made", sql: nil)
            }
            return Store(
                path: path, wasUnclean: wasUnclean, recoveredPages: recoveredPages, queue: queue,
                connection: connection,
                customerLookup: try CustomerLookup(path: path), identity: identity, logIdentity: log)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    private init(
        path: String, wasUnclean: Bool, recoveredPages: Int, queue: DatabaseQueue, connection: StoreConnection,
        customerLookup: CustomerLookup, identity: FileIdentity, logIdentity: FileIdentity
    ) {
        self.path = path
        self.wasUnclean = wasUnclean
        self.recoveredPages = recoveredPages
        self.queue = queue
        self.connection = connection
        self.customerLookup = customerLookup
        self.identity = identity
        self.logIdentity = logIdentity
    }

    /// - Returns: True when the last run did not close the database.
    private static func prepare(_ db: Database, path: String) throws -> Bool {
        guard try db.tableExists("meta") else { return false }
        let unclean = try Int.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'open'") == 1
        guard unclean else { return false }
        let findings = try String.fetchAll(db, sql: "PRAGMA quick_check(10)")
        if findings != ["ok"] { throw StoreError.damaged(path: path, findings: findings) }
        return true
    }

    /// What a committed transaction survives.
    public enum Durability: Sendable {
        /// The end of the process, and of the power.
        case durable
        /// The end of the process. A power cut may undo it, together with all that was committed after it and not
        /// ``durable`` itself: for steps that are done again from what is left.
        case redoable
    }

    /// Runs one durable transaction (`BEGIN IMMEDIATE`): all of it or, when the body throws, nothing.
    /// - Throws: What the body throws, or ``StoreError/sqlite(code:message:sql:)``.
    public func write<T>(_ body: (borrowing StoreTransaction) throws -> T) throws -> T {
        try write(.durable, body)
    }

    /// Runs one transaction.
    public func write<T>(
        _ durability: Durability, _ body: (borrowing StoreTransaction) throws -> T
    ) throws -> T {
        do {
            return try queue.writeWithoutTransaction { db in
                try connection.setDurability(durability, db)
                var result: T?
                do {
                    try db.inTransaction(.immediate) {
                        result = try body(StoreTransaction(db: db, connection: connection))
                        return .commit
                    }
                } catch {
                    connection.forgetDictionaries()
                    throw error
                }
                guard let result else { throw StoreError.inconsistent("a transaction without a result") }
                return result
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Reads customers while a transaction may be under way: what was committed when the first of them is read.
    public func lookUp<T>(_ body: (CustomerLookup) throws -> T) throws -> T {
        do {
            return try customerLookup.read(body)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Whether the disk is so full that the WAL has to be short: whoever writes should do it in small transactions, and
    /// each is followed by a checkpoint.
    public var isShortOfRoom: Bool {
        get { needsRoom.load(ordering: .relaxed) }
        set { needsRoom.store(newValue, ordering: .relaxed) }
    }

    /// Moves committed pages from the WAL into the database. Cheap when the WAL is short.
    /// - Parameters:
    ///   - idle: False at chunk boundaries: only a WAL that is long, without waiting for readers. True when there is
    ///     nothing else to do: everything, and the WAL shrinks to nothing unless a reader still needs it.
    ///   - walBytesMax: How long it may be.
    public func checkpoint(idle: Bool = false, walBytesMax: Int64 = Store.walBytesUsual) throws {
        if !idle, isShortOfRoom {
            if walBytes() > Self.walBytesInNeed { try checkpoint(idle: true) }
            return
        }
        try queue.inDatabase { db in
            if idle {
                try db.execute(sql: "PRAGMA busy_timeout = 0")
                defer { try? db.execute(sql: "PRAGMA busy_timeout = 5000") }
                _ = try ConnectionSetup.checkpoint(db, mode: Checkpoint.truncate)
            } else {
                // The file's size says nothing: it stays when its beginning is used again.
                let pages = ConnectionSetup.pagesWritten(db)
                let bytes = (pages - connection.pagesAtCheckpoint) * Int64(ConnectionSetup.pageBytes)
                guard bytes > walBytesMax else { return }
                _ = try ConnectionSetup.checkpoint(db, mode: Checkpoint.passive)
                connection.pagesAtCheckpoint = pages
            }
        }
    }

    /// Bytes of the write-ahead log file now.
    public func walBytes() -> Int64 { FileIdentity(path: path + "-wal")?.size ?? 0 }

    /// Checks that the path still leads to the file that is open, and that its WAL is still there. To be called
    /// before each batch: writing on into a file that nobody can find again would lose it.
    /// - Throws: ``StoreError/replaced(path:)``; ``StoreError/logDeleted(path:)`` when nothing is lost and the database
    ///   only has to be opened anew.
    public func verifySameFile() throws {
        guard let now = FileIdentity(path: path), now.isSameFile(as: identity) else {
            throw StoreError.replaced(path: path)
        }
        let log = FileIdentity(path: path + "-wal")
        if let log, log.isSameFile(as: logIdentity), FileIdentity(path: path + "-shm") != nil { return }
        // What somebody else put there is not for us to read, nor to write over.
        if let log, !log.isSameFile(as: logIdentity) { throw StoreError.replaced(path: path) }
        throw try saveLog() ? StoreError.logDeleted(path: path) : StoreError.replaced(path: path)
    }

    /// Moves what is in a WAL that was deleted, and lives as long as it is open, into the database.
    /// - Returns: Whether all of it is there.
    private func saveLog() throws -> Bool {
        let (log, moved, isBusy) = try queue.inDatabase { try ConnectionSetup.checkpoint($0, mode: Checkpoint.full) }
        return !isBusy && log == moved
    }

    /// A consistent copy through SQLite's online backup, between transactions.
    /// - Parameter destination: A path where nothing is; the copy is complete when this returns.
    public func backup(to destination: String) throws {
        do {
            let copy = try DatabaseQueue(path: destination)
            try queue.backup(to: copy)
            try copy.inDatabase { db in
                try db.execute(sql: "DELETE FROM meta WHERE key = 'open'")
                let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(10)")
                if findings != ["ok"] { throw StoreError.damaged(path: destination, findings: findings) }
            }
            try copy.close()
        } catch let error as DatabaseError {
            throw StoreError(error, path: destination)
        }
    }

    /// Marks the stop as clean, empties the WAL and closes. The WAL's files stay, so that those who may only read
    /// can open the database while nothing runs.
    ///
    /// A full disk, or a lock of somebody else's, may keep the mark from being set: see ``isMarkedClosed``.
    public func close() throws {
        try customerLookup.close()
        try queue.inDatabase { db in
            connection.close()
            do {
                try markClosed(db)
                markedClosed.store(true, ordering: .relaxed)
            } catch let error as StoreError where error.isDiskFull || error.isBusy {
                return
            }
        }
        try queue.close()
    }

    /// Whether the database says that it was closed. If not, all that was committed is there, and the next start checks
    /// the file.
    public var isMarkedClosed: Bool { markedClosed.load(ordering: .relaxed) }

    private func markClosed(_ db: Database) throws {
        do {
            try db.execute(sql: "DELETE FROM meta WHERE key = 'open'")
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
        _ = try ConnectionSetup.checkpoint(db, mode: Checkpoint.truncate)
    }
}

/// What tells one file from another, and its length.
struct FileIdentity: Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64

    /// nil when there is no such file.
    init?(path: String) {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        size = Int64(info.st_size)
    }

    func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }
}

/// SQLite's checkpoint modes.
enum Checkpoint {
    static let passive: Int32 = 0
    static let full: Int32 = 1
    static let truncate: Int32 = 3
}

extension StoreError {
    /// Translates GRDB's error; a file that is no database, or a broken one, needs a person.
    init(_ error: DatabaseError, path: String) {
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self = .damaged(path: path, findings: [error.message ?? "damaged"])
        default:
            self = .sqlite(
                code: error.extendedResultCode.rawValue, message: error.message ?? "unknown", sql: error.sql)
        }
    }
}
