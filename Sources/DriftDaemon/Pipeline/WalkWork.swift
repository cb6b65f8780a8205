import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// Customers to be walked to a tick, as work for several threads. No result depends on how many.
struct WalkWork: @unchecked Sendable {
    let desk: CustomerDesk
    let lookup: CustomerLookup
    /// Empty; each thread begins with it.
    let quiet: QuietMoves
    /// Ascending.
    let customers: [Int64]
    let tick: Tick

    /// Walks all of them and puts together what that brings, in their order.
    /// - Parameter end: Of the whole walk.
    /// - Returns: Those who are due again by then, with their ticks.
    @discardableResult
    func runTogether(upTo end: Tick, into effects: ChunkEffects) throws -> [(customer: Int64, tick: Tick)] {
        var again: [(customer: Int64, tick: Tick)] = []
        try desk.runTogether(customers.count) { _, positions, workplace in try run(positions, at: &workplace) }
        for keeper in desk.keepers {
            for entry in keeper.workplace.putBack {
                if let wake = entry.wake, wake <= end { again.append((entry.customer, wake)) }
            }
            effects.take(&keeper.workplace)
            desk.takeIn(&keeper.workplace)
            keeper.workplace.clear()
        }
        return again
    }

    private func run(_ positions: Range<Int>, at workplace: inout Workplace) throws {
        let noRecords = RecordBatch()
        workplace.quiet = quiet
        for position in positions {
            let customer = customers[position]
            try desk.fetch(customer, lookup, to: &workplace)
            // A row that is not up to date may name a tick that events have put off since.
            guard let wake = workplace.state.wakeTick, wake <= tick else { continue }
            let before = workplace.outcome.mark
            workplace.engine.advance(
                &workplace.state, customer: customer, to: tick, outcome: &workplace.outcome,
                scratch: &workplace.scratch)
            desk.putBack(customer, from: &workplace)
            workplace.settleMoves(since: before, of: noRecords)
        }
    }
}
