import DriftEngine
import DriftModel
import DriftStore

/// One customer at a time on the desk: fetched from memory or the database, worked on by the engine, put back.
///
/// After a rollback call ``forgetUncommitted()``: what was put back then is not in the database.
final class CustomerDesk {
    let engine: Engine
    let stored: StoredModel
    var state = CustomerState()
    var scratch = EngineScratch()
    private var states: StateCache
    private var directory: CustomerDirectory
    private var bytes: [UInt8] = []

    /// - Parameter bytesMax: The memory budget for states and names.
    init(engine: Engine, stored: StoredModel, bytesMax: Int) {
        self.engine = engine
        self.stored = stored
        states = StateCache(bytesMax: bytesMax / 4 * 3)
        directory = CustomerDirectory(bytesMax: bytesMax / 4)
    }

    /// The number of a customer, who gets one if never seen.
    func number(ofCustomerNamed name: ArraySlice<UInt8>, _ transaction: borrowing StoreTransaction) throws -> Int64 {
        let hash = CustomerDirectory.hash(of: name.span)
        if let known = directory.customer(named: name.span, hash: hash) { return known }
        let number = try transaction.customerID(named: name) ?? transaction.insertCustomer(named: name)
        directory.insert(number, named: name.span, hash: hash)
        return number
    }

    /// Puts a customer's state on the desk.
    /// - Throws: ``StateError`` when the database holds something else than a state.
    func fetch(_ customer: Int64, _ transaction: borrowing StoreTransaction) throws {
        if let cached = states.state(of: customer) {
            try state.decode(cached.span, engine: engine)
        } else if try transaction.state(of: customer, into: &bytes) {
            let stored = bytes
            try state.decode(stored.span, engine: engine)
        } else {
            state.reset()
        }
    }

    /// Writes the state on the desk to the database, and remembers it.
    func putBack(_ customer: Int64, _ transaction: borrowing StoreTransaction) throws {
        bytes.removeAll(keepingCapacity: true)
        state.encode(engine: engine, into: &bytes)
        let row = CustomerRow(
            isCustomer: state.isCustomer, firstEventAt: state.firstEventAt, lastEventAt: state.lastEventAt,
            events: state.eventCount, wakeTick: state.wakeTick,
            placements: state.placements.map { placement in
                CustomerRow.Placement(
                    segment: placement.segment, seq: placement.seq, since: placement.since,
                    nextTick: placement.next?.tick, nextSegment: placement.next?.segment)
            },
            attributes: engine.model.attributes.indices.map(state.attribute), state: bytes)
        try transaction.save(customer: customer, row, model: stored)
        states.remember(customer, bytes)
    }

    /// Forgets everything that may not have been committed.
    func forgetUncommitted() {
        states.removeAll()
        directory.removeAll()
    }
}
