public import DriftModel
internal import DriftStore

extension AlertPlanner {
    /// Tells that a source's files have a new form (`on: intake` rules of that source, or of all). To be called in
    /// the transaction that keeps the form: once per form.
    public func planFeed<Ledger: AlertLedger & ~Copyable>(
        _ facts: FeedFacts, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        for alert in model.alerts {
            guard case .intake(let rule) = alert.kind, rule.source == nil || rule.source == facts.source else {
                continue
            }
            let alertID = AlertID.make(
                instance: settings.instance, rule: alert.name, subject: "form of \(facts.source)", seq: facts.version)
            counts += try tell(facts.sentence, alertID: alertID, by: alert, now: now, ledger: ledger) {
                events.feed(facts, alertID: alertID, rule: alert.name, severity: alert.severity, time: now)
            }
        }
        return counts
    }
}
