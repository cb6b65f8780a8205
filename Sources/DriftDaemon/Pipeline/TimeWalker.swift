import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// Moves logical time on: every customer whose time has come is walked to the tick on which something happens,
/// tick by tick in order, in transactions of bounded size. Nobody else is looked at (I6).
struct TimeWalker {
    let store: Store
    let desk: CustomerDesk
    let writer: EffectsWriter
    let tally: MoveTally
    let historyRule: (Instant) -> HistoryRule
    /// Customers in one transaction.
    static let customersPerTransactionMax = 65_536

    /// What a walk did.
    struct Report {
        /// Whether it reached its target.
        var isComplete = false
        var customers = 0
        var moves = 0
    }

    /// Walks to a target. A walk that was cut short goes on from the database alone: where it was going is written
    /// with its first transaction, and customers already walked no longer wait for a tick so early.
    /// - Parameters:
    ///   - target: The new T.
    ///   - now: The wall clock.
    ///   - pause: Called between transactions; true ends the walk, to be taken up again later.
    func walk(to target: Instant, now: () -> Instant, pause: () -> Bool) throws -> Report {
        let tick = desk.engine.axis.tick(of: target)
        var report = Report()
        try desk.begin(store, writesNewRows: false)
        // Who is due is found by the rows.
        if let wake = desk.earliestKeptWake, wake <= tick { try desk.fold(store) { _ = pause() } }
        var front = Front()
        while true {
            let effects = ChunkEffects()
            effects.now = now()
            effects.history = historyRule(effects.now)
            do {
                let isDone = try walkSome(upTo: tick, &front, into: effects, &report)
                try write(effects, target: target, isDone: isDone)
                tally.add(effects)
                if isDone {
                    report.isComplete = true
                    return report
                }
            } catch {
                desk.forgetUncommitted()
                throw error
            }
            try store.checkpoint()
            if desk.isLogFull {
                try desk.fold(store) { _ = pause() }
                front = Front()
            }
            if pause() { return report }
        }
    }

    /// One transaction: what some customers' time brought, and T if nobody is left.
    private func write(_ effects: ChunkEffects, target: Instant, isDone: Bool) throws {
        // Without moves nothing depends on T yet, and the clock says again where it was.
        let isEmpty = effects.outcome.transitions.isEmpty && effects.changes.log.bytes.isEmpty
        try store.write(isEmpty ? .redoable : .durable) { transaction in
            try writer.writeMoves(effects, transaction)
            try effects.changes.write(transaction, model: writer.model)
            if isDone { try transaction.setLogicalTime(target, axis: desk.engine.axis) }
            try transaction.setMeta(MetaKey.timeTarget, isDone ? nil : String(target.microseconds))
            if writer.clockIsBelieved {
                try transaction.setMeta(MetaKey.lastCommit, String(effects.now.microseconds))
            }
        }
    }

    /// How far a walk has come: the rows of those walked still say when they were due before.
    private struct Front {
        /// The tick being walked, the last customer found for it by the rows, and whether that was all.
        var tick: Tick?
        var customer: Int64 = 0
        var isTickDone = true
        /// Walked customers who are due again before the walk's end, by tick.
        var again: [Tick: [Int64]] = [:]
    }

    /// The earliest tick that is due, then the next, until there are enough customers.
    /// - Returns: Whether nobody is due any more.
    private func walkSome(
        upTo tick: Tick, _ front: inout Front, into effects: ChunkEffects, _ report: inout Report
    ) throws -> Bool {
        try desk.begin(store, writesNewRows: false)
        var outcome = Outcome()
        var isDone = true
        try store.lookUp { lookup in
            var walked = 0
            while let earliest = try nextTick(front, lookup), earliest <= tick {
                guard walked < Self.customersPerTransactionMax else {
                    isDone = false
                    break
                }
                if front.isTickDone {
                    front.tick = earliest
                    front.customer = 0
                }
                let limit = Self.customersPerTransactionMax - walked
                let found = try lookup.dueCustomers(at: earliest, after: front.customer, limit: limit)
                front.customer = found.last ?? .max
                front.isTickDone = found.count < limit
                let due = (found + (front.again.removeValue(forKey: earliest) ?? [])).sorted()
                for customer in due {
                    try walkOne(customer, to: earliest, upTo: tick, &front, &outcome, lookup)
                }
                walked += due.count
            }
            report.customers += walked
            try desk.noteNews(outcome, in: effects, lookup)
        }
        report.moves += outcome.transitions.count
        effects.outcome = outcome
        desk.takeChanges(&effects.changes)
        return isDone
    }

    private func nextTick(_ front: Front, _ lookup: CustomerLookup) throws -> Tick? {
        guard front.isTickDone else { return front.tick }
        let inRows = try lookup.nextWakeTick(after: front.tick)
        return [inRows, front.again.keys.min()].compactMap(\.self).min()
    }

    private func walkOne(
        _ customer: Int64, to tick: Tick, upTo end: Tick, _ front: inout Front, _ outcome: inout Outcome,
        _ lookup: CustomerLookup
    ) throws {
        try desk.fetch(customer, lookup)
        // A row that is not up to date may name a tick that events have put off since.
        guard let wake = desk.state.wakeTick, wake <= tick else { return }
        desk.engine.advance(&desk.state, customer: customer, to: tick, outcome: &outcome, scratch: &desk.scratch)
        desk.putBack(customer)
        if let wake = desk.state.wakeTick, wake <= end { front.again[wake, default: []].append(customer) }
    }
}
