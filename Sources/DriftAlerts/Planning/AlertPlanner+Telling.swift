internal import DriftEngine
internal import DriftModel
internal import DriftStore

extension AlertPlanner {
    /// Decides about a move that a rule is about, and writes the decision down.
    /// - Parameter released: The alert of a dwell that was served out; nil: a new move.
    func tell<Ledger: AlertLedger & ~Copyable>(
        _ facts: TransitionFacts, by entry: RuleTable.Entry, now: Instant, ledger: borrowing Ledger,
        released: String? = nil
    ) throws -> AlertCounts {
        let effectiveAt = Instant(microseconds: facts.effectiveAt)
        let decision = TransitionPolicy(rule: entry.rule).decide(
            matches: true, isHistory: false, effectiveAt: effectiveAt, dwellServed: released != nil,
            cooldownUntil: try cooldown(entry, facts, ledger: ledger), groupKey: groupKey(facts, entry.rule))
        var row = AlertRow(
            alertID: released ?? alertID(facts, entry), rule: entry.name, severity: entry.severity,
            kind: "transition", state: .due, createdAt: now, effectiveAt: effectiveAt, customer: facts.customerID,
            segmentation: facts.segmentation, from: facts.from, to: facts.to,
            summary: Sentence.text(facts, customer: facts.customer))
        var counts = AlertCounts()
        switch decision {
        case .noMatch, .history: return counts
        case .dwell(let until):
            row.state = .waiting
            row.dueAt = until
            row.body = try FactsCoding.text(facts)
            guard try write(row, released: released, ledger: ledger) else { return counts }
            try ledger.remember(scope: "dwell", key: dwellKey(entry.name, facts.customerID), value: row.alertID)
            counts.waiting = 1
        case .cooldown(let until):
            row.state = .suppressed
            row.suppressedBy = "cooldown until \(TimeText.instant(until))"
            guard try write(row, released: released, ledger: ledger) else { return counts }
            counts.cooledDown = 1
        case .join(let key):
            guard try join(&row, facts, key: key, entry, now: now, released: released, ledger: ledger) else {
                return counts
            }
            try startCooldown(entry, facts, ledger: ledger)
            counts.grouped = 1
        case .send:
            guard try write(row, released: released, ledger: ledger) else { return counts }
            try deliver(row.alertID, to: entry.notify, now: now, ledger: ledger) { detail in
                events.transition(
                    facts, alertID: row.alertID, rule: entry.name, severity: entry.severity, detail: detail)
            }
            try startCooldown(entry, facts, ledger: ledger)
            counts.sent = 1
        }
        return counts
    }

    /// Puts an alert into the outbox, once per destination that exists.
    func deliver<Ledger: AlertLedger & ~Copyable>(
        _ alertID: String, to destinations: [String], now: Instant, ledger: borrowing Ledger,
        body: (CustomerDetail) -> [UInt8]
    ) throws {
        for destination in destinations {
            guard let detail = settings.detail(of: destination) else { continue }
            try ledger.enqueue(alertID: alertID, destination: destination, body: body(detail), dueAt: now)
        }
    }

    /// - Returns: false when the alert is there already, so that nothing has to be done again.
    private func write<Ledger: AlertLedger & ~Copyable>(
        _ row: AlertRow, released: String?, ledger: borrowing Ledger
    ) throws -> Bool {
        guard let released else { return try ledger.insertAlert(row) }
        try ledger.setAlertState(released, row.state, suppressedBy: row.suppressedBy)
        if let groupID = row.groupID, let key = row.groupKey {
            try ledger.setAlertGroup(released, groupID: groupID, key: key)
        }
        return true
    }

    private func join<Ledger: AlertLedger & ~Copyable>(
        _ row: inout AlertRow, _ facts: TransitionFacts, key: String, _ entry: RuleTable.Entry, now: Instant,
        released: String?, ledger: borrowing Ledger
    ) throws -> Bool {
        if released == nil, try ledger.alert(row.alertID) != nil { return false }
        let group = try ledger.joinGroup(
            rule: entry.name, key: key, opensAt: now,
            closesAt: now.advanced(bySeconds: max(0, entry.rule.groupWaitSeconds)))
        row.state = .grouped
        row.groupID = group.groupID
        row.groupKey = key
        if group.members <= Self.groupFactsMax { row.body = try FactsCoding.text(facts) }
        return try write(row, released: released, ledger: ledger)
    }

    private func cooldown<Ledger: AlertLedger & ~Copyable>(
        _ entry: RuleTable.Entry, _ facts: TransitionFacts, ledger: borrowing Ledger
    ) throws -> Instant? {
        guard entry.rule.cooldownSeconds > 0 else { return nil }
        return try ledger.cooldownUntil(rule: entry.name, customer: facts.customerID)
    }

    private func startCooldown<Ledger: AlertLedger & ~Copyable>(
        _ entry: RuleTable.Entry, _ facts: TransitionFacts, ledger: borrowing Ledger
    ) throws {
        guard entry.rule.cooldownSeconds > 0 else { return }
        let until = Instant(microseconds: facts.effectiveAt).advanced(bySeconds: entry.rule.cooldownSeconds)
        try ledger.setCooldown(rule: entry.name, customer: facts.customerID, until: until)
    }

    private func alertID(_ facts: TransitionFacts, _ entry: RuleTable.Entry) -> String {
        AlertID.make(
            instance: settings.instance, rule: entry.name, subject: facts.customer,
            segmentation: facts.segmentation, seq: Int64(facts.seq))
    }

    /// `from=champions,to=at_risk`: what the members of a group have in common.
    private func groupKey(_ facts: TransitionFacts, _ rule: TransitionRule) -> String {
        rule.groupBy.map { name in
            let value: String? =
                switch name {
                case "from": facts.from
                case "to": facts.to
                case "segmentation": facts.segmentation
                case "direction": facts.direction
                case "cause": facts.cause
                case "source": facts.source
                default: nil
                }
            return "\(name)=\(value ?? "-")"
        }.joined(separator: ",")
    }

    func dwellKey(_ rule: String, _ customer: Int64) -> String { "\(customer)/\(rule)" }
}
