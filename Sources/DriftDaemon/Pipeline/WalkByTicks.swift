import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// A walk tick by tick. How far it has come: the rows of those walked still say when they were due before.
struct WalkByTicks {
    /// The tick being walked, the last customer found for it by the rows, and whether that was all.
    private var tick: Tick?
    private var customer: Int64 = 0
    private var isTickDone = true
    /// Walked customers who are due again before the walk's end, by tick.
    private var again: [Tick: [Int64]] = [:]

    /// The earliest tick that is due, then the next, until there are enough customers for one transaction.
    mutating func next(
        upTo end: Tick, most customersMax: Int, _ desk: CustomerDesk, _ lookup: CustomerLookup,
        _ quiet: QuietMoves, into effects: ChunkEffects
    ) throws -> WalkedCustomers {
        var walked = WalkedCustomers(isLast: true)
        while let earliest = try nextTick(lookup), earliest <= end {
            guard walked.customers < customersMax else {
                walked.isLast = false
                break
            }
            if isTickDone {
                tick = earliest
                customer = 0
            }
            let limit = customersMax - walked.customers
            let found = try lookup.dueCustomers(at: earliest, after: customer, limit: limit)
            customer = found.last ?? .max
            isTickDone = found.count < limit
            let due = (found + (again.removeValue(forKey: earliest) ?? [])).sorted()
            let work = WalkWork(desk: desk, lookup: lookup, quiet: quiet, customers: due, tick: earliest)
            for next in try work.runTogether(upTo: end, into: effects) {
                again[next.tick, default: []].append(next.customer)
            }
            walked.customers += due.count
        }
        return walked
    }

    private func nextTick(_ lookup: CustomerLookup) throws -> Tick? {
        guard isTickDone else { return tick }
        let inRows = try lookup.nextWakeTick(after: tick)
        return [inRows, again.keys.min()].compactMap(\.self).min()
    }
}
