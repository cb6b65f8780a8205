import DriftEngine
import DriftModel
import DriftStore
import Testing

@testable import DriftAlerts

/// Whatever somebody silenced is quiet, and a row that says by what: not only moves.
@Suite struct SilenceTests {
    private let now = Instant(seconds: 1_300_000_000)

    private func silenced(_ rule: String) -> MemoryLedger {
        let ledger = MemoryLedger()
        ledger.silences = [(number: 7, rule: rule, until: now.advanced(bySeconds: 60))]
        return ledger
    }

    private func expectQuiet(_ ledger: MemoryLedger, rows: Int = 1) {
        #expect(ledger.deliveries.isEmpty)
        #expect(ledger.alerts.map(\.state) == Array(repeating: .suppressed, count: rows))
        #expect(ledger.alerts.allSatisfy { $0.suppressedBy == "silence 7" })
    }

    private static let dirty = AlertRule(
        name: "dirty", severity: .warning, notify: ["log"],
        kind: .intake(IntakeRule(source: "shop", quarantinedAbove: 0.05)))

    @Test func aRuleAboutFiles() throws {
        let ledger = silenced("dirty")
        let facts = IntakeFacts(source: "shop", file: "a.csv", fileID: 9, records: 200, quarantined: 11)
        let counts = try RetailModel.planner([Self.dirty]).planIntake(facts, now: now, ledger: ledger)
        // Not nothing: the rule is about the file, so that the daemon need not tell of it in its place.
        #expect(counts.silenced == 1 && counts.sent == 0)
        expectQuiet(ledger)
    }

    @Test func aRuleAboutAFormOfFiles() throws {
        let ledger = silenced("dirty")
        let facts = FeedFacts(
            source: "shop", file: "a.csv", fileID: 9, version: 2, added: ["b"], missing: ["a"], renamed: [], used: [],
            words: "b is new; a is missing")
        #expect(try RetailModel.planner([Self.dirty]).planFeed(facts, now: now, ledger: ledger).silenced == 1)
        expectQuiet(ledger)
        ledger.silences = []
        let later = try RetailModel.planner([Self.dirty]).planFeed(facts, now: now, ledger: ledger)
        #expect(later.sent == 0, "once per form")
    }

    @Test func theDigestOfHistory() throws {
        let ledger = silenced("history")
        let rules = [RetailModel.rule()]
        try RetailModel.planner(rules).plan(.one(), history: .everything, now: now, ledger: ledger)
        let counts = try RetailModel.planner(rules).closeHistory(now: now, ledger: ledger)
        #expect(counts.silenced == 1 && counts.digests == 0)
        expectQuiet(ledger)
        #expect(ledger.alerts.first?.kind == "digest")
    }

    /// Asked for while a group waits for company.
    @Test(arguments: [1, 3])
    func aGroupThatIsStillOpen(members: Int) throws {
        let rules = [RetailModel.rule(groupBy: ["to"])]
        let ledger = MemoryLedger()
        var moves = Moves()
        for customer in 1...members {
            moves.move(Int64(customer), from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_000)
        }
        try RetailModel.planner(rules).plan(moves, now: now, ledger: ledger)
        #expect(ledger.alerts.map(\.state) == Array(repeating: .grouped, count: members))
        ledger.silences = silenced("downgrade").silences
        #expect(try RetailModel.planner(rules).closeGroups(upTo: nil, now: now, ledger: ledger).silenced == members)
        expectQuiet(ledger, rows: members)
    }
}
