internal import DriftEngine
internal import DriftModel
internal import DriftStore

extension AlertPlanner {
    /// Decides about a move that a rule is about, and writes the decision down.
    /// - Parameters:
    ///   - facts: Everything about the move; asked only when it is going to be told or kept for telling.
    ///   - released: The alert of a dwell that was served out; nil: a new move.
    func tell<Ledger: AlertLedger & ~Copyable>(
        _ brief: MoveBrief, facts: () throws -> TransitionFacts, by entry: RuleTable.Entry, turn: PlanningTurn,
        ledger: borrowing Ledger, released: String? = nil
    ) throws -> AlertCounts {
        var row = AlertRow(
            alertID: released ?? alertID(brief, entry), rule: entry.name, severity: entry.severity,
            kind: "transition", state: .due, createdAt: turn.now, effectiveAt: brief.effectiveAt,
            customer: brief.customerID, segmentation: brief.segmentation, from: brief.from, to: brief.to,
            summary: brief.line, worth: brief.worth)
        if released == nil, try ledger.alert(row.alertID) != nil { return AlertCounts() }
        if let silence = try silence(over: row, turn: turn, ledger: ledger) {
            return try suppress(&row, by: "silence \(silence)", released: released, ledger: ledger) { $0.silenced = 1 }
        }
        switch try flapping(brief, entry, ledger: ledger) {
        case .begins: return try tellFlapping(brief, by: entry, instead: &row, turn, ledger, released: released)
        case .goesOn:
            return try suppress(&row, by: "flapping", released: released, ledger: ledger) { $0.flapping = 1 }
        case .calm, .ends: break
        }
        let decision = TransitionPolicy(rule: entry.rule).decide(
            matches: true, isHistory: false, effectiveAt: brief.effectiveAt, dwellServed: released != nil,
            cooldownUntil: try cooldown(entry, brief, ledger: ledger), groupKey: groupKey(brief, entry.rule))
        switch decision {
        case .noMatch, .history: return AlertCounts()
        case .dwell(let until):
            return try wait(&row, until: until, facts: try facts(), entry, ledger: ledger)
        case .cooldown(let until):
            let reason = "cooldown until \(TimeText.instant(until))"
            return try suppress(&row, by: reason, released: released, ledger: ledger) { $0.cooledDown = 1 }
        case .join(let key):
            try startCooldown(entry, brief, ledger: ledger)
            return try join(&row, facts: facts, key: key, entry, turn: turn, released: released, ledger: ledger)
        case .send:
            try startCooldown(entry, brief, ledger: ledger)
            return try send(&row, facts: facts, entry, turn: turn, released: released, ledger: ledger)
        }
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

    /// The silence over an alert; nil: none.
    func silence<Ledger: AlertLedger & ~Copyable>(
        over row: AlertRow, turn: PlanningTurn, ledger: borrowing Ledger
    ) throws -> Int64? {
        guard turn.hasSilences else { return nil }
        return try ledger.silence(
            rule: row.rule, segmentation: row.segmentation, customer: row.customer, at: turn.now)
    }

    // MARK: What becomes of it

    private func send<Ledger: AlertLedger & ~Copyable>(
        _ row: inout AlertRow, facts: () throws -> TransitionFacts, _ entry: RuleTable.Entry, turn: PlanningTurn,
        released: String?, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        let window = try ledger.joinGroup(
            rule: entry.name, key: StormPolicy.groupKey, opensAt: turn.now,
            closesAt: turn.now.advanced(bySeconds: StormPolicy.windowSeconds))
        var counts = AlertCounts()
        guard StormPolicy.isToldAlone(window.members) else {
            row.state = .grouped
            row.groupID = window.groupID
            row.groupKey = StormPolicy.groupKey
            try write(row, released: released, ledger: ledger)
            counts.grouped = 1
            return counts
        }
        let known = try facts()
        row.summary = Sentence.text(known, customer: known.customer)
        try write(row, released: released, ledger: ledger)
        try deliver(row.alertID, to: entry.notify, now: turn.now, ledger: ledger) { detail in
            events.transition(known, alertID: row.alertID, rule: entry.name, severity: entry.severity, detail: detail)
        }
        counts.sent = 1
        return counts
    }

    private func join<Ledger: AlertLedger & ~Copyable>(
        _ row: inout AlertRow, facts: () throws -> TransitionFacts, key: String, _ entry: RuleTable.Entry,
        turn: PlanningTurn, released: String?, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        let group = try ledger.joinGroup(
            rule: entry.name, key: key, opensAt: turn.now,
            closesAt: turn.now.advanced(bySeconds: max(0, entry.rule.groupWaitSeconds)))
        if group.members == 1 { try holdBack(group, entry, turn: turn, ledger: ledger) }
        row.state = .grouped
        row.groupID = group.groupID
        row.groupKey = key
        // A group of one is told as it is; of a crowd, a line about each is enough.
        if group.members <= Self.groupFactsMax {
            let known = try facts()
            row.summary = Sentence.text(known, customer: known.customer)
            if group.members == 1 { row.body = try FactsCoding.text(known) }
        }
        try write(row, released: released, ledger: ledger)
        var counts = AlertCounts()
        counts.grouped = 1
        return counts
    }

    /// A group that opens soon after one with the same key was told is told no sooner than the rule's interval later.
    private func holdBack<Ledger: AlertLedger & ~Copyable>(
        _ group: AlertGroupRow, _ entry: RuleTable.Entry, turn: PlanningTurn, ledger: borrowing Ledger
    ) throws {
        let key = Self.intervalKey(group)
        guard let text = try ledger.remembered(scope: Self.intervalScope, key: key), let told = Int64(text),
            // A clock that was turned back must not keep a group waiting.
            told <= turn.now.microseconds
        else { return }
        let next = Instant(microseconds: told).advanced(bySeconds: entry.rule.groupIntervalSeconds)
        if next > group.closesAt { try ledger.holdGroup(group.groupID, until: next) }
    }

    private func wait<Ledger: AlertLedger & ~Copyable>(
        _ row: inout AlertRow, until: Instant, facts: TransitionFacts, _ entry: RuleTable.Entry,
        ledger: borrowing Ledger
    ) throws -> AlertCounts {
        row.state = .waiting
        row.dueAt = until
        row.summary = Sentence.text(facts, customer: facts.customer)
        row.body = try FactsCoding.text(facts)
        try write(row, released: nil, ledger: ledger)
        try ledger.remember(scope: "dwell", key: dwellKey(entry.name, facts.customerID), value: row.alertID)
        var counts = AlertCounts()
        counts.waiting = 1
        return counts
    }

    func suppress<Ledger: AlertLedger & ~Copyable>(
        _ row: inout AlertRow, by reason: String, released: String?, ledger: borrowing Ledger,
        count: (inout AlertCounts) -> Void
    ) throws -> AlertCounts {
        row.state = .suppressed
        row.suppressedBy = reason
        try write(row, released: released, ledger: ledger)
        var counts = AlertCounts()
        count(&counts)
        return counts
    }

    /// Writes a new alert, or what has become of one that waited.
    private func write<Ledger: AlertLedger & ~Copyable>(
        _ row: AlertRow, released: String?, ledger: borrowing Ledger
    ) throws {
        guard let released else {
            _ = try ledger.insertAlert(row)
            return
        }
        try ledger.setAlertState(released, row.state, suppressedBy: row.suppressedBy)
        if let groupID = row.groupID, let key = row.groupKey {
            try ledger.setAlertGroup(released, groupID: groupID, key: key)
        }
    }

    // MARK: Memory

    private func cooldown<Ledger: AlertLedger & ~Copyable>(
        _ entry: RuleTable.Entry, _ brief: MoveBrief, ledger: borrowing Ledger
    ) throws -> Instant? {
        guard entry.rule.cooldownSeconds > 0 else { return nil }
        return try ledger.cooldownUntil(rule: entry.name, customer: brief.customerID)
    }

    private func startCooldown<Ledger: AlertLedger & ~Copyable>(
        _ entry: RuleTable.Entry, _ brief: MoveBrief, ledger: borrowing Ledger
    ) throws {
        guard entry.rule.cooldownSeconds > 0 else { return }
        let until = brief.effectiveAt.advanced(bySeconds: entry.rule.cooldownSeconds)
        try ledger.setCooldown(rule: entry.name, customer: brief.customerID, until: until)
    }

    func alertID(_ brief: MoveBrief, _ entry: RuleTable.Entry, group: String = "") -> String {
        AlertID.make(
            instance: settings.instance, rule: entry.name, group: group, subject: brief.customer,
            segmentation: brief.segmentation, seq: Int64(brief.seq))
    }

    /// `from=champions,to=at_risk`: what the members of a group have in common.
    private func groupKey(_ brief: MoveBrief, _ rule: TransitionRule) -> String {
        rule.groupBy.map { name in
            let value: String? =
                switch name {
                case "from": brief.from
                case "to": brief.to
                case "segmentation": brief.segmentation
                case "direction": brief.direction
                case "cause": brief.cause
                case "source": brief.source
                default: nil
                }
            return "\(name)=\(value ?? "-")"
        }.joined(separator: ",")
    }

    func dwellKey(_ rule: String, _ customer: Int64) -> String { "\(customer)/\(rule)" }
}
