import DriftEngine
import DriftModel
import DriftStore

/// One customer at a time on the desk: fetched from memory or the database, worked on by the engine, put back.
///
/// What is put back is logged: all changed states of a chunk go as one blob into the chunk's own transaction, which
/// costs an append instead of a random place per customer. ``fold(_:progress:)`` writes the customers' rows later, in
/// the order of the table. Until then the states are kept in memory, and the log is where a start after a crash
/// finds them. Customers who are new in a transaction that ends its set get their rows at once.
///
/// After a rollback call ``forgetUncommitted()``: what was put back then is not in the database.
final class CustomerDesk {
    let engine: Engine
    let stored: StoredModel
    var state = CustomerState()
    var scratch = EngineScratch()
    /// What was put back since the transaction began.
    private(set) var changes = StateChanges()
    private var states: StateMemory
    private var directory: CustomerDirectory
    private var newCustomers = NewCustomers()
    /// The highest number given out.
    private var lastCustomer: Int64 = 0
    /// No customer has a row, so there is nobody to look for in the table.
    private var isTableEmpty = false
    private var bytes: [UInt8] = []
    private var isLogKnown = false
    private var writesNewRows = false
    private let keptBytesMax: Int
    /// No kept state is due before this tick; nil: none ever is.
    private(set) var earliestKeptWake: Tick?

    /// Customers up to this one were brought into memory; nil: all, or as many as there is room for.
    private var preloadedThrough: Int64? = 0
    private static let preloadCustomersMax = 20_000
    /// The tick whose customers were brought into memory ahead of it.
    private var warmedTick: Tick?

    /// Rows in one transaction of a fold.
    private static let foldRowsMax = 20_000
    /// From so many new customers on, a fold sorts the indexes once instead of keeping them.
    private static let newRowsForSorting = 20_000

    /// - Parameter bytesMax: The memory budget for states and names.
    init(engine: Engine, stored: StoredModel, bytesMax: Int) {
        self.engine = engine
        self.stored = stored
        states = StateMemory(bytesMax: bytesMax / 8 * 5)
        directory = CustomerDirectory(bytesMax: bytesMax / 8 * 3)
        keptBytesMax = bytesMax / 8 * 5
    }

    // MARK: One transaction

    /// Starts a transaction's work.
    /// - Parameter writesNewRows: Nothing follows: customers who are new get their rows in this transaction.
    func begin(_ store: Store, writesNewRows: Bool) throws {
        try readLog(store)
        // Behind an older state in the log a row would be overwritten by it after a crash.
        self.writesNewRows = writesNewRows && states.keptCount == 0
        changes.removeAll()
    }

    /// Hands over what was put back, to be written in the transaction, in exchange for memory to reuse.
    func takeChanges(_ other: inout StateChanges) {
        other.removeAll()
        swap(&changes, &other)
    }

    /// The transaction is committed.
    func settle(_ changes: borrowing StateChanges) {
        guard !changes.newRows.isEmpty else { return }
        isTableEmpty = false
        for row in changes.newRows {
            states.settle(row.customer)
            newCustomers.settle(row.customer)
        }
    }

    /// The number of a customer, who gets one if never seen.
    func number(ofCustomerNamed name: Span<UInt8>, _ lookup: CustomerLookup) throws -> Int64 {
        let hash = CustomerDirectory.hash(of: name)
        if let known = directory.customer(named: name, hash: hash) { return known }
        if !isTableEmpty, let known = try lookup.customerID(named: name) {
            remember(known, name, hash)
            return known
        }
        let number = lastCustomer + 1
        lastCustomer = number
        newCustomers.add(number, named: name)
        remember(number, name, hash)
        return number
    }

    /// Names of customers without a row are known here only, so the directory may not forget them.
    private func remember(_ customer: Int64, _ name: Span<UInt8>, _ hash: UInt64) {
        directory.insert(customer, named: name, hash: hash, mayForget: newCustomers.isEmpty)
    }

    /// The name of a customer.
    func name(of customer: Int64, _ lookup: CustomerLookup) throws -> String {
        if let new = newCustomers.name(of: customer) { return String(decoding: new, as: UTF8.self) }
        return try lookup.customerName(customer) ?? ""
    }

    /// Puts a customer's state on the desk.
    /// - Throws: ``StateError`` when the database holds something else than a state.
    func fetch(_ customer: Int64, _ lookup: CustomerLookup) throws {
        let isKnown: Void? = try states.withState(of: customer) { try state.decode($0, engine: engine) }
        if isKnown != nil { return }
        bytes.removeAll(keepingCapacity: true)
        if !newCustomers.isWaiting(customer), try lookup.state(of: customer, into: &bytes) {
            // Taken out for the time of decoding: a second reference would make the next use of the buffer copy it.
            var stored: [UInt8] = []
            swap(&stored, &bytes)
            defer { swap(&stored, &bytes) }
            try state.decode(stored.span, engine: engine)
        } else {
            state.reset()
        }
    }

    /// Keeps the state on the desk, durable with the transaction. A customer of whom nothing was accepted leaves
    /// no trace.
    func putBack(_ customer: Int64) {
        guard state.isKnown else { return }
        bytes.removeAll(keepingCapacity: true)
        state.encode(engine: engine, into: &bytes)
        let newName = newCustomers.name(of: customer)
        if writesNewRows, let newName {
            changes.newRows.append(
                StateChanges.NewRow(customer: customer, name: Array(newName), row: row(of: bytes)))
        } else {
            changes.log.append(customer, name: newName ?? [], state: bytes)
        }
        states.put(customer, bytes, isKept: true)
        noteWake()
    }

    private func row(of encoded: [UInt8]) -> CustomerRow {
        CustomerRow(state, encoded: encoded, attributeCount: stored.attributeNames.count)
    }

    private func noteWake() {
        guard let wake = state.wakeTick else { return }
        earliestKeptWake = min(earliestKeptWake ?? wake, wake)
    }

    /// Forgets everything that may not have been committed; the log says what was.
    func forgetUncommitted() {
        states.removeAll()
        directory.removeAll()
        newCustomers.removeAll()
        isTableEmpty = false
        earliestKeptWake = nil
        warmedTick = nil
        isLogKnown = false
    }

    /// Brings those who are due next into memory while there is nothing else to do, as far as there is room: so
    /// their time, when it comes, finds them there. Each is read once.
    func warm(_ tick: Tick, _ store: Store) throws {
        guard tick != warmedTick else { return }
        warmedTick = tick
        try store.lookUp { lookup in
            for customer in try lookup.dueCustomers(at: tick, after: 0, limit: TimeWalker.customersPerTransactionMax)
            where !states.contains(customer) {
                bytes.removeAll(keepingCapacity: true)
                guard try lookup.state(of: customer, into: &bytes) else { continue }
                states.put(customer, bytes, isKept: false)
            }
        }
    }

    /// Brings customers into memory while there is nothing else to do, a piece at a time, as far as there is room:
    /// each is read once after a start. A file finds those it touches there, instead of a page for each.
    /// - Returns: Whether there is more to bring.
    func preload(_ store: Store) throws -> Bool {
        guard let before = preloadedThrough, states.hasRoom, directory.takes(Self.preloadCustomersMax) else {
            preloadedThrough = nil
            return false
        }
        var last = before
        var count = 0
        try store.lookUp { lookup in
            try lookup.forEachCustomer(after: before, limit: Self.preloadCustomersMax) { customer, name, encoded in
                last = customer
                count += 1
                let hash = CustomerDirectory.hash(of: name.span)
                if directory.customer(named: name.span, hash: hash) == nil { remember(customer, name.span, hash) }
                if !states.contains(customer) { states.put(customer, encoded, isKept: false) }
            }
        }
        preloadedThrough = count < Self.preloadCustomersMax ? nil : last
        return preloadedThrough != nil
    }

    // MARK: Log and rows

    /// Whether rows should be written before more is logged.
    var isLogFull: Bool { states.keptBytes > keptBytesMax }

    /// Whether there are customers whom only the log knows.
    var hasNewCustomers: Bool { !newCustomers.isEmpty }

    /// Whether all rows are up to date.
    var isFolded: Bool { isLogKnown && states.keptCount == 0 }

    /// Writes the rows of all logged states, in transactions of bounded size, and empties the log. Cut short, it
    /// begins again: rows are only ever overwritten by the same or a later state.
    /// - Parameter progress: Called between transactions.
    func fold(_ store: Store, progress: () -> Void) throws {
        try readLog(store)
        let customers = states.keptCustomers()
        guard !customers.isEmpty else { return }
        let sortsIndexes = newCustomers.count >= Self.newRowsForSorting
        do {
            if sortsIndexes { try store.write(.redoable) { try $0.prepareManyCustomers(newCustomers.count) } }
            var start = 0
            while start < customers.count {
                let end = min(start + Self.foldRowsMax, customers.count)
                try store.write(.redoable) { transaction in
                    for customer in customers[start..<end] { try foldOne(customer, transaction) }
                    if end == customers.count { try transaction.clearStateLog() }
                }
                start = end
                progress()
                try store.checkpoint()
            }
            if sortsIndexes { try store.write(.redoable) { try $0.ensureCustomerIndexes() } }
        } catch {
            forgetUncommitted()
            throw error
        }
        for customer in customers {
            states.settle(customer)
            newCustomers.settle(customer)
        }
        isTableEmpty = false
        earliestKeptWake = nil
    }

    private func foldOne(_ customer: Int64, _ transaction: borrowing StoreTransaction) throws {
        bytes.removeAll(keepingCapacity: true)
        try states.withState(of: customer) { logged in
            try state.decode(logged, engine: engine)
            for index in logged.indices { bytes.append(logged[index]) }
        }
        let row = row(of: bytes)
        if let name = newCustomers.name(of: customer) {
            try transaction.insert(customer: customer, named: name, row, model: stored)
        } else {
            try transaction.save(customer: customer, row, model: stored)
        }
    }

    /// Takes over what an earlier process has logged.
    private func readLog(_ store: Store) throws {
        guard !isLogKnown else { return }
        try store.write(.redoable) { transaction in
            // A fold may have been cut short between the rows and the indexes.
            try transaction.ensureCustomerIndexes()
            var last = try transaction.lastCustomerID()
            isTableEmpty = last == 0
            for blob in try transaction.stateLog() {
                let isWhole = try StateLog(committed: blob).forEach { customer, name, logged in
                    if !name.isEmpty, customer > last {
                        newCustomers.add(customer, named: name.span)
                        remember(customer, name.span, CustomerDirectory.hash(of: name.span))
                        last = customer
                    }
                    try state.decode(logged.span, engine: engine)
                    states.put(customer, Array(logged), isKept: true)
                    noteWake()
                }
                guard isWhole else { throw StoreError.inconsistent("the log of states ends early") }
            }
            lastCustomer = last
        }
        isLogKnown = true
    }
}
