import DriftModel
import DriftStore
import FaultTable
import Synchronization
import Testing

@testable import DriftAlerts

/// What Debian's Alertmanager makes of what is posted.
@Suite(.serialized) struct AlertmanagerTests {
    private static func body(_ customer: Int64, severity: Severity = .critical) throws -> [UInt8] {
        var moves = Moves()
        moves.move(customer, from: RetailModel.champions, to: RetailModel.atRisk, day: 15_000)
        return CloudEvent(instance: "i", naming: CustomerNaming(key: [1])).transition(
            try moves.facts(), alertID: "alert-\(customer)", rule: "champion_slipping", severity: severity,
            detail: .full)
    }

    private static func row(_ customer: Int64, now: Instant) throws -> DeliveryRow {
        DeliveryRow(
            deliveryID: customer, alertID: "alert-\(customer)", destination: "am", state: .sending, attempts: 1,
            dueAt: nil, startedAt: nil, body: try body(customer), severity: .critical, rule: "champion_slipping",
            createdAt: now)
    }

    private static func sink(_ url: String, _ transport: (any HTTPTransport)? = nil) -> AlertmanagerSink {
        AlertmanagerSink(
            url: url, instance: "shop",
            transport: transport
                ?? ClientTransport(resolver: SystemResolver(), addressGuard: AddressGuard(allowsPrivate: false)),
            timeoutSeconds: 60)
    }

    @Test(AlertmanagerProcess.isThere) func debiansAlertmanagerReceivesGroupsAndResolves() async throws {
        let manager = try AlertmanagerProcess()
        let sink = Self.sink(manager.url)
        let now = Instant(seconds: try manager.now())
        // Received: two moves with the same labels are one state, and no label is a customer.
        #expect(await sink.send(try Self.row(1, now: now), now: now) == .delivered)
        let kept = try [1, 2, 3].map { customer in
            KeptAlert(
                alertID: "alert-\(customer)", createdAt: now, endedAt: nil, body: try Self.body(Int64(customer)))
        }
        #expect(await sink.keep(kept, now: now) == .delivered)
        let alerts = try manager.alerts()
        #expect(
            alerts.map(\.labels) == [
                [
                    "alertname": "champion_slipping", "severity": "critical", "segmentation": "value",
                    "from": "champions",
                    "to": "at_risk", "direction": "down", "cause": "time", "instance": "shop",
                ]
            ])
        #expect(alerts.first?.annotations["customers"] == "C-1, C-2, C-3")
        #expect(alerts.first?.annotations["alerts"] == "3")
        // Grouped by Alertmanager itself.
        let groups = try manager.groups()
        #expect(groups.map(\.labels) == [["alertname": "champion_slipping", "to": "at_risk"]])
        // Resolved: the end is posted, and Alertmanager has no active alert any more.
        let later = now.advanced(bySeconds: -1)
        let ended = kept.map { alert in
            KeptAlert(
                alertID: alert.alertID, createdAt: now.advanced(bySeconds: -60), endedAt: later, body: alert.body)
        }
        #expect(await sink.keep(ended, now: now) == .delivered)
        #expect(try manager.alerts().isEmpty)
    }

    /// Fault 78: a batch with a bad alert; the good ones arrive.
    @Test(AlertmanagerProcess.isThere) func aBadAlertInABatchDoesNotHoldTheGoodOnesUp() async throws {
        let manager = try AlertmanagerProcess()
        let now = Instant(seconds: try manager.now())
        let good = KeptAlert(alertID: "good", createdAt: now, endedAt: nil, body: try Self.body(1))
        // It ended before it began: a clock was set back in between.
        let bad = KeptAlert(
            alertID: "bad", createdAt: now, endedAt: now.advanced(bySeconds: -120),
            body: try Self.body(2, severity: .notice))
        let result = await Self.sink(manager.url).keep([good, bad], now: now)
        guard case .rejected = result else {
            Issue.record("Alertmanager took what ended before it began: \(result)")
            return
        }
        #expect(try manager.alerts().map { $0.labels["severity"] } == ["critical"])
        FaultTable.record(78, alerts: 2, told: 1, kept: 1)
    }

    /// Fault 79: what holds is posted every minute, what ended for five more.
    @Test func whatHoldsIsPostedAgainAndItsEndFiveMinutesLong() async throws {
        let outbox = MemoryOutbox([])
        let network = ScriptedNetwork { _, _ in .ok }
        let clock = TestClock(LaneTests.start)
        let lane = DeliveryLane(
            destination: "am", sink: Self.sink("http://127.0.0.1:9093", network), outbox: outbox,
            own: OwnAlerts(instance: "test", destinations: []), jitter: { 0 })
        let alert = KeptAlert(
            alertID: "a", createdAt: LaneTests.start, endedAt: nil, body: try Self.body(1))
        outbox.kept.withLock { $0 = [alert] }
        try await LaneTests.run(lane, clock, seconds: 600)
        let posts = network.asked.withLock { $0 }
        #expect(posts.count >= 9 && posts.count <= 11, "\(posts.count)")
        #expect(posts.allSatisfy { $0.url == "http://127.0.0.1:9093/api/v2/alerts" })
        #expect(String(decoding: posts[0].body, as: UTF8.self).contains(#""endsAt":"2023-11-14T22:16:20Z""#))
        FaultTable.record(79, alerts: 1, told: 1, again: posts.count - 1)
    }
}
