public import DriftModel
internal import DriftStore

extension AlertPlanner {
    /// Closes the groups whose window has ended: one member is told as it is, more as one digest.
    /// - Parameter upTo: The wall clock; nil closes all of them (`run --once`, at its end).
    public func closeGroups<Ledger: AlertLedger & ~Copyable>(
        upTo: Instant?, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        for group in try ledger.closingGroups(by: upTo ?? Instant(microseconds: .max)) {
            counts += try close(group, now: now, ledger: ledger)
            try ledger.closeGroup(group.groupID, at: now)
        }
        return counts
    }

    private func close<Ledger: AlertLedger & ~Copyable>(
        _ group: AlertGroupRow, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        // Members whose rule a model change removed, or whom someone else took over meanwhile, are not told here.
        let members = try ledger.members(ofGroup: group.groupID).filter { $0.state == .grouped }
        guard let entry = table.entry(named: group.rule) else {
            for member in members {
                try ledger.setAlertState(member.alertID, .suppressed, suppressedBy: "rule removed")
            }
            return AlertCounts()
        }
        let facts = try members.compactMap { member in
            try member.body.map { try FactsCoding.facts(TransitionFacts.self, from: $0) }
        }
        guard let first = members.first, let firstFacts = facts.first else { return AlertCounts() }
        if members.count == 1 {
            try tellAlone(first.alertID, firstFacts, by: entry, now: now, ledger: ledger)
            var counts = AlertCounts()
            counts.sent = 1
            return counts
        }
        return try tellTogether(members, facts, key: group.groupKey, by: entry, now: now, ledger: ledger)
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
        _ members: [AlertRow], _ facts: [TransitionFacts], key: String, by entry: RuleTable.Entry, now: Instant,
        ledger: borrowing Ledger
    ) throws -> AlertCounts {
        let digest = Self.digest(members, facts)
        let digestID = AlertID.make(
            instance: settings.instance, rule: entry.name, group: key, subject: members[0].alertID)
        let until = Instant(microseconds: digest.until)
        let row = AlertRow(
            alertID: digestID, rule: entry.name, severity: entry.severity, kind: "digest", state: .due,
            createdAt: now, effectiveAt: until, segmentation: members[0].segmentation, groupKey: key,
            summary: DigestText.text(digest) { $0.customer })
        guard try ledger.insertAlert(row) else { return AlertCounts() }
        try deliver(digestID, to: entry.notify, now: now, ledger: ledger) { detail in
            events.digest(
                digest, alertID: digestID, rule: entry.name, severity: entry.severity, time: until, detail: detail)
        }
        for member in members {
            try ledger.setAlertState(member.alertID, .digested, suppressedBy: "digest \(digestID)")
        }
        var counts = AlertCounts()
        counts.digests = 1
        return counts
    }

    /// Counts over all members; the moves that weigh most among those whose facts were kept.
    private static func digest(_ members: [AlertRow], _ facts: [TransitionFacts]) -> DigestFacts {
        var pairs: [DigestFacts.Pair] = []
        for member in members {
            let place = pairs.firstIndex {
                $0.segmentation == member.segmentation && $0.from == member.from && $0.to == member.to
            }
            if let place {
                pairs[place].customers += 1
            } else {
                pairs.append(
                    .init(segmentation: member.segmentation ?? "", from: member.from, to: member.to, customers: 1))
            }
        }
        let times = members.compactMap { $0.effectiveAt?.microseconds }
        var digest = DigestFacts(
            kind: .group, moves: members.count, pairs: pairs,
            top: facts.map { fact in
                DigestFacts.Top(
                    customerID: fact.customerID, customer: fact.customer, segmentation: fact.segmentation,
                    from: fact.from, to: fact.to, value: fact.value)
            }, since: times.min() ?? 0, until: times.max() ?? 0, rules: [:])
        digest.sort()
        digest.top = Array(digest.top.prefix(DigestText.topMax * 2))
        return digest
    }
}
