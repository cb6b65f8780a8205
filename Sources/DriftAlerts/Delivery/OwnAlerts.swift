internal import DriftModel
internal import DriftStore

/// What the daemon says of its own trouble with a destination: to all others, never through the one that fails, and
/// at most once a day for each kind of trouble.
public struct OwnAlerts: Sendable {
    private let instance: String
    private let destinations: [String]
    private let outbox: any Outbox

    /// - Parameter destinations: The names of all of them.
    public init(instance: String, destinations: [String], outbox: any Outbox) {
        self.instance = instance
        self.destinations = destinations
        self.outbox = outbox
    }

    /// A delivery was given up.
    func died(_ delivery: DeliveryRow, destination: String, reason: String, now: Instant) throws {
        try tell(
            "Destination \(destination) did not take an alert of rule \(delivery.rule) after \(delivery.attempts) "
                + "attempts and gives it up: \(reason). Look: segdrift alerts --undelivered; once it is mended: "
                + "segdrift alerts retry --destination \(destination)", trouble: "dead", destination, now)
    }

    /// A destination wants nothing more.
    func disabled(destination: String, reason: String, now: Instant) throws {
        try tell(
            "Destination \(destination) is switched off: \(reason). Its alerts wait. Once it is mended: "
                + "segdrift alerts retry --destination \(destination)", trouble: "disabled", destination, now)
    }

    private func tell(_ summary: String, trouble: String, _ destination: String, _ now: Instant) throws {
        let day = TimeText.instant(now).prefix { $0 != "T" }
        let alertID = AlertID.make(
            instance: instance, rule: "delivery", group: trouble, subject: "\(destination) \(day)")
        let event = CloudEvent(instance: instance, naming: CustomerNaming(key: []))
        let row = AlertRow(
            alertID: alertID, rule: "delivery", severity: .error, kind: "self", state: .due, createdAt: now,
            effectiveAt: now, summary: summary)
        try outbox.tell(
            row, to: destinations.filter { $0 != destination },
            body: event.own(summary, alertID: alertID, destination: destination, time: now))
    }
}
