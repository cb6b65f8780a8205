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
            counts += try tell(facts.sentence, alertID: alertID, by: alert, now: now, ledger: ledger) {
                events.intake(facts, alertID: alertID, rule: alert.name, severity: alert.severity, time: now)
            }
        }
        return counts
    }

    /// Tells of files, once per alert, unless somebody silenced the rule.
    func tell<Ledger: AlertLedger & ~Copyable>(
        _ sentence: String, alertID: String, by alert: AlertRule, now: Instant, ledger: borrowing Ledger,
        body: () -> [UInt8]
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        var row = AlertRow(
            alertID: alertID, rule: alert.name, severity: alert.severity, kind: "intake", state: .due, createdAt: now,
            summary: sentence)
        if let silence = try ledger.silence(rule: alert.name, segmentation: nil, customer: nil, at: now) {
            (row.state, row.suppressedBy) = (.suppressed, "silence \(silence)")
            if try ledger.insertAlert(row) { counts.silenced = 1 }
        } else if try ledger.insertAlert(row) {
            let bytes = body()
            try deliver(alertID, to: alert.notify, now: now, ledger: ledger) { _ in bytes }
            counts.sent = 1
        }
        return counts
    }
}
