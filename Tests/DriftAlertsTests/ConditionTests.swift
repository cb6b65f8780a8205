import DriftAnalytics
import DriftEngine
import DriftModel
import DriftStore
import Foundation
import Testing

@testable import DriftAlerts

/// A shop of six segments in the real database, whose history is written move by move.
final class ConditionShop {
    static let day0: DayNumber = 20_000
    static let segments = ["a", "b", "c", "d", "e", "f"]

    let store: Store
    let stored: StoredModel
    let engine: Engine
    let directory: String
    private var outcome = Outcome()
    private var seqs: [Int64: Int32] = [:]

    init(rules: String, assumptions: String = "[]") throws {
        directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        engine = try Self.engine(rules: rules, assumptions: assumptions)
        store = try Store.open(path: directory + "/segdrift.sqlite")
        stored = try store.write { [engine] in try $0.activate(engine, at: Instant(seconds: 0)) }
    }

    private static func engine(rules: String, assumptions: String = "[]") throws -> Engine {
        let text = """
            model: shop
            timezone: UTC
            events:
              purchase: {fields: {amount: number}}
            features:
              n: {count: purchase, over: 90d}
            segmentations:
              value:
                segments:
            \(Self.segments.dropLast().enumerated().map { #"      - {id: \#($1), rank: \#($0 + 1), when: "n = \#($0 + 1)"}"# }.joined(separator: "\n"))
                  - {id: f, rank: 6, otherwise: true}
            alerts:
            \(rules)
            assumptions: \(assumptions)
            """
        let model = try ModelLoader.load(text: text, file: "shop.yaml", zones: { $0 == "UTC" ? .utc : nil }).model
        return Engine(model: model, axis: TimeAxis(zone: .utc, grain: .day))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var planner: AlertPlanner { planner(engine) }

    /// With other rules in the model.
    func planner(rules: String) throws -> AlertPlanner { planner(try Self.engine(rules: rules)) }

    private func planner(_ engine: Engine) -> AlertPlanner {
        AlertPlanner(
            engine: engine,
            settings: AlertSettings(
                instance: "test", destinations: [DestinationConfiguration(name: "log", kind: .file(path: "a"))],
                naming: CustomerNaming(key: [1])))
    }

    func move(_ customer: Int64, _ from: Int32?, _ to: Int32?, day: DayNumber) {
        let seq = (seqs[customer] ?? 0) + 1
        seqs[customer] = seq
        let at = Instant(seconds: Int64(day) * 86_400 + 60)
        if from == nil, seq == 1 { outcome.appearances.append(at) }
        outcome.transitions.append(
            Transition(
                customer: customer, segmentation: 0, seq: seq, from: from, to: to, effectiveAt: at, cause: .event,
                record: nil, inputs: 0..<0, flips: 0..<0))
    }

    /// Writes the moves and looks at all days that end by then.
    @discardableResult
    func end(_ day: DayNumber, history: HistoryRule = .onlyActivation) throws -> AlertCounts {
        try store.write { transaction in
            _ = try transaction.append(
                outcome, batch: nil, model: stored, files: [], recordedAt: Instant(seconds: 0))
        }
        outcome = Outcome()
        return try planner.evaluateDays(
            logicalTime: Instant(seconds: Int64(day + 1) * 86_400), stored: stored, history: history,
            now: Instant(seconds: Int64(day + 1) * 86_400), store: store, pause: { false }
        ).counts
    }

    func alerts() throws -> [AlertRow] {
        try store.write { transaction in
            try AlertState.allCases.flatMap { try transaction.alerts(in: $0, limit: 100) }
        }
    }
}

@Suite struct ConditionTests {
    static let population =
        "  - {name: mix, on: population, segmentation: value, compare: 7d, p_below: 0.01, effect_above: 0.005, notify: [log]}"

    /// 2,000 customers over six segments on the first day.
    private func filled(_ shop: ConditionShop) throws {
        for customer in 1...2_000 { shop.move(Int64(customer), nil, Int32(customer % 6), day: ConditionShop.day0) }
        try shop.end(ConditionShop.day0 + 6)
    }

    @Test func aSmallFlowInOneDirectionIsSeenWhereOthersSeeNothing() throws {
        let shop = try ConditionShop(rules: Self.population)
        try filled(shop)
        for customer in 0..<24 { shop.move(Int64(customer * 6 + 6), 0, 1, day: ConditionShop.day0 + 8) }
        try shop.end(ConditionShop.day0 + 8)
        let alerts = try shop.alerts()
        #expect(alerts.count == 1)
        #expect(
            alerts.first?.summary
                == "value: segments shifted by 1.2 % of customers between 2024-10-05 and 2024-10-12, which is not chance "
                + "(p < 0.0001, limit 0.01). Most: a -24 (now 309), b +24 (now 358). Look: segdrift transitions "
                + "--segmentation value --since 2024-10-06")
        let row = try #require(
            try StoreReader.open(path: shop.store.path).query(
                "SELECT test, statistic, p_value < 1e-5, round(effect, 6), n FROM drift_daily ORDER BY day DESC, test LIMIT 3"
            ).rows.last)
        #expect(row == [.text("stuart_maxwell"), .real(24), .integer(1), .real(0.012), .integer(2_000)])
    }

    @Test func aConditionIsToldWhenItBeginsAndEndsQuietly() throws {
        let shop = try ConditionShop(rules: Self.population)
        try filled(shop)
        for customer in 0..<40 { shop.move(Int64(customer * 6 + 6), 0, 1, day: ConditionShop.day0 + 8) }
        for day in 8...20 { try shop.end(ConditionShop.day0 + DayNumber(day)) }
        let alerts = try shop.alerts()
        #expect(alerts.count == 1)
        #expect(alerts.map(\.state) == [.resolved])
    }

    @Test func whoComesBackIsNoDrift() throws {
        let shop = try ConditionShop(rules: Self.population)
        try filled(shop)
        for customer in 0..<60 {
            shop.move(Int64(customer * 6 + 6), 0, 1, day: ConditionShop.day0 + 8)
            shop.move(Int64(customer * 6 + 6), 1, 0, day: ConditionShop.day0 + 9)
        }
        try shop.end(ConditionShop.day0 + 9)
        #expect(try shop.alerts().map(\.effectiveAt).count == 1, "only at the end of the day between")
    }

    @Test func daysLookedAtInOneGoOrOneByOneSayTheSame() throws {
        func told(_ stops: [DayNumber]) throws -> [String] {
            let shop = try ConditionShop(rules: Self.population)
            try filled(shop)
            for customer in 0..<40 { shop.move(Int64(customer * 6 + 6), 0, 1, day: ConditionShop.day0 + 20) }
            for customer in 0..<60 { shop.move(Int64(customer * 6 + 7), 1, 2, day: ConditionShop.day0 + 90) }
            for stop in stops { try shop.end(stop) }
            return try shop.alerts().map(\.alertID).sorted()
        }
        let all = try told([ConditionShop.day0 + 120])
        #expect(all.count == 2)
        #expect(try told(Array((ConditionShop.day0 + 7)...(ConditionShop.day0 + 120))) == all)
    }

    @Test func historyIsCountedForTheDigestAndNotTold() throws {
        let shop = try ConditionShop(rules: Self.population)
        try filled(shop)
        for customer in 0..<40 { shop.move(Int64(customer * 6 + 6), 0, 1, day: ConditionShop.day0 + 8) }
        #expect(try shop.end(ConditionShop.day0 + 20, history: .everything).history == 1)
        #expect(try shop.alerts().map(\.suppressedBy) == ["history"])
        let counts = try shop.store.write { try shop.planner.closeHistory(now: Instant(seconds: 0), ledger: $0) }
        #expect(counts.digests == 1)
    }

    @Test func aShrinkingSegmentIsTold() throws {
        let shop = try ConditionShop(
            rules:
                "  - {name: small, on: size, segmentation: value, segment: a, change_below: -0.10, over: 7d, notify: [log]}"
        )
        try filled(shop)
        for customer in 0..<40 { shop.move(Int64(customer * 6 + 6), 0, 1, day: ConditionShop.day0 + 8) }
        try shop.end(ConditionShop.day0 + 8)
        #expect(
            try shop.alerts().map(\.summary) == [
                "a (value) has 293 customers, -12 % against 333 on 2024-10-05 (limit -10 %). Look: segdrift transitions "
                    + "--segmentation value --since 2024-10-06"
            ])
    }

    /// A destination that keeps states would be told for ever of what nobody looks at any more.
    @Test func whatARuleSaidIsOverWhenTheModelHasTheRuleNoMore() throws {
        let shop = try ConditionShop(
            rules:
                "  - {name: small, on: size, segmentation: value, segment: a, change_below: -0.10, over: 7d, notify: [log]}"
        )
        try filled(shop)
        for customer in 0..<40 { shop.move(Int64(customer * 6 + 6), 0, 1, day: ConditionShop.day0 + 8) }
        try shop.end(ConditionShop.day0 + 8)
        let planner = try shop.planner(rules: "  []")
        #expect(!planner.hasDayRules)
        try shop.store.write { try shop.planner.forgetRemovedRules(now: Instant(seconds: 1), $0) }
        #expect(try shop.alerts().map(\.state) == [.due])
        for _ in 1...2 { try shop.store.write { try planner.forgetRemovedRules(now: Instant(seconds: 1), $0) } }
        #expect(try shop.alerts().map(\.state) == [.resolved])
    }

    @Test func anUnusualFlowIsTold() throws {
        let shop = try ConditionShop(
            rules:
                "  - {name: spike, on: flow, segmentation: value, from: a, to: b, against: 28d, times: 3, at_least: 20, notify: [log]}"
        )
        try filled(shop)
        for day in 1...30 { shop.move(Int64(day * 6), 0, 1, day: ConditionShop.day0 + DayNumber(day)) }
        for customer in 40..<59 { shop.move(Int64(customer * 6), 0, 1, day: ConditionShop.day0 + 30) }
        try shop.end(ConditionShop.day0 + 30)
        #expect(
            try shop.alerts().map(\.summary) == [
                "20 customers moved a -> b (value) on 2024-11-03; usual are 1 a day since 2024-10-06 (limit 3 times, at "
                    + "least 20). Look: segdrift transitions --segmentation value --from a --to b --since 2024-11-03"
            ])
    }

    @Test func assumptionsAreFollowedAndAChangeIsTold() throws {
        let shop = try ConditionShop(
            rules: "  []",
            assumptions: """

                  - {name: f_become_a, entered: f, segmentation: value, reach: [a], within: 10d, at_least: 0.30, min_customers: 50}
                  - {name: a_are_few, segmentation: value, segment: a, share_between: [0.02, 0.30]}
                """)
        for customer in 1...100 { shop.move(Int64(customer), nil, 5, day: ConditionShop.day0) }
        for customer in 1...10 { shop.move(Int64(customer), 5, 0, day: ConditionShop.day0 + 9) }
        for customer in 11...60 { shop.move(Int64(customer), 5, 0, day: ConditionShop.day0 + 11) }
        try shop.end(ConditionShop.day0 + 20)
        let views = try StoreReader.open(path: shop.store.path).query(
            "SELECT name, state, n, share FROM assumptions WHERE day IN (SELECT max(day) FROM assumptions) ORDER BY name"
        ).rows
        #expect(
            views == [
                [.text("a_are_few"), .text("falsified"), .integer(100), .real(0.6)],
                [.text("f_become_a"), .text("falsified"), .integer(100), .real(0.1)],
            ])
        let told = try shop.alerts().map(\.summary)
        #expect(
            told.contains {
                $0
                    == "The model's assumption f_become_a is wrong now: of 100 customers who entered f, 10 (10 %) reached a "
                    + "within 10 days; assumed: at least 30 % of 50 or more (95 % interval 5.5 % to 17.4 %)."
            })
        #expect(told.contains { $0.hasPrefix("The model's assumption a_are_few is wrong now: a has 60 %") })
    }
}

@Suite struct FlapPolicyTests {
    private func moves(_ days: Int64...) -> [Instant] { days.reversed().map { Instant(seconds: $0 * 86_400) } }

    @Test func fourMovesWithinThirtyDaysAreFlapping() {
        #expect(FlapPolicy.decide(moves: moves(0, 10, 20, 29), isFlapping: false) == .begins)
        #expect(FlapPolicy.decide(moves: moves(0, 10, 20, 30), isFlapping: false) == .calm)
        #expect(FlapPolicy.decide(moves: moves(10, 20, 29), isFlapping: false) == .calm)
    }

    @Test func itIsOverAfterThirtyDaysWithoutAMove() {
        #expect(FlapPolicy.decide(moves: moves(0, 29), isFlapping: true) == .goesOn)
        #expect(FlapPolicy.decide(moves: moves(0, 30), isFlapping: true) == .ends)
    }
}
