import DriftModel
import DriftStore
import FaultTable
import Foundation
import Testing

@testable import DriftAlerts

/// Our alerts as the real Alertmanager holds them, and what becomes of them when it or the daemon starts anew.
@Suite(AlertmanagerProcess.isThere, .serialized)
struct AlertmanagerRestartTests {
    private static func scene(_ manager: AlertmanagerProcess) throws -> OutboxScene {
        try OutboxScene(
            [DestinationConfiguration(name: "am", kind: .alertmanager(url: manager.url)), .log],
            at: Instant(seconds: try manager.now()))
    }

    /// A condition that lasts, told to Alertmanager.
    private static func tellCondition(_ scene: OutboxScene) throws -> String {
        let id = AlertID.make(instance: "test", rule: "value_mix_moved", subject: "value")
        let body = #"""
            {"specversion":"1.0","id":"\#(id)","source":"/segdrift/test","type":"segdrift.population.v1",
            "data":{"summary":"The mix of value moved.","rule":"value_mix_moved","severity":"warning",
            "segmentation":"value"}}
            """#
        try scene.store.write { transaction in
            _ = try transaction.insertAlert(
                AlertRow(
                    alertID: id, rule: "value_mix_moved", severity: .warning, kind: "population", state: .due,
                    createdAt: scene.clock.now, segmentation: "value", summary: "The mix of value moved."))
            try transaction.insertDelivery(
                alertID: id, destination: "am", body: Array(body.utf8), dueAt: scene.clock.now)
        }
        return id
    }

    @Test func movesOfOneKindAreOneAlertWithFewLabelsAndTheCustomersInTheAnnotation() async throws {
        let manager = try AlertmanagerProcess()
        let scene = try Self.scene(manager)
        try scene.tell(12, to: ["am"])
        #expect(try await scene.drain("am").delivered == 12)
        scene.clock.advance(seconds: 60)
        try await scene.drain("am")
        let alerts = try manager.alerts()
        #expect(alerts.count == 1)
        let alert = try #require(alerts.first)
        #expect(
            alert.labels == [
                "alertname": "downgrade", "instance": "test", "severity": "warning", "segmentation": "value",
                "from": "loyal", "to": "at_risk", "direction": "down", "cause": "time",
            ])
        #expect(alert.status.state == "active")
        #expect(alert.annotations["customers"]?.hasSuffix("and 2 more") == true, "\(alert.annotations)")
        #expect(alert.annotations["alerts"] == "12")
        let groups = try manager.groups()
        #expect(groups.map(\.labels) == [["alertname": "downgrade", "to": "at_risk"]])
        #expect(groups.first?.alerts.count == 1)
    }

    // 79
    @Test func aManagerThatForgotEverythingKnowsAgainWithinAMinute() async throws {
        let manager = try AlertmanagerProcess()
        let scene = try Self.scene(manager)
        _ = try Self.tellCondition(scene)
        try scene.tell(1, to: ["am"])
        try await scene.drain("am")
        try manager.restartEmpty()
        #expect(try manager.alerts().isEmpty)
        let report = try await scene.drain("am")
        let next = try #require(report.nextAt)
        #expect(next <= scene.clock.now.advanced(bySeconds: 60))
        scene.clock.set(next)
        try await scene.drain("am")
        #expect(try manager.alerts().count == 2)
        // And after a restart of ours, at once.
        try manager.restartEmpty()
        try scene.recover()
        try await scene.drain("am")
        #expect(try manager.alerts().count == 2)
        FaultTable.record(79, cases: 2, alerts: 4, told: 4)
    }
}
