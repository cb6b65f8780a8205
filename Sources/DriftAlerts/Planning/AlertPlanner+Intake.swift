public import DriftModel
internal import DriftStore

extension AlertPlanner {
    /// Speaks up if too much of a finished file could not be used (`on: intake`). To be called in the transaction
    /// that finishes the file.
    public func planIntake<Ledger: AlertLedger & ~Copyable>(
        _ file: IntakeFacts, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        for alert in model.alerts {
            guard case .intake(let rule) = alert.kind, rule.source == nil || rule.source == file.source,
                file.share > rule.quarantinedAbove
            else { continue }
            var facts = file
            facts.limit = rule.quarantinedAbove
            let alertID = AlertID.make(
                instance: settings.instance, rule: alert.name, subject: file.source, seq: file.fileID)
            let row = AlertRow(
                alertID: alertID, rule: alert.name, severity: alert.severity, kind: "intake", state: .due,
                createdAt: now, summary: facts.sentence)
            guard try ledger.insertAlert(row) else { continue }
            let body = events.intake(
                facts, alertID: alertID, rule: alert.name, severity: alert.severity, time: now)
            try deliver(alertID, to: alert.notify, now: now, ledger: ledger) { _ in body }
            counts.sent += 1
        }
        return counts
    }
}
