import DriftModel
import DriftStore
import FaultTable
import Foundation
import Synchronization
import Systemd
import Testing

@testable import DriftAlerts

/// A database with alerts to be delivered, a clock that only the test moves, and the real lanes and network.
final class OutboxScene {
    /// The instant at which a scene begins.
    static let start = Instant(seconds: 1_790_000_000)

    /// A clock that stands still until it is set.
    final class Clock: Sendable {
        private let instant: Mutex<Instant>

        init(_ start: Instant) { instant = Mutex(start) }
        var now: Instant { instant.withLock { $0 } }
        func set(_ next: Instant) { instant.withLock { $0 = next } }
        func advance(seconds: Int64) { instant.withLock { $0 = $0.advanced(bySeconds: seconds) } }
    }

    let directory: String
    let store: Store
    let clock: Clock
    private(set) var destinations: [DestinationConfiguration]
    /// nil: the real one.
    private let network: (any HTTPTransport)?
    private(set) var lanes: [DeliveryLane] = []

    init(
        _ destinations: [DestinationConfiguration], at start: Instant = OutboxScene.start,
        network: (any HTTPTransport)? = nil
    ) throws {
        self.network = network
        directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        store = try Store.open(path: directory + "/segdrift.sqlite")
        clock = Clock(start)
        self.destinations = destinations
        restart()
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// New lanes, as after a start: what the old ones remembered is gone.
    func restart() {
        let own = OwnAlerts(instance: "test", destinations: destinations.map(\.name))
        lanes = SinkFactory.lanes(
            for: destinations, instance: "test", secrets: SecretSource(credentials: Credentials(environment: [:])),
            outbox: outbox, own: own, network: { [network] in network ?? SinkFactory.network($0) }, jitter: { 0 })
    }

    /// Other destinations, as after a reload.
    func reload(_ destinations: [DestinationConfiguration]) {
        self.destinations = destinations
        restart()
    }

    /// The way out, held to the destinations' rates.
    var outbox: RatedOutbox {
        RatedOutbox(
            store: store, destinations: destinations, instance: "test", naming: CustomerNaming(key: [1]))
    }

    /// What a start does before it delivers.
    @discardableResult
    func recover() throws -> Int {
        restart()
        return try store.recover(configured: Set(destinations.map(\.name)), at: clock.now)
    }

    subscript(_ destination: String) -> DeliveryLane {
        lanes.first { $0.destination == destination }!
    }

    /// Writes alerts and their deliveries, as the transaction of their moves does.
    /// - Returns: Their ids.
    @discardableResult
    func tell(_ count: Int, first: Int = 1, to names: [String]? = nil) throws -> [String] {
        let event = CloudEvent(instance: "test", naming: CustomerNaming(key: [1]))
        let facts = try Moves.one().facts()
        let now = clock.now
        return try store.write { transaction in
            try (first..<first + count).map { number in
                var facts = facts
                facts.customer = "C-\(number)"
                let id = AlertID.make(
                    instance: "test", rule: "downgrade", group: "value", subject: "C-\(number)")
                let customer = try transaction.insertCustomer(named: "C-\(number)".utf8)
                _ = try transaction.insertAlert(
                    AlertRow(
                        alertID: id, rule: "downgrade", severity: .warning, kind: "transition", state: .due,
                        createdAt: now, effectiveAt: now, customer: customer, segmentation: "value", from: "loyal",
                        to: "at_risk", summary: "C-\(number) moved", worth: Double(number)))
                let body = event.transition(
                    facts, alertID: id, rule: "downgrade", severity: .warning, detail: .full)
                for name in names ?? destinations.map(\.name) {
                    try transaction.insertDelivery(alertID: id, destination: name, body: body, dueAt: now)
                }
                return id
            }
        }
    }

    @discardableResult
    func drain(_ destination: String) async throws -> DeliveryLane.Report {
        try await self[destination].drain(now: { [clock] in clock.now })
    }

    /// Lives through some time, coming back whenever the lane says so.
    /// - Returns: How many were delivered.
    @discardableResult
    func live(_ destination: String, seconds: Int64) async throws -> Int {
        let end = clock.now.advanced(bySeconds: seconds)
        var delivered = 0
        while true {
            let report = try await drain(destination)
            delivered += report.delivered
            guard let next = report.nextAt, next <= end else { break }
            #expect(next > clock.now, "it would turn without an end")
            clock.set(max(next, clock.now))
        }
        clock.set(end)
        return delivered
    }

    /// Counts by state.
    func states(_ destination: String) throws -> [String: Int] {
        try deliveries(destination).reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
    }

    struct Delivery: Hashable {
        var alertID: String
        var state: String
        var attempts: Int64
        var error: String?
        var due: String?
    }

    func deliveries(_ destination: String) throws -> [Delivery] {
        let reader = try StoreReader.open(path: directory + "/segdrift.sqlite")
        defer { try? reader.close() }
        return try reader.query(
            """
            SELECT alert_id, state, attempts, last_error, next_attempt_at FROM deliveries WHERE destination = ?
            """, [.text(destination)]
        ).rows.map { row in
            guard case .text(let id) = row[0], case .text(let state) = row[1], case .integer(let attempts) = row[2]
            else { throw StoreError.inconsistent("deliveries") }
            let texts = row[3...].map { value in if case .text(let text) = value { text } else { String?.none } }
            return Delivery(alertID: id, state: state, attempts: attempts, error: texts[0], due: texts[1])
        }
    }

    /// Puts what became of a destination's alerts into the table of faults.
    func note(_ fault: Int, _ destination: String = "crm", _ receiver: LoopbackReceiver? = nil) throws {
        let found = try deliveries(destination)
        let told = found.count { $0.state == "delivered" || $0.state == "suppressed" }
        let again = try receiver?.requests().count { $0.seen } ?? 0
        FaultTable.record(fault, alerts: found.count, told: told, again: again, kept: found.count - told)
    }

    /// Sentences of the daemon's own alerts.
    func ownAlerts() throws -> [String] { try texts("SELECT summary FROM alerts WHERE kind = 'self'") }

    /// The first column of a query.
    func texts(_ sql: String) throws -> [String] {
        let reader = try StoreReader.open(path: directory + "/segdrift.sqlite")
        defer { try? reader.close() }
        return try reader.query(sql).rows.compactMap { row in
            switch row[0] {
            case .text(let text): text
            case .integer(let number): String(number)
            default: nil
            }
        }
    }
}

extension DestinationConfiguration {
    /// A webhook of a scene.
    static func hook(
        _ url: String, name: String = "crm", secrets: [String] = [], timeoutSeconds: Double = 60,
        authorities: String? = nil
    ) -> DestinationConfiguration {
        DestinationConfiguration(
            name: name, kind: .webhook(url: url, secrets: secrets.map(SecretReference.file)),
            timeoutSeconds: timeoutSeconds, authorities: authorities)
    }

    static let log = DestinationConfiguration(name: "log", kind: .file(path: "/dev/null"))
}
