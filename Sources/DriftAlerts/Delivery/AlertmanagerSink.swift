public import DriftModel
public import DriftStore
internal import Foundation

/// Alertmanager's API v2, which keeps states, not events: an alert is a set of labels that holds from a beginning to
/// an end, posted again while it holds, and once it has ended until that is surely known.
///
/// Labels have few values, so that Alertmanager can group and silence by them; the customers of all moves with the
/// same labels are in the annotations. Should this process end, Alertmanager ends its alerts by itself soon after.
public struct AlertmanagerSink: RemoteSink {
    /// What holds is posted again so often, in seconds.
    static let repostSeconds: Int64 = 60
    /// Ahead of the next post, so that two may fail.
    static let endsAheadSeconds: Int64 = 3 * repostSeconds
    /// Customers named in an annotation.
    static let customersMax = 10

    private let endpoint: String
    private let instance: String
    private let transport: any HTTPTransport
    private let timeoutSeconds: Double

    public var keepEverySeconds: Int64? { Self.repostSeconds }
    /// A move is over when it is told; its alert stays for an hour, so that people see it.
    public var holdSeconds: Int64 { 3_600 }

    /// - Parameter url: Alertmanager's base.
    public init(url: String, instance: String, transport: any HTTPTransport, timeoutSeconds: Double) {
        endpoint = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/api/v2/alerts"
        self.instance = instance
        self.transport = transport
        self.timeoutSeconds = timeoutSeconds
    }

    /// Posts one alert.
    public func send(_ delivery: DeliveryRow, now: Instant) async -> DeliveryResult {
        guard let event = try? EventSummary(delivery.body) else {
            return .refused(reason: "the stored alert is no CloudEvent")
        }
        let state = State(
            labels: labels(event), summaries: [event.data.summary], customers: event.data.customer.map { [$0] } ?? [],
            alerts: 1, startsAt: delivery.createdAt, endsAt: now.advanced(bySeconds: Self.endsAheadSeconds))
        return await post([state], now: now)
    }

    /// Posts everything that holds, and what has ended lately: one state per set of labels, which ends when the last
    /// of its alerts has.
    public func keep(_ alerts: [KeptAlert], now: Instant) async -> DeliveryResult {
        let states = Self.states(alerts, labels: labels, now: now)
        let result = await post(states, now: now)
        guard case .rejected = result, states.count > 1 else { return result }
        // Alertmanager takes the good ones of a batch and answers 400 for the bad one: find it, keep the others.
        for state in states { _ = await post([state], now: now) }
        return result
    }

    /// What is posted for one set of labels.
    struct State: Hashable {
        var labels: [String: String]
        var summaries: [String]
        var customers: [String]
        var alerts: Int
        var startsAt: Instant
        var endsAt: Instant
    }

    static func states(
        _ alerts: [KeptAlert], labels: (EventSummary) -> [String: String], now: Instant
    ) -> [State] {
        var order: [[String: String]] = []
        var byLabels: [[String: String]: (state: State, holds: Bool)] = [:]
        let ahead = now.advanced(bySeconds: endsAheadSeconds)
        for alert in alerts {
            guard let event = try? EventSummary(alert.body) else { continue }
            let labels = labels(event)
            let end = alert.endedAt ?? ahead
            guard var (state, holds) = byLabels[labels] else {
                order.append(labels)
                let state = State(
                    labels: labels, summaries: [event.data.summary],
                    customers: event.data.customer.map { [$0] } ?? [], alerts: 1, startsAt: alert.createdAt,
                    endsAt: end)
                byLabels[labels] = (state, alert.endedAt == nil)
                continue
            }
            state.summaries = [event.data.summary]
            if let customer = event.data.customer, !state.customers.contains(customer) {
                state.customers.append(customer)
            }
            state.alerts += 1
            state.startsAt = min(state.startsAt, alert.createdAt)
            state.endsAt = max(state.endsAt, end)
            holds = holds || alert.endedAt == nil
            byLabels[labels] = (state, holds)
        }
        return order.compactMap { byLabels[$0]?.state }
    }

    private func labels(_ event: EventSummary) -> [String: String] {
        let optional = [
            ("segmentation", event.data.segmentation), ("from", event.data.from), ("to", event.data.to),
            ("direction", event.data.direction), ("cause", event.data.cause), ("segment", event.data.segment),
            ("source", event.data.source), ("destination", event.data.destination), ("kind", event.data.kind),
        ]
        var labels = ["alertname": event.data.rule ?? event.type, "instance": instance]
        if let severity = event.data.severity { labels["severity"] = severity }
        for (name, value) in optional { if let value, !value.isEmpty { labels[name] = value } }
        return labels
    }

    private func post(_ states: [State], now: Instant) async -> DeliveryResult {
        let body = JSONValue.array(states.map(Self.json)).bytes
        let request = OutgoingRequest(
            url: endpoint,
            headers: [.init("Content-Type", "application/json"), .init("User-Agent", "segdrift")], body: body,
            timeoutSeconds: timeoutSeconds)
        return HTTPVerdict.of(await transport.post(request), now: now)
    }

    private static func json(_ state: State) -> JSONValue {
        let labels = state.labels.sorted { $0.key < $1.key }
        var annotations: [JSONValue.Member] = [.init("summary", .string(state.summaries.last ?? ""))]
        if !state.customers.isEmpty {
            let rest = state.customers.count - customersMax
            let named = state.customers.suffix(customersMax).joined(separator: ", ")
            annotations.append(.init("customers", .string(named + (rest > 0 ? " and \(rest) more" : ""))))
        }
        if state.alerts > 1 { annotations.append(.init("alerts", .string(String(state.alerts)))) }
        return .object([
            .init("labels", .object(labels.map { .init($0.key, .string($0.value)) })),
            .init("annotations", .object(annotations)),
            .init("startsAt", .string(TimeText.instant(state.startsAt))),
            .init("endsAt", .string(TimeText.instant(state.endsAt))),
        ])
    }
}
