import DriftEngine
import DriftModel
import DriftStore
import Testing

@testable import DriftAlerts

/// From a model's text through the real engine to the sentence.
@Suite struct EngineToAlertTests {
    private static let text = """
        model: shop
        timezone: UTC
        events:
          purchase: {fields: {amount: number}}
        features:
          recency: {days_since: last, of: purchase}
          spend: {sum: amount, of: purchase, over: 90d}
        value: spend
        segmentations:
          value:
            segments:
              - {id: active, rank: 1, when: "recency <= 30", playbooks: [keep]}
              - {id: gone, rank: 2, otherwise: true, playbooks: [win_back]}
        playbooks:
          keep: {sales.leads: First in the queue}
          win_back: {sales.scripts: Retention call within two days}
        alerts:
          - {name: slipping, on: transition, segmentation: value, direction: down, when: "spend >= 20", severity: critical, notify: [log]}
          - {name: poor, on: transition, segmentation: value, direction: down, when: "spend < 20", severity: notice, notify: [log]}
          - {name: back, on: transition, segmentation: value, from: [gone], to: [active], causes: [event], notify: [log]}
        """

    private let engine: Engine

    init() throws {
        let model = try ModelLoader.load(text: Self.text, file: "shop.yaml", zones: { $0 == "UTC" ? .utc : nil }).model
        engine = Engine(model: model, axis: TimeAxis(zone: .utc, grain: .day))
    }

    /// One customer who buys on the days given, and is then looked at on a later day.
    private func alerts(purchaseDays: [Int64], untilDay: Tick) throws -> MemoryLedger {
        var batch = RecordBatch()
        batch.text = Array("C-1042".utf8)
        for (number, day) in purchaseDays.enumerated() {
            batch.records.append(
                RecordBatch.Record(
                    file: 0, number: Int64(number + 1), customer: 1, customerName: 0..<6,
                    at: Instant(seconds: day * 86_400 + 3_600), idHash: nil, contentHash: 0, trust: .internal,
                    events: number..<number + 1, id: 0..<0))
            batch.events.append(RecordBatch.Event(type: 0, cells: number))
            batch.cells.append(.number(20))
        }
        var state = CustomerState()
        var outcome = Outcome()
        var classes = [RecordClass](repeating: .accepted, count: batch.records.count)
        var late: [Int] = []
        var scratch = EngineScratch()
        engine.apply(
            batch.records.indices.map { $0 }[...], of: batch, customer: 1, to: &state,
            logicalBefore: Instant(seconds: 0), classes: &classes, late: &late, outcome: &outcome, scratch: &scratch)
        engine.advance(&state, customer: 1, to: untilDay, outcome: &outcome, scratch: &scratch)
        let planner = AlertPlanner(
            engine: engine,
            settings: AlertSettings(
                instance: "test", destinations: [DestinationConfiguration(name: "log", kind: .file(path: "a"))],
                naming: CustomerNaming(key: [1])))
        let ledger = MemoryLedger()
        _ = try planner.plan(
            outcome, history: .onlyActivation, now: Instant(seconds: 0), ledger: ledger, source: { _ in "shop" },
            name: { _ in "C-1042" }, customer: { _ in CustomerContext(name: "C-1042", state: state) })
        return ledger
    }

    @Test func aCustomerWhomTimeMovesIsToldWithReasonAndActions() throws {
        let ledger = try alerts(purchaseDays: [15_000], untilDay: 15_040)
        #expect(ledger.alerts.map(\.rule) == ["slipping"])
        #expect(
            ledger.alerts.first?.summary
                == "C-1042 active -> gone (value, down): recency 30 -> 31, limit 30 (time). "
                + "Start: retention call within two days. Stop: first in the queue.")
        #expect(ledger.alerts.first?.effectiveAt == Instant(seconds: 15_031 * 86_400))
    }

    @Test func whenIsJudgedAsThingsWereAfterThatMove() throws {
        // On the last day both sales have left their window; the slips are judged as of their own days.
        let ledger = try alerts(purchaseDays: [15_000, 15_050], untilDay: 15_200)
        #expect(ledger.alerts.map(\.rule) == ["slipping", "back", "slipping"])
        #expect(ledger.deliveries.count == 3)
        #expect(ledger.alerts[1].summary.contains("recency 50 -> 0, limit 30 (event)."))
    }
}
