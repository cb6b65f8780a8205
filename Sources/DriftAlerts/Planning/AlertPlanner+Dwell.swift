public import DriftModel
internal import DriftStore
internal import DriftEngine

extension AlertPlanner {
    /// Releases the alerts whose dwell has been served out by T. To be called in the transaction that moves T on.
    /// - Parameter logicalTime: T.
    public func settleDwells<Ledger: AlertLedger & ~Copyable>(
        logicalTime: Instant, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        var turn: PlanningTurn?
        // Also where no rule has a dwell any more: what waits must not wait for ever.
        while true {
            let due = try ledger.waitingAlerts(dueBy: logicalTime, limit: 500)
            guard !due.isEmpty else { return counts }
            let known = try turn ?? PlanningTurn(now: now, ledger: ledger)
            turn = known
            for alert in due { counts += try release(alert, turn: known, ledger: ledger) }
            if due.count < 500 { return counts }
        }
    }

    /// The customer moves: what waited for them to stay is either due by now or void.
    func settleDwells<Ledger: AlertLedger & ~Copyable>(
        before transition: Transition, now: Instant, turn: PlanningTurn?, ledger: borrowing Ledger,
        counts: inout AlertCounts
    ) throws {
        for position in table.dwelling[Int(transition.segmentation)] {
            let key = dwellKey(table.entries[position].name, transition.customer)
            guard let alertID = try ledger.remembered(scope: "dwell", key: key),
                let alert = try ledger.alert(alertID), alert.state == .waiting, let dueAt = alert.dueAt
            else { continue }
            if transition.effectiveAt < dueAt {
                try ledger.setAlertState(alertID, .cancelled, suppressedBy: nil)
                try ledger.remember(scope: "dwell", key: key, value: nil)
                counts.cancelled += 1
            } else {
                let turn = try turn ?? PlanningTurn(now: now, ledger: ledger)
                counts += try release(alert, turn: turn, ledger: ledger)
            }
        }
    }

    private func release<Ledger: AlertLedger & ~Copyable>(
        _ alert: AlertRow, turn: PlanningTurn, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        if let customer = alert.customer {
            try ledger.remember(scope: "dwell", key: dwellKey(alert.rule, customer), value: nil)
        }
        guard let entry = table.entry(named: alert.rule), let body = alert.body else {
            // The rule is gone from the model: there is nobody left to tell.
            try ledger.setAlertState(alert.alertID, .suppressed, suppressedBy: "rule removed")
            return AlertCounts()
        }
        let facts = try FactsCoding.facts(TransitionFacts.self, from: body)
        return try tell(
            MoveBrief(facts), facts: { facts }, by: entry, turn: turn, ledger: ledger, released: alert.alertID)
    }
}
