import DriftEngine
import DriftModel
import DriftStore
import Testing

@testable import DriftAlerts

@Suite struct PlannerTests {
    private let now = Instant(seconds: 1_300_000_000)

    private func planner(_ rules: [AlertRule]) throws -> AlertPlanner {
        try RetailModel.planner(rules, destinations: ["log", "ops"])
    }

    @discardableResult
    private func plan(
        _ moves: Moves, _ rules: [AlertRule], _ ledger: MemoryLedger, history: HistoryRule = .onlyActivation,
        now: Instant? = nil
    ) throws -> AlertCounts {
        try planner(rules).plan(moves, history: history, now: now ?? self.now, ledger: ledger)
    }

    @Test func aMoveThatARuleIsAboutIsToldToItsDestinations() throws {
        let ledger = MemoryLedger()
        let counts = try plan(.one(), [RetailModel.rule(notify: ["log", "ops"])], ledger)
        #expect(counts.sent == 1)
        #expect(ledger.alerts.map(\.state) == [.due])
        #expect(ledger.alerts.first?.summary.hasPrefix("C-1042 loyal -> at_risk (value, down)") == true)
        #expect(ledger.deliveries.map(\.destination) == ["log", "ops"])
        #expect(ledger.deliveries.allSatisfy { $0.dueAt == now })
    }

    @Test func theSameFactsTwiceMakeOneAlert() throws {
        let ledger = MemoryLedger()
        for grouped in [[], ["from", "to"]] {
            try plan(.one(), [RetailModel.rule("r\(grouped.count)", groupBy: grouped)], ledger)
            try plan(.one(), [RetailModel.rule("r\(grouped.count)", groupBy: grouped)], ledger)
        }
        #expect(ledger.alerts.count == 2)
        #expect(ledger.deliveries.count == 1)
        #expect(ledger.groups.filter { $0.groupKey != "storm" }.map(\.members) == [1])
    }

    @Test func whatARuleIsNotAboutIsNotTold() throws {
        let ledger = MemoryLedger()
        try plan(
            .one(),
            [
                RetailModel.rule("up", direction: .up), RetailModel.rule("events", causes: [.event]),
            ], ledger)
        #expect(ledger.alerts.isEmpty)
    }

    @Test func aCooldownIsMeasuredOnTheMovesOwnTime() throws {
        let ledger = MemoryLedger()
        var moves = Moves()
        moves.move(1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 100)
        moves.move(1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 106)
        moves.move(1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 107)
        let counts = try plan(moves, [RetailModel.rule(cooldownSeconds: 7 * 86_400)], ledger)
        #expect(counts.sent == 2)
        #expect(ledger.alerts.map(\.state) == [.due, .suppressed, .due])
        #expect(ledger.alerts[1].suppressedBy == "cooldown until 1970-04-18T00:00:00Z")
        #expect(ledger.deliveries.count == 2)
    }

    @Test func anUnknownDestinationHoldsNothingUp() throws {
        let ledger = MemoryLedger()
        try plan(.one(), [RetailModel.rule(notify: ["nobody", "log"])], ledger)
        #expect(ledger.deliveries.map(\.destination) == ["log"])
    }

    // MARK: Dwell

    private func dwelling() -> [AlertRule] { [RetailModel.rule(dwellSeconds: 2 * 86_400)] }

    @Test func aDwellWaitsAndIsToldOnceServedOut() throws {
        let ledger = MemoryLedger()
        try plan(.one(), dwelling(), ledger)
        #expect(ledger.alerts.map(\.state) == [.waiting])
        #expect(ledger.deliveries.isEmpty)
        let end = Instant(seconds: 15_002 * 86_400)
        let early = try planner(dwelling()).settleDwells(
            logicalTime: end.advanced(bySeconds: -1), now: now, ledger: ledger)
        #expect(early == AlertCounts())
        let counts = try planner(dwelling()).settleDwells(logicalTime: end, now: now, ledger: ledger)
        #expect(counts.sent == 1)
        #expect(ledger.alerts.map(\.state) == [.due])
        #expect(ledger.deliveries.count == 1)
    }

    @Test func whatWaitsForADwellThatNoRuleHasAnyMoreIsNotLeftWaiting() throws {
        let ledger = MemoryLedger()
        try plan(.one(), dwelling(), ledger)
        let end = Instant(seconds: 15_002 * 86_400)
        let counts = try planner([RetailModel.rule("other")]).settleDwells(logicalTime: end, now: now, ledger: ledger)
        #expect(counts == AlertCounts())
        #expect(ledger.alerts.map(\.state) == [.suppressed] && ledger.alerts.map(\.suppressedBy) == ["rule removed"])
    }

    @Test func whoLeavesBeforeTheEndOfTheDwellIsNotTold() throws {
        let ledger = MemoryLedger()
        var moves = Moves.one()
        moves.move(1042, from: RetailModel.atRisk, to: RetailModel.loyal, day: 15_001)
        let counts = try plan(moves, dwelling(), ledger)
        #expect(counts.cancelled == 1)
        #expect(ledger.alerts.map(\.state) == [.cancelled])
    }

    @Test func whoLeavesAfterTheEndOfTheDwellWasStillThere() throws {
        let ledger = MemoryLedger()
        var moves = Moves.one()
        moves.move(1042, from: RetailModel.atRisk, to: RetailModel.loyal, day: 15_002)
        let counts = try plan(moves, dwelling(), ledger)
        #expect(counts.sent == 1)
        #expect(ledger.alerts.map(\.state) == [.due])
    }

    // MARK: Groups

    private func grouping() -> [AlertRule] { [RetailModel.rule(groupBy: ["from", "to"], groupWaitSeconds: 30)] }

    @Test func aGroupOfOneIsToldAsItIs() throws {
        let ledger = MemoryLedger()
        try plan(.one(), grouping(), ledger)
        #expect(ledger.groups.map(\.groupKey) == ["from=loyal,to=at_risk"])
        #expect(ledger.deliveries.isEmpty)
        let planner = try planner(grouping())
        let early = try planner.closeGroups(upTo: now.advanced(bySeconds: 29), now: now, ledger: ledger)
        #expect(early == AlertCounts())
        let counts = try planner.closeGroups(upTo: now.advanced(bySeconds: 30), now: now, ledger: ledger)
        #expect(counts.sent == 1)
        #expect(ledger.deliveries.first?.body.contains("segdrift.transition.v1") == true)
    }

    @Test func aGroupOfManyIsOneDigestWithCountsAndWhereToLook() throws {
        let ledger = MemoryLedger()
        var moves = Moves()
        for customer in 1...40 {
            moves.move(
                Int64(customer), from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_000, spend: Double(customer))
        }
        try plan(moves, grouping(), ledger)
        let counts = try planner(grouping()).closeGroups(upTo: nil, now: now, ledger: ledger)
        #expect(counts.digests == 1)
        #expect(ledger.deliveries.count == 1)
        #expect(ledger.alerts.filter { $0.state == .digested }.count == 40)
        let digest = ledger.alerts.first { $0.kind == "digest" }
        #expect(
            digest?.summary == "40 moves: loyal -> at_risk 40 (value). Customers: C-40 (40), C-39 (39), C-38 (38), "
                + "C-37 (37), C-36 (36) and 35 more. Look: segdrift alerts --digest "
                + (digest?.alertID.prefix(12) ?? ""))
        #expect(ledger.alerts.first?.suppressedBy == "digest \(digest?.alertID ?? "")")
    }

    /// However often groups with one key open, there is one message per interval; another key has an interval of its own.
    @Test func groupsWithOneKeyAreToldOncePerInterval() throws {
        let ledger = MemoryLedger()
        let rules = grouping()
        let planner = try planner(rules)
        var told: [Int64] = []
        for second in 0..<Int64(1_200) {
            let instant = now.advanced(bySeconds: second)
            if second % 60 == 0 {
                var moves = Moves()
                moves.move(second + 1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_000 + second)
                try planner.plan(moves, now: instant, ledger: ledger)
            }
            let closed = try planner.closeGroups(upTo: instant, now: instant, ledger: ledger)
            if closed.sent + closed.digests > 0 { told.append(second) }
        }
        // The first waits for company only; what came in five minutes is told together.
        #expect(told == [30, 330, 630, 930])
        let digests = ledger.alerts.filter { $0.kind == "digest" }.map { $0.summary.prefix(8) }
        #expect(digests == ["5 moves:", "5 moves:", "5 moves:"])
        var other = Moves()
        other.move(9, from: RetailModel.loyal, to: RetailModel.lost, day: 15_900)
        let later = now.advanced(bySeconds: 1_200)
        try planner.plan(other, now: later, ledger: ledger)
        #expect(ledger.groups.last?.closesAt == later.advanced(bySeconds: 30))
    }

    @Test func aClosedGroupIsNotClosedAgain() throws {
        let ledger = MemoryLedger()
        try plan(.one(), grouping(), ledger)
        let planner = try planner(grouping())
        _ = try planner.closeGroups(upTo: nil, now: now, ledger: ledger)
        #expect(try planner.closeGroups(upTo: nil, now: now, ledger: ledger) == AlertCounts())
    }

    // MARK: History

    @Test func historyIsOneDigestWhenTheSpoolIsEmpty() throws {
        let ledger = MemoryLedger()
        let rules = [RetailModel.rule(cooldownSeconds: 86_400, notify: ["log", "ops"])]
        for chunk in 0..<3 {
            var moves = Moves()
            for customer in 0..<10 {
                moves.move(
                    Int64(chunk * 10 + customer), from: RetailModel.loyal, to: RetailModel.atRisk,
                    day: 15_000 + Int64(chunk), spend: Double(chunk * 10 + customer))
            }
            moves.move(1_000, from: RetailModel.lost, to: RetailModel.champions, day: 15_000)
            let counts = try plan(moves, rules, ledger, history: .everything)
            #expect(counts.history == 11)
        }
        #expect(ledger.alerts.isEmpty)
        let counts = try planner(rules).closeHistory(now: now, ledger: ledger)
        #expect(counts.digests == 1)
        #expect(ledger.deliveries.map(\.destination) == ["log", "ops"])
        #expect(
            ledger.alerts.first?.summary
                == "The first load from 2011-01-26 to 2011-01-28 is in: 33 moves, told once. Most: loyal -> "
                + "at_risk 30 (value), lost -> champions 3 (value). Largest: C-29 (29), C-28 (28), C-27 (27), "
                + "C-26 (26), C-25 (25). Look: segdrift transitions --segmentation value --since "
                + "2011-01-26T00:00:00Z --until 2011-01-28T00:00:01Z")
        #expect(try planner(rules).closeHistory(now: now, ledger: ledger) == AlertCounts())
    }

    /// Who moved often in a year is named by the move that weighs most.
    @Test func aDigestOfHistoryNamesEachCustomerOnce() throws {
        let ledger = MemoryLedger()
        let rules = [RetailModel.rule()]
        for chunk in 0..<3 {
            var moves = Moves()
            for turn in 0..<4 {
                moves.move(
                    1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_000 + Int64(turn),
                    spend: Double(100 + turn - chunk))
            }
            moves.move(2 + Int64(chunk), from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_009, spend: 50)
            try plan(moves, rules, ledger, history: .everything)
        }
        _ = try planner(rules).closeHistory(now: now, ledger: ledger)
        #expect(ledger.alerts.first?.summary.contains("Largest: C-1 (103), C-2 (50), C-3 (50), C-4 (50).") == true)
    }

    @Test func historyThatNoRuleIsAboutTellsNobody() throws {
        let ledger = MemoryLedger()
        let rules = [RetailModel.rule(direction: .up)]
        try plan(.one(), rules, ledger, history: .everything)
        #expect(try planner(rules).closeHistory(now: now, ledger: ledger).digests == 0)
        #expect(ledger.alerts.isEmpty)
    }

    @Test func aMoveIsHistoryFromTheAlertAgeOn() {
        let claim = Instant(seconds: 1_000_000)
        let rule = HistoryRule.olderThanAlertAge(before: claim)
        func holds(_ age: Int64, _ cause: Cause = .event) -> Bool {
            rule.holds(effectiveAt: claim.advanced(bySeconds: -age), cause: cause, alertAgeSeconds: 3_600)
        }
        #expect(!holds(3_600))
        #expect(holds(3_601))
        #expect(holds(0, .model))
        #expect(holds(0, .calibration))
        #expect(!HistoryRule.onlyActivation.holds(effectiveAt: .init(seconds: 0), cause: .time, alertAgeSeconds: 1))
    }

    // MARK: Intake

    @Test func aDirtyFileIsToldOnce() throws {
        let rule = AlertRule(
            name: "dirty", severity: .warning, notify: ["log"],
            kind: .intake(IntakeRule(source: "shop", quarantinedAbove: 0.05)))
        let ledger = MemoryLedger()
        let facts = IntakeFacts(source: "shop", file: "a.csv", fileID: 9, records: 200, quarantined: 11)
        let planner = try planner([rule])
        #expect(try planner.planIntake(facts, now: now, ledger: ledger).sent == 1)
        #expect(try planner.planIntake(facts, now: now, ledger: ledger).sent == 0)
        #expect(
            ledger.alerts.map(\.summary) == [
                "Source shop: 11 of 200 records of a.csv were quarantined (5.5 %, limit 5 %). "
                    + "Look: segdrift quarantine show 9"
            ])
        var clean = facts
        clean.quarantined = 10
        clean.fileID = 10
        #expect(try planner.planIntake(clean, now: now, ledger: ledger).sent == 0)
    }
}

@Suite struct TransitionPolicyTests {
    private func decide(
        dwell: Int64 = 0, groupBy: [String] = [], matches: Bool = true, isHistory: Bool = false,
        served: Bool = false, cooldown: Int64? = nil
    ) -> TransitionDecision {
        TransitionPolicy(
            rule: TransitionRule(
                match: MoveMatch(segmentation: 0, from: nil, to: nil), when: nil, dwellSeconds: dwell,
                cooldownSeconds: 0, groupBy: groupBy, groupWaitSeconds: 30)
        ).decide(
            matches: matches, isHistory: isHistory, effectiveAt: Instant(seconds: 100), dwellServed: served,
            cooldownUntil: cooldown.map { Instant(seconds: $0) }, groupKey: "k")
    }

    @Test func everyDecisionHasItsReason() {
        #expect(decide() == .send)
        #expect(decide(matches: false) == .noMatch)
        #expect(decide(isHistory: true) == .history)
        #expect(decide(groupBy: ["from"]) == .join(groupKey: "k"))
        #expect(decide(dwell: 10) == .dwell(until: Instant(seconds: 110)))
        #expect(decide(dwell: 10, served: true) == .send)
    }

    @Test func aCooldownEndsAtItsInstant() {
        #expect(decide(cooldown: 101) == .cooldown(until: Instant(seconds: 101)))
        #expect(decide(cooldown: 100) == .send)
    }

    @Test func historyComesBeforeCooldownAndDwell() {
        #expect(decide(dwell: 10, isHistory: true, cooldown: 200) == .history)
    }
}
