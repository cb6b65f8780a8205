import DriftAlerts
import DriftModel
import Testing

@Suite struct CheckTests {
    @Test func aRuleThatNotifiesNobodyKnownIsAnError() {
        let findings = AlertCheck.findings(
            model: RetailModel.model(alerts: [RetailModel.rule(notify: ["opps"])]),
            destinations: [DestinationConfiguration(name: "ops", kind: .journal)])
        #expect(
            findings.map(\.description) == [
                "error: alert 'downgrade' notifies 'opps', which is no destination (destinations are: ops)"
            ])
    }

    @Test func whatIsNotEvaluatedOrServedIsSaid() {
        var model = RetailModel.model(alerts: [
            AlertRule(
                name: "mix", severity: .warning, notify: ["ops"],
                kind: .population(
                    PopulationRule(
                        segmentation: 0, compareSeconds: 1, test: "stuart_maxwell", pBelow: 0.01, effectAbove: nil,
                        valueAbove: nil)))
        ])
        model.assumptions = [
            Assumption(name: "few", segmentation: 0, kind: .share(segment: 0, low: 0.1, high: 0.2))
        ]
        let findings = AlertCheck.findings(
            model: model,
            destinations: [
                DestinationConfiguration(name: "ops", kind: .journal),
                DestinationConfiguration(name: "am", kind: .alertmanager(url: "http://127.0.0.1:9093")),
            ])
        #expect(findings.allSatisfy { $0.severity == .warning })
        #expect(
            findings.map(\.message) == [
                "alert 'mix' (on: population) is not evaluated", "assumption 'few' is not evaluated",
                "destination 'am' (alertmanager) is not served: its alerts stay pending in the outbox",
            ])
    }
}
