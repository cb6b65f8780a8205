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
}
