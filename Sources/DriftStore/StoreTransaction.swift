public import DriftModel
import GRDB

/// What can be done inside one ``Store/write(_:)``. Cannot leave it.
public struct StoreTransaction: ~Copyable {
    let db: Database
    let connection: StoreConnection

    init(db: Database, connection: StoreConnection) {
        self.db = db
        self.connection = connection
    }

    /// Runs a statement that is prepared once and kept.
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// Rows changed by the last statement.
    var changes: Int { db.changesCount }

    // MARK: Facts about the whole database

    /// T; nil before the first file.
    public func logicalTime() throws -> Instant? {
        try meta("logical_time").flatMap(Int64.init).map(Instant.init(microseconds:))
    }

    /// Moves T forward.
    /// - Parameter axis: Tells the local day of T, up to which sizes are shown.
    /// - Throws: ``StoreError/inconsistent(_:)`` when T would run backwards.
    public func setLogicalTime(_ time: Instant, axis: TimeAxis) throws {
        if let now = try logicalTime(), time < now {
            throw StoreError.inconsistent("logical time would run backwards")
        }
        try run("INSERT OR REPLACE INTO meta (key, value) VALUES ('logical_time', ?)", [time.microseconds])
        let day = axis.zone.localDay(of: time)
        try run("INSERT OR REPLACE INTO meta (key, value) VALUES ('logical_day', ?)", [Int64(day)])
    }

    /// A small fact by name, as text.
    public func meta(_ key: String) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT CAST(value AS TEXT) FROM meta WHERE key = ?"), arguments: [key])
    }

    /// - Parameter value: nil forgets the fact.
    public func setMeta(_ key: String, _ value: String?) throws {
        if let value {
            try run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, value])
        } else {
            try run("DELETE FROM meta WHERE key = ?", [key])
        }
    }
}
