public import DriftModel
internal import DriftStore

extension AlertPlanner {
    private static let scope = "digest"
    private static let numberKey = "history-number"
    /// What silences and lists know the digests by.
    public static let historyRule = "history"

    /// Tells, once, what was caught up with since the last time. To be called whenever the spool has become empty.
    ///
    /// Goes to everyone whom a rule would have told about one of the moves; if none would, nobody is told.
    public func closeHistory<Ledger: AlertLedger & ~Copyable>(
        now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        for origin in HistoryOrigin.allCases { counts += try close(origin, now: now, ledger: ledger) }
        return counts
    }

    private func close<Ledger: AlertLedger & ~Copyable>(
        _ origin: HistoryOrigin, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        guard let text = try ledger.remembered(scope: Self.scope, key: origin.rawValue) else { return counts }
        var facts = try FactsCoding.facts(DigestFacts.self, from: text)
        for index in facts.top.indices {
            let customer = facts.top[index].customerID
            facts.top[index].customer = try ledger.customerName(customer) ?? "#\(customer)"
        }
        try ledger.remember(scope: Self.scope, key: origin.rawValue, value: nil)
        let number = try (ledger.remembered(scope: Self.scope, key: Self.numberKey).flatMap(Int64.init) ?? 0) + 1
        try ledger.remember(scope: Self.scope, key: Self.numberKey, value: String(number))
        facts.isFirst = number == 1
        guard !facts.rules.isEmpty else { return counts }
        let until = Instant(microseconds: facts.until)
        let alertID = AlertID.make(
            instance: settings.instance, rule: Self.historyRule, subject: "\(facts.since)-\(facts.until)", seq: number)
        var row = AlertRow(
            alertID: alertID, rule: Self.historyRule, severity: .notice, kind: "digest", state: .due, createdAt: now,
            effectiveAt: until, summary: DigestText.text(facts) { $0.customer })
        if let silence = try ledger.silence(rule: Self.historyRule, segmentation: nil, customer: nil, at: now) {
            return try suppress(&row, by: "silence \(silence)", released: nil, ledger: ledger) { $0.silenced = 1 }
        }
        guard try ledger.insertAlert(row) else { return counts }
        try deliver(alertID, to: destinations(of: facts), now: now, ledger: ledger) { detail in
            events.digest(
                facts, alertID: alertID, rule: Self.historyRule, severity: .notice, time: until, detail: detail)
        }
        counts.digests = 1
        return counts
    }

    /// Adds a chunk's history to the digests that are being collected.
    func remember<Ledger: AlertLedger & ~Copyable>(_ tallies: HistoryTallies, ledger: borrowing Ledger) throws {
        for (origin, tally) in tallies.all {
            let earlier = try ledger.remembered(scope: Self.scope, key: origin.rawValue).map {
                try FactsCoding.facts(DigestFacts.self, from: $0)
            }
            let facts = tally.merged(into: earlier, kind: origin.kind, table: table, model: model)
            try ledger.remember(scope: Self.scope, key: origin.rawValue, value: try FactsCoding.text(facts))
        }
    }

    /// Notes in the digest that is being collected that a rule about whole segments would have spoken.
    func remember<Ledger: AlertLedger & ~Copyable>(
        condition rule: String, at instant: Instant, ledger: borrowing Ledger
    ) throws {
        let key = HistoryOrigin.history.rawValue
        var facts =
            try ledger.remembered(scope: Self.scope, key: key).map {
                try FactsCoding.facts(DigestFacts.self, from: $0)
            }
            ?? DigestFacts(
                kind: .history, moves: 0, pairs: [], top: [], since: instant.microseconds,
                until: instant.microseconds, rules: [:])
        facts.rules[rule, default: 0] += 1
        facts.since = min(facts.since, instant.microseconds)
        facts.until = max(facts.until, instant.microseconds)
        try ledger.remember(scope: Self.scope, key: key, value: try FactsCoding.text(facts))
    }

    /// Each destination once, in the order of the rules.
    private func destinations(of facts: DigestFacts) -> [String] {
        var names: [String] = []
        for entry in model.alerts where facts.rules[entry.name] != nil {
            for name in entry.notify where !names.contains(name) { names.append(name) }
        }
        if model.assumptions.contains(where: { facts.rules[$0.name] != nil }) {
            for name in assumptionDestinations where !names.contains(name) { names.append(name) }
        }
        return names
    }
}
