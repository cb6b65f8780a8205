public import DriftModel
import GRDB

extension StoreTransaction {
    /// The number of a customer by the bytes of the name; nil when never seen.
    public func customerID(named name: some Collection<UInt8>) throws -> Int64? {
        let statement = try connection.statements().customerByName
        statement.bind(1, text: name)
        defer { statement.reset() }
        return try statement.step() ? statement.int64(0) : nil
    }

    /// Makes a row for a customer never seen before.
    /// - Returns: The customer's number.
    public func insertCustomer(named name: some Collection<UInt8>) throws -> Int64 {
        let statement = try connection.statements().insertCustomer
        statement.bind(1, text: name)
        defer { statement.reset() }
        guard try statement.step() else { throw StoreError.inconsistent("an inserted customer has no number") }
        let number = statement.int64(0)
        while try statement.step() {}
        return number
    }

    /// The name of a customer.
    public func customerName(_ customer: Int64) throws -> String? {
        try row("SELECT name FROM customer WHERE customer_id = ?", [customer])?[0]
    }

    /// Replaces `bytes` by the engine's encoding of a customer's state.
    /// - Returns: False when the customer has none yet.
    public func state(of customer: Int64, into bytes: inout [UInt8]) throws -> Bool {
        bytes.removeAll(keepingCapacity: true)
        let statement = try connection.statements().customerState
        statement.bind(1, customer)
        defer { statement.reset() }
        guard try statement.step(), !statement.isNull(0) else { return false }
        statement.appendBytes(0, to: &bytes)
        return true
    }

    /// Writes everything about a customer in one row.
    /// - Throws: ``StoreError/inconsistent(_:)`` when there is no such customer.
    public func save(customer: Int64, _ customerRow: borrowing CustomerRow, model: StoredModel) throws {
        let statement = try connection.statements().saveCustomer
        bind(customer, customerRow, to: statement, after: 0, model)
        try statement.run()
        if db.changesCount != 1 { throw StoreError.inconsistent("there is no customer \(customer)") }
    }

    /// Writes customers who have no row yet, several in one run of a statement.
    public func insert(_ customers: [NewCustomerRow], model: StoredModel) throws {
        let statements = try connection.statements()
        let atOnce = HotStatements.customersAtOnce
        // Seen where they lie: a row is of several arrays, each of which would be counted.
        let customers = customers.span
        for index in customers.indices {
            let place = index % atOnce
            let isAlone = index - place + atOnce > customers.count
            let statement = isAlone ? statements.insertWholeCustomer : statements.insertWholeCustomers
            let first = isAlone ? 0 : Int32(place) * 10
            statement.bind(first + 10, text: customers[index].name)
            bind(customers[index].customer, customers[index].row, to: statement, after: first, model)
            if isAlone || place == atOnce - 1 { try statement.run() }
        }
    }

    /// Does without the customers' indexes while so many rows are added, if making them afresh afterwards is cheaper:
    /// a random place per row costs more than sorting once. ``Store/ensureCustomerIndexes()`` brings them back.
    public func prepareManyCustomers(_ count: Int) throws {
        if try Int64(count) >= lastCustomerID() { try Schema.dropCustomerIndexes(db) }
    }

    /// Makes the customers' indexes if they are missing.
    func ensureCustomerIndexes() throws { try Schema.ensureCustomerIndexes(db) }

    /// The highest number of a customer with a row; 0 without any.
    public func lastCustomerID() throws -> Int64 {
        try row("SELECT max(customer_id) FROM customer")?[0] ?? 0
    }

    /// Adds a chunk's changed states to the log, in a form of the caller's.
    public func appendStateLog(_ bytes: [UInt8]) throws {
        let statement = try connection.statements().appendStateLog
        statement.bind(1, blob: bytes)
        try statement.run()
    }

    /// The log's chunks, in order.
    public func stateLog() throws -> [[UInt8]] {
        try rows("SELECT states FROM state_log ORDER BY log_id").map { $0.bytes("states") }
    }

    /// Empties the log: all it says is in rows.
    public func clearStateLog() throws {
        try run("DELETE FROM state_log")
    }

    /// - Parameter before: Parameters that precede the customer's.
    private func bind(
        _ customer: Int64, _ customerRow: borrowing CustomerRow, to statement: HotStatement, after before: Int32,
        _ model: StoredModel
    ) {
        statement.bind(before + 1, customer)
        statement.bind(before + 2, customerRow.isCustomer ? 1 : 0)
        statement.bind(before + 3, customerRow.firstEventAt?.microseconds)
        statement.bind(before + 4, customerRow.lastEventAt?.microseconds)
        statement.bind(before + 5, customerRow.events)
        statement.bind(before + 6, customerRow.wakeTick.map(Int64.init))
        let texts = customerRow.texts ?? customerRow.makeTexts(model)
        statement.bind(before + 7, text: texts.segments)
        if let attributes = texts.attributes {
            statement.bind(before + 8, text: attributes)
        } else {
            statement.bindNull(before + 8)
        }
        statement.bind(before + 9, blob: customerRow.state)
    }

    /// Customers whose time has come, earliest first.
    public func dueCustomers(upTo tick: Tick, limit: Int) throws -> [Int64] {
        let statement = try connection.statements().dueCustomers
        statement.bind(1, Int64(tick))
        statement.bind(2, Int64(limit))
        defer { statement.reset() }
        var customers: [Int64] = []
        while try statement.step() { customers.append(statement.int64(0)) }
        return customers
    }

    /// The tick of the earliest wake-up; nil when nobody waits for time.
    public func nextWakeTick() throws -> Tick? {
        let found = try row("SELECT min(wake_tick) FROM customer WHERE wake_tick IS NOT NULL")
        return found?[0]
    }

    /// Numbers of all customers after one number, ascending: to walk over everybody in pieces.
    public func customers(after customer: Int64, limit: Int) throws -> [Int64] {
        try rows(
            "SELECT customer_id FROM customer WHERE customer_id > ? ORDER BY customer_id LIMIT ?", [customer, limit]
        ).map { $0[0] }
    }
}
