public import DriftModel
import GRDB

/// Customers' names, numbers and states as they were last committed, over a connection that only reads: for whoever
/// computes what to write next while the one connection that writes is busy.
///
/// Used by one thread at a time, inside ``Store/lookUp(_:)``.
public final class CustomerLookup: @unchecked Sendable {
    private let queue: DatabaseQueue
    private var statements: Statements?

    private struct Statements {
        var byName, state, name, due, dueCount, dueByNumber, wake, all: HotStatement
    }

    init(path: String) throws {
        queue = try DatabaseQueue(path: path, configuration: ConnectionSetup.lookup())
    }

    func read<T>(_ body: (CustomerLookup) throws -> T) throws -> T {
        try queue.inDatabase { db in
            if statements == nil {
                statements = Statements(
                    byName: try HotStatement(db, "SELECT customer_id FROM customer WHERE name = ?1"),
                    state: try HotStatement(db, "SELECT state FROM customer WHERE customer_id = ?1"),
                    name: try HotStatement(db, "SELECT name FROM customer WHERE customer_id = ?1"),
                    due: try HotStatement(
                        db,
                        """
                        SELECT customer_id FROM customer WHERE wake_tick = ?1 AND customer_id > ?2
                        ORDER BY customer_id LIMIT ?3
                        """),
                    dueCount: try HotStatement(
                        db,
                        "SELECT count(*) FROM (SELECT 1 FROM customer WHERE wake_tick <= ?1 LIMIT ?2)"),
                    // The sign keeps the planner from the index, in whose order each row is a random place.
                    dueByNumber: try HotStatement(
                        db,
                        """
                        SELECT customer_id FROM customer WHERE customer_id > ?1 AND +wake_tick <= ?2
                        ORDER BY customer_id
                        """),
                    wake: try HotStatement(db, "SELECT min(wake_tick) FROM customer WHERE wake_tick > ?1"),
                    all: try HotStatement(
                        db,
                        """
                        SELECT customer_id, name, state FROM customer WHERE customer_id > ?1 AND state IS NOT NULL
                        ORDER BY customer_id LIMIT ?2
                        """))
            }
            // One snapshot for all reads; it is taken by the first one, and nothing is locked before.
            try db.execute(sql: "BEGIN DEFERRED")
            defer { try? db.execute(sql: "COMMIT") }
            return try body(self)
        }
    }

    func close() throws {
        queue.inDatabase { _ in statements = nil }
        try queue.close()
    }

    private func prepared() throws -> Statements {
        guard let statements else { throw StoreError.inconsistent("the database is closed") }
        return statements
    }

    /// The number of a customer by the bytes of the name; nil without a row.
    public func customerID(named name: Span<UInt8>) throws -> Int64? {
        let statement = try prepared().byName
        statement.bind(1, text: name)
        defer { statement.reset() }
        return try statement.step() ? statement.int64(0) : nil
    }

    /// Appends the engine's encoding of a customer's state.
    /// - Returns: False when the customer has none yet.
    public func state(of customer: Int64, into bytes: inout [UInt8]) throws -> Bool {
        let statement = try prepared().state
        statement.bind(1, customer)
        defer { statement.reset() }
        guard try statement.step(), !statement.isNull(0) else { return false }
        statement.appendBytes(0, to: &bytes)
        return true
    }

    /// The name of a customer; nil without a row.
    public func customerName(_ customer: Int64) throws -> String? {
        let statement = try prepared().name
        statement.bind(1, customer)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        var bytes: [UInt8] = []
        statement.appendBytes(0, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Calls back for customers with a state, by number, from one on: number, name, state.
    public func forEachCustomer(
        after customer: Int64, limit: Int, _ body: (Int64, [UInt8], [UInt8]) throws -> Void
    ) throws {
        let statement = try prepared().all
        statement.bind(1, customer)
        statement.bind(2, Int64(limit))
        defer { statement.reset() }
        var name: [UInt8] = []
        var state: [UInt8] = []
        while try statement.step() {
            name.removeAll(keepingCapacity: true)
            state.removeAll(keepingCapacity: true)
            statement.appendBytes(1, to: &name)
            statement.appendBytes(2, to: &state)
            try body(statement.int64(0), name, state)
        }
    }

    /// Customers whose rows name a tick, by number, from one on.
    public func dueCustomers(at tick: Tick, after customer: Int64, limit: Int) throws -> [Int64] {
        let statement = try prepared().due
        statement.bind(1, Int64(tick))
        statement.bind(2, customer)
        statement.bind(3, Int64(limit))
        defer { statement.reset() }
        var customers: [Int64] = []
        while try statement.step() { customers.append(statement.int64(0)) }
        return customers
    }

    /// How many customers' rows name a tick up to one, counted no further than a limit.
    public func dueCount(upTo tick: Tick, limit: Int) throws -> Int {
        let statement = try prepared().dueCount
        statement.bind(1, Int64(tick))
        statement.bind(2, Int64(limit))
        defer { statement.reset() }
        return try statement.step() ? Int(statement.int64(0)) : 0
    }

    /// Calls back for customers whose rows name a tick up to one, by number, until it returns false.
    /// - Complexity: O(customers): the table is read from one end to the other.
    public func forEachDueCustomer(after customer: Int64, upTo tick: Tick, _ body: (Int64) throws -> Bool) throws {
        let statement = try prepared().dueByNumber
        statement.bind(1, customer)
        statement.bind(2, Int64(tick))
        defer { statement.reset() }
        while try statement.step(), try body(statement.int64(0)) {}
    }

    /// The earliest tick that a row names, after a tick.
    /// - Parameter tick: nil: of all.
    public func nextWakeTick(after tick: Tick?) throws -> Tick? {
        let statement = try prepared().wake
        statement.bind(1, Int64(tick ?? .min))
        defer { statement.reset() }
        guard try statement.step(), let found = statement.optionalInt64(0) else { return nil }
        return Tick(found)
    }
}
