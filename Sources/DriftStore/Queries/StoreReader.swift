import GRDB

/// A read-only connection for commands and dashboards: works while the daemon runs and after it stopped, never
/// writes, never checkpoints. Keep reads short: a long one keeps the daemon's WAL from shrinking, and ends with
/// ``StoreError/readTooLong(path:)`` when that matters.
public struct StoreReader: Sendable {
    public let path: String
    let queue: DatabaseQueue
    private let limit: ReadLimit

    /// - Parameter limit: How long one read may be.
    /// - Throws: ``StoreError/missing(path:)``, ``StoreError/newerSchema(path:found:known:)``, …
    public static func open(path: String, limit: ReadLimit = .usual) throws -> StoreReader {
        guard FileIdentity(path: path) != nil else { throw StoreError.missing(path: path) }
        do {
            let queue = try DatabaseQueue(path: path, configuration: ConnectionSetup.reader())
            try queue.inDatabase { db in
                try Schema.check(db, path: path, isUpgraded: true)
                guard try db.tableExists("meta") else {
                    throw StoreError.damaged(path: path, findings: ["an empty database"])
                }
            }
            return StoreReader(path: path, queue: queue, limit: limit)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Closes the connection.
    public func close() throws { try queue.close() }

    /// Runs reads over one snapshot.
    func read<T>(_ body: (Database) throws -> T) throws -> T {
        do {
            return try queue.read { db in try limit.hold(db, path: path) { try body(db) } }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            throw StoreError.readTooLong(path: path)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Any SELECT over the documented views.
    /// - Parameters:
    ///   - sql: With `?` for each argument.
    ///   - arguments: Bound, never pasted.
    public func query(_ sql: String, _ arguments: [SQLValue] = []) throws -> ResultTable {
        try read { db in
            let statement = try db.makeStatement(sql: sql)
            let rows = try Row.fetchAll(statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
            return ResultTable(
                columns: statement.columnNames,
                rows: rows.map { row in row.databaseValues.map(SQLValue.init) })
        }
    }
}

/// A value as SQLite stores it.
public enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): value.blob
        }
    }

    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .real(value)
        case .string(let value): self = .text(value)
        case .blob(let value): self = .blob([UInt8](value))
        }
    }
}

/// Rows of a query with the names of their columns.
public struct ResultTable: Hashable, Sendable {
    public var columns: [String]
    public var rows: [[SQLValue]]

    public init(columns: [String], rows: [[SQLValue]]) {
        self.columns = columns
        self.rows = rows
    }
}
