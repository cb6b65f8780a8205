import DriftEngine
import DriftModel
import DriftStore
import Synchronization

/// One customer at a time on the desk: fetched from memory or the database, worked on by the engine, put back.
///
/// What is put back is logged: all changed states of a chunk go as one blob into the chunk's own transaction, which
/// costs an append instead of a random place per customer. ``fold(_:progress:)`` writes the customers' rows later, in
/// the order of the table. Until then the states are kept in memory, and the log is where a start after a crash
/// finds them. Customers who are new in a transaction that ends its set get their rows at once.
///
/// After a rollback call ``forgetUncommitted()``: what was put back then is not in the database.
///
/// Belongs to one thread. While it waits in ``runTogether(_:endOfRun:_:)``, those of the workplaces read from it, which
/// is what makes the unchecked conformance true.
final class CustomerDesk: @unchecked Sendable {
    let engine: Engine
    let stored: StoredModel
    /// How many work customers out at a time.
    let threads: Int
    /// One per run of work. The first is that of whoever works on one customer at a time.
    let keepers: [WorkplaceKeeper]
    /// What was put back since the transaction began.
    private(set) var changes = StateChanges()
    let states: StateMemory
    private var directory: CustomerDirectory
    private(set) var newCustomers = NewCustomers()
    /// The records under work, customer by customer.
    var order = CustomerOrder()
    /// The highest number given out.
    private var lastCustomer: Int64 = 0
    /// Threads share the connection that looks customers up.
    private let lookingUp = Mutex(())
    /// No customer has a row, so there is nobody to look for in the table.
    private var isTableEmpty = false
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

    /// From so many new customers on, a fold sorts the indexes once instead of keeping them.
    private static let newRowsForSorting = 20_000

    /// - Parameters:
    ///   - bytesMax: The memory budget for states and names.
    ///   - threads: How many may work at a time.
    init(engine: Engine, stored: StoredModel, bytesMax: Int, threads: Int = 2) {
        self.engine = engine
        self.stored = stored
        // Engines of their own: counting references to one from several threads would cost more than the work.
        self.threads = max(1, threads)
        keepers = (0..<Self.shares(ofThreads: max(1, threads)).count).map { number in
            WorkplaceKeeper(
                Workplace(
                    engine: number == 0 ? engine : Engine(model: engine.model, axis: engine.axis), stored: stored))
        }
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
        for keeper in keepers { keeper.workplace.clear() }
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

    /// Gives the records of a batch the numbers of their customers, who get one if never seen.
    func resolveCustomers(of batch: inout RecordBatch, _ lookup: CustomerLookup) throws {
        try findKnownCustomers(of: batch)
        // In the order of the records: so are numbers given out.
        var index = 0
        for keeper in keepers {
            for found in keeper.workplace.names {
                let name = batch.records[index].customerName
                batch.records[index].customer =
                    try found.customer
                    ?? number(ofCustomerNamed: batch.text.span.extracting(name), hash: found.hash, lookup)
                index += 1
            }
            keeper.workplace.names.removeAll(keepingCapacity: true)
        }
    }

    /// In a function of its own, so that no second reference to the batch is left when it is changed.
    private func findKnownCustomers(of batch: RecordBatch) throws {
        try runTogether(batch.records.count) { _, positions, workplace in
            findKnownCustomers(of: batch, positions, at: &workplace)
        }
    }

    /// Looks names up in memory; several threads may, while nobody is added.
    private func findKnownCustomers(
        of batch: borrowing RecordBatch, _ positions: Range<Int>, at workplace: inout Workplace
    ) {
        workplace.names.reserveCapacity(positions.count)
        // Some names at a time: first the memory they lie in is read, so that the waits for it overlap.
        var start = positions.lowerBound
        while start < positions.upperBound {
            let end = min(start + 48, positions.upperBound)
            for index in start..<end {
                let name = batch.text.span.extracting(batch.records.span[index].customerName)
                let hash = CustomerDirectory.hash(of: name)
                workplace.sink &+= directory.touch(hash)
                workplace.names.append(Workplace.Name(hash: hash, customer: nil))
            }
            for index in start..<end {
                let name = batch.text.span.extracting(batch.records.span[index].customerName)
                let place = index - positions.lowerBound
                workplace.names[place].customer = directory.customer(named: name, hash: workplace.names[place].hash)
            }
            start = end
        }
    }

    private func number(ofCustomerNamed name: Span<UInt8>, hash: UInt64, _ lookup: CustomerLookup) throws -> Int64 {
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

    /// Where one customer at a time is worked on.
    var workplace: Workplace {
        _read { yield keepers[0].workplace }
        _modify { yield &keepers[0].workplace }
    }

    /// Puts a customer's state in front of a workplace. Several threads may do so, while nobody takes anything in.
    /// - Throws: ``StateError`` when the database holds something else than a state.
    func fetch(_ customer: Int64, _ lookup: CustomerLookup, to workplace: inout Workplace) throws {
        if try states.withState(of: customer, { try workplace.decode($0) }) != nil { return }
        workplace.bytes.removeAll(keepingCapacity: true)
        let isStored =
            try !newCustomers.isWaiting(customer)
            && lookingUp.withLock { _ in try lookup.state(of: customer, into: &workplace.bytes) }
        guard isStored else {
            workplace.state.reset()
            return
        }
        try workplace.decodeBytes()
    }

    /// Has a workplace keep its customer's state; durable with the transaction, once ``takeIn(_:)`` has it.
    func putBack(_ customer: Int64, from workplace: inout Workplace) {
        // The first of a customer's states in the log has the name with it.
        let isNamed = !writesNewRows && states.isKept(customer)
        workplace.keep(
            customer, newName: isNamed ? nil : newCustomers.name(of: customer), asRow: writesNewRows, in: states)
    }

    /// Takes in what a workplace has put back.
    func takeIn(_ workplace: inout Workplace) {
        takeInStates(&workplace)
        workplace.moveChanges(to: &changes)
    }

    /// In a function of its own, so that no second reference to the log is left when it is emptied: its memory is used
    /// again.
    private func takeInStates(_ workplace: inout Workplace) {
        let log = workplace.changes.log.bytes
        var newRows = workplace.changes.newRows[...]
        states.countIn(workplace.overwrittenBytesMore)
        var touched = 0
        for (index, entry) in workplace.putBack.enumerated() {
            if index >= touched {
                touched = min(workplace.putBack.count, index + 48)
                for next in workplace.putBack[index..<touched] where !next.isInMemory {
                    workplace.sink &+= states.touch(next.customer)
                }
            }
            if entry.isInMemory {
                // Its thread has put it there.
            } else if let place = entry.place {
                states.put(entry.customer, log.span.extracting(place), wake: entry.wake, isKept: true)
            } else if let new = newRows.popFirst() {
                let state = new.row.state
                states.put(entry.customer, state.span, wake: entry.wake, isKept: true)
            }
            if let wake = entry.wake { earliestKeptWake = min(earliestKeptWake ?? wake, wake) }
        }
    }

    private func noteWake() {
        guard let wake = workplace.state.wakeTick else { return }
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
                workplace.bytes.removeAll(keepingCapacity: true)
                guard try lookup.state(of: customer, into: &workplace.bytes) else { continue }
                let state = workplace.bytes
                states.put(customer, state.span, wake: nil, isKept: false)
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
                if !states.contains(customer) { states.put(customer, encoded.span, wake: nil, isKept: false) }
            }
        }
        preloadedThrough = count < Self.preloadCustomersMax ? nil : last
        return preloadedThrough != nil
    }

    // MARK: Log and rows

    /// Whether rows should be written before more is logged.
    var isLogFull: Bool { states.keptBytes > keptBytesMax }

    /// As ``StateMemory/touch(_:)``.
    func touch(_ customer: Int64) -> UInt64 { states.touch(customer) }

    /// Whether a customer's state is not in a row yet.
    func isKept(_ customer: Int64) -> Bool { states.isKept(customer) }

    /// Customers whose states are not in rows yet and whose time has come by a tick, ascending.
    func keptCustomers(dueBy tick: Tick) -> [Int64] {
        guard let earliest = earliestKeptWake, earliest <= tick else { return [] }
        return states.keptCustomers().filter { customer in states.keptWake(of: customer).map { $0 <= tick } ?? false }
    }

    /// Whether there are customers whom only the log knows.
    var hasNewCustomers: Bool { !newCustomers.isEmpty }

    /// Whether the rows of all logged states are written within a second or two.
    var isFoldShort: Bool { states.keptCount <= 200_000 }

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
            try writeRows(of: customers, store, progress)
            if sortsIndexes { try store.ensureCustomerIndexes() }
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

    /// Takes over what an earlier process has logged.
    private func readLog(_ store: Store) throws {
        guard !isLogKnown else { return }
        // A fold may have been cut short between the rows and the indexes.
        try store.ensureCustomerIndexes()
        try store.write(.redoable) { transaction in
            var last = try transaction.lastCustomerID()
            isTableEmpty = last == 0
            for blob in try transaction.stateLog() {
                let isWhole = try StateLog(committed: blob).forEach { customer, name, logged in
                    if !name.isEmpty, customer > last {
                        newCustomers.add(customer, named: name.span)
                        remember(customer, name.span, CustomerDirectory.hash(of: name.span))
                        last = customer
                    }
                    try workplace.decode(logged.span)
                    states.put(customer, logged.span, wake: workplace.state.wakeTick, isKept: true)
                    noteWake()
                }
                guard isWhole else { throw StoreError.inconsistent("the log of states ends early") }
            }
            lastCustomer = last
        }
        isLogKnown = true
    }
}
