import DriftModel
import DriftStore
import Foundation
import FoundationNetworking
import Glibc
import Synchronization
import Testing

@testable import DriftAlerts

/// Debian's Alertmanager, started on loopback for a test; nothing of the package's service is touched.
final class RealAlertmanager {
    static let path: String? = {
        let here = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let places = [
            ProcessInfo.processInfo.environment["SEGDRIFT_ALERTMANAGER"] ?? "",
            here + "/.build/tools/usr/bin/prometheus-alertmanager", "/usr/bin/prometheus-alertmanager",
        ]
        return places.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    let url: String
    private let process = Process()
    private let output = Pipe()
    private let directory: String

    init(_ path: String) throws {
        directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let configuration = """
            route: {receiver: nobody, group_by: [alertname, segmentation], group_wait: 1s}
            receivers: [{name: nobody}]
            """
        try Data(configuration.utf8).write(to: URL(filePath: directory + "/am.yml"))
        let port = Self.freePort()
        url = "http://127.0.0.1:\(port)"
        process.executableURL = URL(filePath: path)
        process.arguments = [
            "--config.file=\(directory)/am.yml", "--storage.path=\(directory)/data",
            "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = output
        try process.run()
    }

    deinit {
        // Where other tests have this process ignore SIGTERM, its children may, too.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private static func freePort() -> UInt16 {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe bind(probe, pointer, length)
                _ = unsafe getsockname(probe, pointer, &length)
            }
            return unsafe UInt16(bigEndian: pointer.pointee.sin_port)
        }
    }

    private func get(_ uri: String) async -> Data? {
        guard let target = URL(string: url + uri),
            let (data, answer) = try? await URLSession.shared.data(from: target),
            (answer as? HTTPURLResponse)?.statusCode == 200
        else { return nil }
        return data
    }

    /// Waits until the child process says that it listens, and answers.
    func isReady() async -> Bool {
        var said = ""
        while !said.contains("Listening on") && !said.contains("TLS is disabled") {
            let part = output.fileHandleForReading.availableData
            if part.isEmpty { return false }
            said += String(decoding: part, as: UTF8.self)
        }
        for _ in 0..<1_000 where await get("/-/ready") != nil { return true }
        return false
    }

    private struct Status: Decodable {
        /// When it was started.
        var uptime: String
    }

    /// Its own time, a moment ago: the test has no clock.
    func startedAt() async throws -> Instant {
        let data = try #require(await get("/api/v2/status"))
        let text = try JSONDecoder().decode(Status.self, from: data).uptime
        let bytes = Array(text.utf8)
        let instant = TimestampText.parse(bytes.span, zone: .utc)
        return try #require(instant)
    }

    struct Alert: Decodable {
        var labels: [String: String]
        var annotations: [String: String]
    }

    struct Group: Decodable {
        var labels: [String: String]
        var alerts: [Alert]
    }

    func alerts() async throws -> [Alert] {
        let data = try #require(await get("/api/v2/alerts?active=true"))
        return try JSONDecoder().decode([Alert].self, from: data)
    }

    func groups() async throws -> [Group] {
        let data = try #require(await get("/api/v2/alerts/groups"))
        return try JSONDecoder().decode([Group].self, from: data)
    }
}

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

    @Test func debiansAlertmanagerReceivesGroupsAndResolves() async throws {
        guard let path = RealAlertmanager.path else {
            print("prometheus-alertmanager is not installed (scripts/test-tools.sh fetches it): skipped")
            return
        }
        let manager = try RealAlertmanager(path)
        try #require(await manager.isReady())
        let sink = Self.sink(manager.url)
        let now = try await manager.startedAt()
        // Received: two moves with the same labels are one state, and no label is a customer.
        #expect(await sink.send(try Self.row(1, now: now), now: now) == .delivered)
        let kept = try [1, 2, 3].map { customer in
            KeptAlert(
                alertID: "alert-\(customer)", createdAt: now, endedAt: nil, body: try Self.body(Int64(customer)))
        }
        #expect(await sink.keep(kept, now: now) == .delivered)
        let alerts = try await manager.alerts()
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
        let groups = try await manager.groups()
        #expect(groups.map(\.labels) == [["alertname": "champion_slipping", "segmentation": "value"]])
        // Resolved: the end is posted, and Alertmanager has no active alert any more.
        let later = now.advanced(bySeconds: -1)
        let ended = kept.map { alert in
            KeptAlert(
                alertID: alert.alertID, createdAt: now.advanced(bySeconds: -60), endedAt: later, body: alert.body)
        }
        #expect(await sink.keep(ended, now: now) == .delivered)
        #expect(try await manager.alerts().isEmpty)
    }

    /// Fault 78: a batch with a bad alert; the good ones arrive.
    @Test func aBadAlertInABatchDoesNotHoldTheGoodOnesUp() async throws {
        guard let path = RealAlertmanager.path else {
            print("prometheus-alertmanager is not installed (scripts/test-tools.sh fetches it): skipped")
            return
        }
        let manager = try RealAlertmanager(path)
        try #require(await manager.isReady())
        let now = try await manager.startedAt()
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
        #expect(try await manager.alerts().map { $0.labels["severity"] } == ["critical"])
    }

    /// Fault 79: what holds is posted every minute, what ended for five more.
    @Test func whatHoldsIsPostedAgainAndItsEndFiveMinutesLong() async throws {
        let outbox = MemoryOutbox([])
        let network = ScriptedNetwork { _, _ in .ok }
        let clock = TestClock(LaneTests.start)
        let lane = DeliveryLane(
            destination: "am", sink: Self.sink("http://127.0.0.1:9093", network), rate: nil, outbox: outbox,
            own: OwnAlerts(instance: "test", destinations: [], outbox: outbox), jitter: { 0 })
        let alert = KeptAlert(
            alertID: "a", createdAt: LaneTests.start, endedAt: nil, body: try Self.body(1))
        outbox.kept.withLock { $0 = [alert] }
        try await LaneTests.run(lane, clock, seconds: 600)
        let posts = network.asked.withLock { $0 }
        #expect(posts.count >= 9 && posts.count <= 11, "\(posts.count)")
        #expect(posts.allSatisfy { $0.url == "http://127.0.0.1:9093/api/v2/alerts" })
        #expect(String(decoding: posts[0].body, as: UTF8.self).contains(#""endsAt":"2023-11-14T22:16:20Z""#))
    }
}
