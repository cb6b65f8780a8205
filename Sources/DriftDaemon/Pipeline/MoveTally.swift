import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// Counts of what this process has recorded and told.
final class MoveTally {
    /// Transitions recorded and alerts planned since the start.
    private(set) var transitions = 0
    private(set) var alerts = AlertCounts()

    init() {}

    /// Something is committed.
    func add(_ effects: ChunkEffects) {
        transitions += effects.rows.count
        alerts += effects.alerts
    }

    /// Planned elsewhere.
    func add(_ counts: AlertCounts) { alerts += counts }
}

extension CustomerDesk {
    /// Customers of one transaction of whom more than the name is kept for alerts: those told one by one, and more.
    private static var contextsMax: Int { 2_048 }

    /// Notes what alerts may ask about customers who have just been put back: those with a move that a rule is about
    /// and that is news.
    func noteNews(_ outcome: borrowing Outcome, in effects: ChunkEffects, _ lookup: CustomerLookup) throws {
        let alertAgeSeconds = engine.model.alertAgeSeconds
        for transition in outcome.transitions where !transition.alertRules.isEmpty {
            let isHistory = effects.history.holds(
                effectiveAt: transition.effectiveAt, cause: transition.cause, alertAgeSeconds: alertAgeSeconds)
            if isHistory || effects.names[transition.customer] != nil { continue }
            effects.names[transition.customer] = try name(of: transition.customer, lookup)
            if effects.contexts.count < Self.contextsMax {
                effects.contexts[transition.customer] = try context(of: transition.customer, lookup)
            }
        }
    }

    private func context(of customer: Int64, _ lookup: CustomerLookup) throws -> CustomerContext {
        try fetch(customer, lookup, to: &keepers[0].workplace)
        let state = workplace.state
        let engine = engine
        return CustomerContext(
            name: try name(of: customer, lookup), placements: state.placements,
            returnsWith: { segmentation in
                let tick = state.lastEventAt.map(engine.axis.tick) ?? 0
                let since = state.placements[segmentation].since.map(engine.axis.tick) ?? tick
                let explanation = engine.explain(state, at: max(tick, since))
                return explanation.segmentations[segmentation].returns.first.map {
                    "one \(engine.model.eventTypes[$0.eventType].name)"
                }
            })
    }
}
