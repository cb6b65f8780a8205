import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// Moves logical time on: every customer whose time has come is walked to the tick on which something happens,
/// tick by tick in order, in transactions of bounded size. Nobody else is looked at (I6).
struct TimeWalker {
    let store: Store
    let desk: CustomerDesk
    let moves: MoveRecorder
    let historyRule: (Instant) -> HistoryRule
    /// A commit at a time that is doubted must not make the next start believe it.
    let clockIsBelieved: Bool
    /// Customers in one transaction.
    static let customersPerTransactionMax = 4_096

    /// Fixes a target, then walks to it. A walk that was cut short goes on from the database alone: customers
    /// already walked no longer wait for a tick so early.
    /// - Parameters:
    ///   - target: The new T.
    ///   - now: The wall clock.
    ///   - pause: Called between transactions; true ends the walk, to be taken up again later.
    /// - Returns: Whether the walk reached its target.
    func walk(to target: Instant, now: () -> Instant, pause: () -> Bool) throws -> Bool {
        let tick = desk.engine.axis.tick(of: target)
        // Who is due is found by the rows.
        try desk.fold(store) { _ = pause() }
        try store.write { transaction in
            try transaction.setMeta(MetaKey.timeTarget, String(target.microseconds))
        }
        while try walkSome(upTo: tick, now: now()) {
            if pause() { return false }
            try store.checkpoint()
        }
        try store.write { transaction in
            try transaction.setLogicalTime(target, axis: desk.engine.axis)
            try transaction.setMeta(MetaKey.timeTarget, nil)
            if clockIsBelieved { try transaction.setMeta(MetaKey.lastCommit, String(now().microseconds)) }
        }
        return true
    }

    /// One transaction's worth: the earliest tick that is due, then the next, until there are enough customers.
    /// - Returns: False when nobody is due any more.
    private func walkSome(upTo tick: Tick, now: Instant) throws -> Bool {
        do {
            return try store.write { transaction in
                try desk.begin(isLogging: false, transaction)
                moves.begin()
                var walked = 0
                while walked < Self.customersPerTransactionMax, let earliest = try transaction.nextWakeTick(),
                    earliest <= tick
                {
                    let limit = Self.customersPerTransactionMax - walked
                    let due = try transaction.dueCustomers(upTo: earliest, limit: limit)
                    for customer in due { try walkOne(customer, to: earliest, transaction) }
                    walked += due.count
                }
                guard walked > 0 else { return false }
                try moves.commit(MoveRecorder.Origin(history: historyRule(now)), now: now, transaction)
                return true
            }
        } catch {
            desk.forgetUncommitted()
            throw error
        }
    }

    private func walkOne(_ customer: Int64, to tick: Tick, _ transaction: borrowing StoreTransaction) throws {
        try desk.fetch(customer, transaction)
        desk.engine.advance(
            &desk.state, customer: customer, to: tick, outcome: &moves.outcome, scratch: &desk.scratch)
        try desk.putBack(customer, transaction)
    }
}
