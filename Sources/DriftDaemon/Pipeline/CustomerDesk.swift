import DriftEngine
import DriftModel
import DriftStore

/// One customer at a time on the desk: fetched from memory or the database, worked on by the engine, put back.
///
/// States are put back in one of two ways. Into the customer's row, when there is little to do. Or, while a set of
/// files goes on for many chunks, into a log: all changed states of a chunk as one blob in the chunk's own
/// transaction, which costs an append instead of a random place per customer; ``fold(_:pause:)`` writes the rows
/// once, in the order of the table. Until then the log is where a start after a crash finds them.
///
/// After a rollback call ``forgetUncommitted()``: what was put back then is not in the database.
final class CustomerDesk {
    let engine: Engine
    let stored: StoredModel
    var state = CustomerState()
    var scratch = EngineScratch()
    private var states: StateCache
    private var directory: CustomerDirectory
    private var newCustomers = NewCustomers()
    /// The highest number given out; nil: ask the database.
    private var lastCustomer: Int64?
    private var bytes: [UInt8] = []

    /// States in the log that are not in rows yet, by customer.
    private var unfolded: [Int64: [UInt8]] = [:]
    private var unfoldedBytes = 0
    private var isUnfoldedKnown = false
    private var chunkLog = StateLog()
    private var isLogging = false
    private let unfoldedBytesMax: Int

    /// Rows in one transaction of a fold.
    private static let foldRowsMax = 20_000
    /// A first load may take more than the usual budget: rows written once instead of several times.
    private static let unfoldedBytesAtLeast = 192 << 20
    /// Array header, allocation and dictionary slot of one state, roughly.
    private static let overheadBytes = 80

    /// - Parameter bytesMax: The memory budget for states and names.
    init(engine: Engine, stored: StoredModel, bytesMax: Int) {
        self.engine = engine
        self.stored = stored
        states = StateCache(bytesMax: bytesMax / 4 * 3)
        directory = CustomerDirectory(bytesMax: bytesMax / 4)
        unfoldedBytesMax = max(bytesMax, Self.unfoldedBytesAtLeast)
    }

    // MARK: One transaction

    /// Starts a transaction's work.
    /// - Parameter isLogging: More chunks follow: changed states go to the log.
    func begin(isLogging: Bool, _ transaction: borrowing StoreTransaction) throws {
        try readLog(transaction)
        self.isLogging = isLogging || !unfolded.isEmpty
        chunkLog.removeAll()
    }

    /// Ends a transaction's work, before the commit.
    func end(_ transaction: borrowing StoreTransaction) throws {
        if !chunkLog.bytes.isEmpty { try transaction.appendStateLog(chunkLog.bytes) }
    }

    /// The number of a customer, who gets one if never seen.
    func number(ofCustomerNamed name: ArraySlice<UInt8>, _ transaction: borrowing StoreTransaction) throws -> Int64 {
        let hash = CustomerDirectory.hash(of: name.span)
        if let known = directory.customer(named: name.span, hash: hash) { return known }
        if let known = try transaction.customerID(named: name) {
            remember(known, name, hash)
            return known
        }
        let number = try (lastCustomer ?? transaction.lastCustomerID()) + 1
        lastCustomer = number
        newCustomers.add(number, named: name.span)
        remember(number, name, hash)
        return number
    }

    /// Names of customers without a row are known here only, so the directory may not forget them.
    private func remember(_ customer: Int64, _ name: ArraySlice<UInt8>, _ hash: UInt64) {
        directory.insert(customer, named: name.span, hash: hash, mayForget: newCustomers.isEmpty)
    }

    /// The name of a customer.
    func name(of customer: Int64, _ transaction: borrowing StoreTransaction) throws -> String {
        if let new = newCustomers.name(of: customer) { return String(decoding: new, as: UTF8.self) }
        return try transaction.customerName(customer) ?? ""
    }

    /// Puts a customer's state on the desk.
    /// - Throws: ``StateError`` when the database holds something else than a state.
    func fetch(_ customer: Int64, _ transaction: borrowing StoreTransaction) throws {
        if let logged = unfolded[customer] {
            try state.decode(logged.span, engine: engine)
        } else if newCustomers.name(of: customer) != nil {
            state.reset()
        } else if let cached = states.state(of: customer) {
            try state.decode(cached.span, engine: engine)
        } else if try transaction.state(of: customer, into: &bytes) {
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
    func putBack(_ customer: Int64, _ transaction: borrowing StoreTransaction) throws {
        guard state.isKnown else { return }
        bytes.removeAll(keepingCapacity: true)
        state.encode(engine: engine, into: &bytes)
        guard isLogging else {
            try writeRow(customer, transaction)
            states.remember(customer, exact(bytes))
            return
        }
        chunkLog.append(customer, name: newCustomers.name(of: customer) ?? [], state: bytes)
        keepUnfolded(customer, exact(bytes))
    }

    /// A copy without spare capacity: the buffer stays ours, and many copies stay small.
    private func exact(_ buffer: [UInt8]) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(buffer.count)
        copy.append(contentsOf: buffer[...])
        return copy
    }

    /// Forgets everything that may not have been committed; the log says what was.
    func forgetUncommitted() {
        states.removeAll()
        directory.removeAll()
        newCustomers.removeAll()
        lastCustomer = nil
        unfolded.removeAll()
        unfoldedBytes = 0
        isUnfoldedKnown = false
    }

    // MARK: Log and rows

    /// Whether rows should be written before more is logged.
    var isLogFull: Bool { unfoldedBytes > unfoldedBytesMax }

    /// Writes the rows of all logged states, in transactions of bounded size, and empties the log. Cut short, it
    /// begins again: rows are only ever overwritten by the same or a later state.
    /// - Parameter progress: Called between transactions.
    func fold(_ store: Store, progress: () -> Void) throws {
        try store.write { try readLog($0) }
        let customers = unfolded.keys.sorted()
        guard !customers.isEmpty else { return }
        var start = 0
        do {
            while start < customers.count {
                let end = min(start + Self.foldRowsMax, customers.count)
                try store.write { transaction in
                    for customer in customers[start..<end] { try foldOne(customer, transaction) }
                    if end == customers.count { try transaction.clearStateLog() }
                }
                start = end
                progress()
                try store.checkpoint()
            }
        } catch {
            forgetUncommitted()
            throw error
        }
        unfolded = [:]
        unfoldedBytes = 0
    }

    private func foldOne(_ customer: Int64, _ transaction: borrowing StoreTransaction) throws {
        guard let logged = unfolded[customer] else { return }
        try state.decode(logged.span, engine: engine)
        bytes.removeAll(keepingCapacity: true)
        bytes += logged
        try writeRow(customer, transaction)
        // An older state must not come back from the cache once the log is empty.
        states.remember(customer, logged)
    }

    /// Writes the state on the desk, whose encoding is in ``bytes``, into the customer's row.
    private func writeRow(_ customer: Int64, _ transaction: borrowing StoreTransaction) throws {
        let name = newCustomers.name(of: customer)
        try transaction.save(customer: customer, newName: name, state: state, encoded: bytes, model: stored)
        if name != nil { newCustomers.settle(customer) }
    }

    private func keepUnfolded(_ customer: Int64, _ encoded: [UInt8]) {
        if let before = unfolded.updateValue(encoded, forKey: customer) {
            unfoldedBytes -= before.count + Self.overheadBytes
        }
        unfoldedBytes += encoded.count + Self.overheadBytes
    }

    /// Takes over what earlier chunks, or an earlier process, have logged.
    private func readLog(_ transaction: borrowing StoreTransaction) throws {
        guard !isUnfoldedKnown else { return }
        var last = try transaction.lastCustomerID()
        for blob in try transaction.stateLog() {
            let isWhole = StateLog(committed: blob).forEach { customer, name, state in
                if !name.isEmpty, customer > last {
                    newCustomers.add(customer, named: name.span)
                    remember(customer, name, CustomerDirectory.hash(of: name.span))
                    last = customer
                }
                keepUnfolded(customer, Array(state))
            }
            guard isWhole else { throw StoreError.inconsistent("the log of states ends early") }
        }
        lastCustomer = last
        isUnfoldedKnown = true
    }
}
