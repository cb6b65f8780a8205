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
        into effects: ChunkEffects
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
            for customer in due {
                try walkOne(
                    customer, to: earliest, upTo: end, desk, lookup, &effects.outcome, at: &desk.keepers[0].workplace)
            }
            walked.customers += due.count
        }
        effects.rows.append(movesOf: effects.outcome, batch: nil, model: desk.stored)
        return walked
    }

    private func nextTick(_ lookup: CustomerLookup) throws -> Tick? {
        guard isTickDone else { return tick }
        let inRows = try lookup.nextWakeTick(after: tick)
        return [inRows, again.keys.min()].compactMap(\.self).min()
    }

    private mutating func walkOne(
        _ customer: Int64, to tick: Tick, upTo end: Tick, _ desk: CustomerDesk, _ lookup: CustomerLookup,
        _ outcome: inout Outcome, at workplace: inout Workplace
    ) throws {
        try desk.fetch(customer, lookup, to: &workplace)
        // A row that is not up to date may name a tick that events have put off since.
        guard let wake = workplace.state.wakeTick, wake <= tick else { return }
        workplace.engine.advance(
            &workplace.state, customer: customer, to: tick, outcome: &outcome, scratch: &workplace.scratch)
        desk.putBack(customer, from: &workplace)
        desk.takeIn(&workplace)
        if let wake = workplace.state.wakeTick, wake <= end { again[wake, default: []].append(customer) }
    }
}
