public import DriftModel
internal import DriftStore

extension AlertPlanner {
    /// When a group with this key was told last.
    static let intervalScope = "group"

    static func intervalKey(_ group: AlertGroupRow) -> String { "\(group.rule) \(group.groupKey)" }

    /// Closes the groups whose window has ended: one member is told as it is, more as one digest.
    /// - Parameter upTo: The wall clock; nil closes all of them (`run --once`, at its end).
    /// - Complexity: O(members) in time, O(1) in memory.
    public func closeGroups<Ledger: AlertLedger & ~Copyable>(
        upTo: Instant?, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        for group in try ledger.closingGroups(by: upTo ?? Instant(microseconds: .max)) {
            let closed = try close(group, now: now, ledger: ledger)
            counts += closed
            try ledger.closeGroup(group.groupID, at: now)
            guard closed.sent + closed.digests > 0, group.groupKey != StormPolicy.groupKey else { continue }
            try ledger.remember(
                scope: Self.intervalScope, key: Self.intervalKey(group), value: String(now.microseconds))
        }
        return counts
    }

    private func close<Ledger: AlertLedger & ~Copyable>(
        _ group: AlertGroupRow, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        guard let entry = table.entry(named: group.rule) else {
            try ledger.setGroupState(group.groupID, .suppressed, suppressedBy: "rule removed")
            return AlertCounts()
        }
        let summary = try ledger.groupSummary(group.groupID, topMax: DigestFacts.topMax)
        guard let first = summary.top.first else { return AlertCounts() }
        // Somebody may have asked for silence since they joined.
        let customer = summary.count == 1 ? first.customer : nil
        if let silence = try ledger.silence(
            rule: group.rule, segmentation: first.segmentation, customer: customer, at: now)
        {
            try ledger.setGroupState(group.groupID, .suppressed, suppressedBy: "silence \(silence)")
            var counts = AlertCounts()
            counts.silenced = summary.count
            return counts
        }
        if summary.count == 1, let body = first.body {
            let facts = try FactsCoding.facts(TransitionFacts.self, from: body)
            try tellAlone(first.alertID, facts, by: entry, now: now, ledger: ledger)
            var counts = AlertCounts()
            counts.sent = 1
            return counts
        }
        return try tellTogether(summary, group, by: entry, now: now, ledger: ledger)
    }

    private func tellAlone<Ledger: AlertLedger & ~Copyable>(
        _ alertID: String, _ facts: TransitionFacts, by entry: RuleTable.Entry, now: Instant,
        ledger: borrowing Ledger
    ) throws {
        try deliver(alertID, to: entry.notify, now: now, ledger: ledger) { detail in
            events.transition(facts, alertID: alertID, rule: entry.name, severity: entry.severity, detail: detail)
        }
        try ledger.setAlertState(alertID, .due, suppressedBy: nil)
    }

    private func tellTogether<Ledger: AlertLedger & ~Copyable>(
        _ summary: AlertGroupSummary, _ group: AlertGroupRow, by entry: RuleTable.Entry, now: Instant,
        ledger: borrowing Ledger
    ) throws -> AlertCounts {
        let digestID = AlertID.make(
            instance: settings.instance, rule: entry.name, group: group.groupKey,
            subject: summary.top[0].alertID)
        var digest = try digest(of: summary, isStorm: group.groupKey == StormPolicy.groupKey, ledger: ledger)
        digest.digestID = digestID
        let until = Instant(microseconds: digest.until)
        let row = AlertRow(
            alertID: digestID, rule: entry.name, severity: entry.severity, kind: "digest", state: .due,
            createdAt: now, effectiveAt: until, segmentation: summary.top[0].segmentation, groupKey: group.groupKey,
            summary: DigestText.text(digest) { $0.customer })
        guard try ledger.insertAlert(row) else { return AlertCounts() }
        try deliver(digestID, to: entry.notify, now: now, ledger: ledger) { detail in
            events.digest(
                digest, alertID: digestID, rule: entry.name, severity: entry.severity, time: until, detail: detail)
        }
        try ledger.setGroupState(group.groupID, .digested, suppressedBy: "digest \(digestID)")
        var counts = AlertCounts()
        counts.digests = 1
        return counts
    }

    /// Counts over all members, and the moves that weigh most.
    private func digest<Ledger: AlertLedger & ~Copyable>(
        of summary: AlertGroupSummary, isStorm: Bool, ledger: borrowing Ledger
    ) throws -> DigestFacts {
        var top: [DigestFacts.Top] = []
        for row in summary.top {
            let customer = row.customer ?? 0
            top.append(
                DigestFacts.Top(
                    customerID: customer, customer: try ledger.customerName(customer) ?? "#\(customer)",
                    segmentation: row.segmentation ?? "", from: row.from, to: row.to, value: row.worth))
        }
        var digest = DigestFacts(
            kind: isStorm ? .storm : .group, moves: summary.count,
            pairs: summary.pairs.map {
                .init(segmentation: $0.segmentation ?? "", from: $0.from, to: $0.to, customers: $0.count)
            }, top: top, since: summary.since?.microseconds ?? 0, until: summary.until?.microseconds ?? 0, rules: [:])
        digest.sort()
        digest.customers = summary.customers
        digest.alertIDs = summary.top.map(\.alertID)
        return digest
    }
}
