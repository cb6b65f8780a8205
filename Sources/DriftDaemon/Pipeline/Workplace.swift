import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// Where one thread works customers out: the engine with memory of its own, and what it has brought about. Threads
/// share nothing that changes. A value, which a thread holds while it works: reached through an object, each access to
/// a part of it would be checked.
struct Workplace {
    let engine: Engine
    let stored: StoredModel
    var state = CustomerState()
    var scratch = EngineScratch()
    var outcome = Outcome()
    var rows = MoveRows()
    /// Moves that are not in the outcome any more, because no rule is about them; nil: all are there.
    var quiet: QuietMoves?
    /// What was put back.
    private(set) var changes = StateChanges()
    /// Where the states that were put back lie: in the log, or as rows of customers who are new.
    private(set) var putBack: [PutBack] = []
    /// Bytes that states in memory take more since they were overwritten from here.
    private(set) var overwrittenBytesMore = 0
    /// What became of the records dealt with here.
    var tally = RecordTally()
    /// By index into the batch; those of other threads' records have no meaning.
    var classes: [RecordClass] = []
    /// Rows that say what the states of customers do, of those who have one and those who have none yet.
    var savedRows: [(customer: Int64, row: CustomerRow)] = []
    var newRows: [NewCustomerRow] = []
    /// Names of customers looked up in memory, by record.
    var names: [Name] = []
    /// Where what is read only to be near ends up.
    var sink: UInt64 = 0
    /// Where a state read from the database, or encoded, lies for a moment.
    var bytes: [UInt8] = []

    /// A state that was put back.
    struct PutBack {
        var customer: Int64
        /// Its bytes in the log; nil: it is the next of the new rows.
        var place: Range<Int>?
        var wake: Tick?
        /// Memory has it already.
        var isInMemory = false
    }

    /// A customer's name, as far as memory knows it.
    struct Name {
        var hash: UInt64
        var customer: Int64?
    }

    init(engine: Engine, stored: StoredModel) {
        self.engine = engine
        self.stored = stored
    }

    /// Puts a state at hand.
    mutating func decode(_ encoded: Span<UInt8>) throws(StateError) {
        try state.decode(encoded, engine: engine)
    }

    /// Puts the state at hand that lies in ``bytes``.
    mutating func decodeBytes() throws(StateError) {
        // Taken out for the time of decoding: a second reference would make the next use of the buffer copy it.
        var encoded: [UInt8] = []
        swap(&encoded, &bytes)
        defer { swap(&encoded, &bytes) }
        try state.decode(encoded.span, engine: engine)
    }

    /// Forgets what was brought about, keeps the memory.
    mutating func clear() {
        outcome.removeAll()
        rows.removeAll()
        quiet = nil
        tally.removeAll()
        names.removeAll(keepingCapacity: true)
        clearChanges()
    }

    /// Gets ready for some records of a batch.
    mutating func begin(records: Int, files: Int) {
        tally.begin(files: files)
        if classes.count < records { classes = Array(repeating: .ignored, count: records) }
    }

    /// Makes the rows of one customer's moves, and forgets what else was known of them if they are quiet.
    mutating func settleMoves(since mark: Outcome.Mark, of batch: RecordBatch) {
        rows.append(movesOf: outcome, from: mark.firstMove, batch: batch, model: stored)
        if quiet?.take(outcome, from: mark.firstMove) == true { outcome.removeMoves(since: mark) }
    }

    /// The row that says what the state at hand does.
    func row(encoded: [UInt8]) -> CustomerRow {
        var row = CustomerRow(state, encoded: encoded, attributeCount: stored.attributeNames.count)
        row.render(stored)
        return row
    }

    mutating func clearRows() {
        newRows.removeAll(keepingCapacity: true)
        savedRows.removeAll(keepingCapacity: true)
    }

    /// Adds what was put back to other changes, and forgets it.
    mutating func moveChanges(to other: inout StateChanges) {
        other.append(takingFrom: &changes)
        clearChanges()
    }

    mutating func clearChanges() {
        changes.removeAll()
        putBack.removeAll(keepingCapacity: true)
        overwrittenBytesMore = 0
    }

    /// Keeps the state at hand. A customer of whom nothing was accepted leaves no trace.
    /// - Parameters:
    ///   - newName: Of a customer who has no row yet and whom the log does not name.
    ///   - asRow: Whether such a customer gets a row at once.
    ///   - states: Where the state is overwritten, if it fits.
    mutating func keep(_ customer: Int64, newName: ArraySlice<UInt8>?, asRow: Bool, in states: StateMemory) {
        guard state.isKnown else { return }
        bytes.removeAll(keepingCapacity: true)
        state.encode(engine: engine, into: &bytes)
        var place: Range<Int>?
        if asRow, let newName {
            changes.newRows.append(
                NewCustomerRow(
                    customer: customer, name: Array(newName),
                    row: row(encoded: bytes)))
        } else {
            place = changes.log.append(customer, name: newName ?? [], state: bytes)
        }
        var entry = PutBack(customer: customer, place: place, wake: state.wakeTick)
        if place != nil, let more = states.overwriteKept(customer, bytes.span, wake: entry.wake) {
            entry.isInMemory = true
            overwrittenBytesMore += more
        }
        putBack.append(entry)
    }
}

/// Keeps a workplace while nobody works there, and hands it from thread to thread.
final class WorkplaceKeeper: @unchecked Sendable {
    var workplace: Workplace
    /// Why the work of the last thread here ended early.
    var failure: (any Error)?

    init(_ workplace: Workplace) {
        self.workplace = workplace
    }

    /// Does some work there.
    func with(_ body: (inout Workplace) throws -> Void) {
        var taken = Workplace(engine: workplace.engine, stored: workplace.stored)
        swap(&taken, &workplace)
        defer { swap(&taken, &workplace) }
        do { try body(&taken) } catch { failure = error }
    }
}
