import DriftModel
import DriftStore
import Foundation
import Synchronization
import Systemd
import Testing

@testable import DriftAlerts

/// A network that answers as told, and remembers what it was asked.
final class ScriptedNetwork: HTTPTransport {
    let asked = Mutex<[OutgoingRequest]>([])
    private let answer: @Sendable (Int, OutgoingRequest) -> HTTPOutcome

    /// - Parameter answer: To the n-th request, from 1.
    init(_ answer: @escaping @Sendable (Int, OutgoingRequest) -> HTTPOutcome) {
        self.answer = answer
    }

    func post(_ request: OutgoingRequest) async -> HTTPOutcome {
        let number = asked.withLock { asked in
            asked.append(request)
            return asked.count
        }
        return answer(number, request)
    }

    static func status(_ status: Int, retryAfter: String? = nil) -> HTTPOutcome {
        .answered(status: status, retryAfter: retryAfter, location: nil, text: "")
    }
}

/// A clock that a test moves on.
final class TestClock: Sendable {
    private let time: Mutex<Instant>

    init(_ start: Instant) { time = Mutex(start) }

    var now: Instant { time.withLock { $0 } }
    func advance(_ seconds: Int64) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}

@Suite struct LaneTests {
    static let start = Instant(seconds: 1_700_000_000)

    static func row(_ id: Int64, destination: String = "crm") -> DeliveryRow {
        DeliveryRow(
            deliveryID: id, alertID: "alert-\(id)", destination: destination, state: .pending, attempts: 0, dueAt: nil,
            startedAt: nil, body: Array(#"{"id":"alert-\#(id)","type":"t","data":{"summary":"s"}}"#.utf8),
            severity: .critical, rule: "downgrade", createdAt: start)
    }

    static func lane(
        _ outbox: MemoryOutbox, _ network: any HTTPTransport,
        jitter: @escaping @Sendable () -> Double = { 0 }
    ) -> DeliveryLane {
        let sink = WebhookSink(
            url: "https://crm.example/hook", secrets: [],
            source: SecretSource(credentials: Credentials(environment: [:])),
            transport: network, timeoutSeconds: 15)
        return DeliveryLane(
            destination: "crm", sink: sink, outbox: outbox,
            own: OwnAlerts(instance: "test", destinations: ["crm", "ops"]), jitter: jitter)
    }

    /// Lets the lane work whenever it asked to, on a simulated clock, for so long.
    @discardableResult
    static func run(_ lane: DeliveryLane, _ clock: TestClock, seconds: Int64) async throws -> Int {
        let end = clock.now.advanced(bySeconds: seconds)
        var delivered = 0
        while clock.now < end {
            let report = try await lane.drain(now: { clock.now })
            delivered += report.delivered
            let next = report.nextAt ?? end
            clock.advance(max(1, min(next, end).secondsFloor - clock.now.secondsFloor + 1))
        }
        return delivered
    }

    /// Fault 69: whatever the jitter.
    @Test(arguments: [-1.0, 0, 1])
    func nothingIsLostWhileADestinationIsDownForThreeDays(jitter: Double) async throws {
        let outbox = MemoryOutbox((1...20).map { Self.row($0) })
        let clock = TestClock(Self.start)
        let end = Self.start.advanced(bySeconds: 72 * 3_600)
        let network = ScriptedNetwork { _, _ in clock.now < end ? .failed(.connect, reason: "refused") : .ok }
        let lane = Self.lane(outbox, network, jitter: { jitter })
        #expect(try await Self.run(lane, clock, seconds: 72 * 3_600) == 0)
        #expect(outbox.states.allSatisfy { $0 == .pending })
        // Within a day of its return everything has arrived, without anybody's help.
        #expect(try await Self.run(lane, clock, seconds: 26 * 3_600) == 20)
        #expect(outbox.states.allSatisfy { $0 == .delivered })
        let bodies = Dictionary(grouping: network.asked.withLock { $0 }) {
            $0.headers.first { $0.name == "webhook-id" }
        }
        #expect(bodies.count == 20)
        #expect(bodies.values.allSatisfy { Set($0.map(\.body)).count == 1 }, "the same bytes on every attempt")
    }

    /// Fault 69: and what is given up in the end is said elsewhere, once.
    @Test func whatIsGivenUpIsSaidElsewhereOnce() async throws {
        let outbox = MemoryOutbox((1...3).map { Self.row($0) })
        let clock = TestClock(Self.start)
        let lane = Self.lane(outbox, ScriptedNetwork { _, _ in .failed(.connect, reason: "refused") })
        try await Self.run(lane, clock, seconds: 110 * 3_600)
        #expect(outbox.states == [.dead, .dead, .dead])
        #expect(outbox.attempts.allSatisfy { $0 >= 10 })
        let dead = outbox.told.filter { $0.summary.contains("is given up") }
        #expect(dead.count == 1, "one a day")
        // And long before that it was said, at most once a day, that nothing arrives.
        let down = outbox.told.filter { $0.summary.contains("has taken nothing since 2023-11-14T22:13:20Z") }
        #expect(down.count == 3 && down.count + dead.count == outbox.told.count, "\(outbox.told.map(\.summary))")
        #expect(outbox.told.allSatisfy { $0.kind == "self" && $0.severity == .error })
        #expect(outbox.told.allSatisfy { $0.summary.contains("segdrift alerts retry --destination crm") })
        #expect(Set(outbox.tellings) == ["ops"], "never through the one that fails")
    }

    /// Fault 72.
    @Test(arguments: [
        ("120", 120), ("-5", 5), ("0", 5), ("999999999999999999999999", 86_400), ("soon", 5),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120),
    ])
    func retryAfterIsHonouredWithinReason(header: String, seconds: Int64) async throws {
        let outbox = MemoryOutbox([Self.row(1)])
        let clock = TestClock(Self.start)
        let network = ScriptedNetwork { number, _ in
            number == 1 ? ScriptedNetwork.status(429, retryAfter: header) : .ok
        }
        let report = try await Self.lane(outbox, network).drain(now: { clock.now })
        #expect(report.nextAt == Self.start.advanced(bySeconds: seconds))
    }

    /// Fault 73.
    @Test(arguments: [301, 302, 307, 308])
    func aRedirectIsAFailureThatSaysWhatToDo(status: Int) async throws {
        let outbox = MemoryOutbox([Self.row(1)])
        let network = ScriptedNetwork { _, _ in
            .answered(status: status, retryAfter: nil, location: "https://new.example/", text: "")
        }
        _ = try await Self.lane(outbox, network).drain(now: { Self.start })
        #expect(network.asked.withLock { $0.count } == 1)
        #expect(
            outbox.errors == [
                "answered \(status), a redirect to https://new.example/, which is not followed; put the new address into 'url'"
            ])
    }

    /// Fault 74.
    @Test func goneSwitchesTheDestinationOffAndSaysSo() async throws {
        let outbox = MemoryOutbox([Self.row(1), Self.row(2)])
        let network = ScriptedNetwork { _, _ in ScriptedNetwork.status(410) }
        let lane = Self.lane(outbox, network)
        _ = try await lane.drain(now: { Self.start })
        _ = try await lane.drain(now: { Self.start.advanced(bySeconds: 86_400) })
        #expect(network.asked.withLock { $0.count } == 1)
        #expect(outbox.states == [.dead, .pending])
        #expect(outbox.told.contains { $0.summary.contains("is switched off: answered 410") })
    }

    @Test(arguments: [400, 401, 403, 404, 413, 422])
    func whatTheReceiverDislikesIsGivenUpAfterThreeAttempts(status: Int) async throws {
        let outbox = MemoryOutbox([Self.row(1), Self.row(2)])
        let clock = TestClock(Self.start)
        let network = ScriptedNetwork { _, request in
            request.headers.contains { $0.value == "alert-1" } ? ScriptedNetwork.status(status) : .ok
        }
        try await Self.run(Self.lane(outbox, network), clock, seconds: 7_200)
        // One poison alert blocks nobody.
        #expect(outbox.states == [.dead, .delivered])
        #expect(outbox.attempts == [3, 1])
    }

    @Test func aDestinationThatIsDownIsOnlyProbed() async throws {
        let outbox = MemoryOutbox((1...500).map { Self.row($0) })
        let clock = TestClock(Self.start)
        let network = ScriptedNetwork { _, _ in .failed(.connect, reason: "refused") }
        try await Self.run(Self.lane(outbox, network), clock, seconds: 3_600)
        let attempts = network.asked.withLock { $0.count }
        #expect(attempts > 50 && attempts < 70, "about one a minute: \(attempts)")
    }

    /// Nobody but the lane knows what became of an attempt: it is not made again, and not forgotten.
    @Test(arguments: [true, false])
    func whatBecameOfAnAttemptIsKeptUntilItIsWrittenDown(arrives: Bool) async throws {
        let outbox = MemoryOutbox([Self.row(1)])
        outbox.failuresToCome.withLock { $0 = 2 }
        let network = ScriptedNetwork { _, _ in arrives ? .ok : .failed(.connect, reason: "refused") }
        let lane = Self.lane(outbox, network)
        for _ in 1...2 {
            await #expect(throws: MemoryOutbox.Busy.self) { try await lane.drain(now: { Self.start }) }
        }
        #expect(outbox.states == [.sending])
        _ = try await lane.drain(now: { Self.start })
        #expect(outbox.states == [arrives ? .delivered : .pending])
        #expect(network.asked.withLock { $0.count } == 1)
    }

    /// A program that fails is not known to be down, as a host is that takes no connection.
    @Test func aProgramThatFailsForAnHourIsToldAndWhatWaitsForItComesAtOnceWhenItWorks() async throws {
        let outbox = MemoryOutbox([Self.row(1), Self.row(2)])
        let clock = TestClock(Self.start)
        let program = BrokenProgram(until: Self.start.advanced(bySeconds: 3 * 3_600))
        let lane = DeliveryLane(
            destination: "crm", sink: program, outbox: outbox,
            own: OwnAlerts(instance: "test", destinations: ["crm", "ops"]), jitter: { 0 })
        #expect(try await Self.run(lane, clock, seconds: 3 * 3_600) == 0)
        #expect(
            outbox.told.map { $0.summary.hasPrefix("Destination crm has taken nothing since 2023-11-14") } == [true])
        outbox.add(Self.row(3), dueAt: clock.now)
        #expect(try await lane.drain(now: { clock.now.advanced(bySeconds: 60) }).delivered == 3)
    }

    @Test func aSecretThatIsMissingSendsNothingUnsigned() async throws {
        let outbox = MemoryOutbox([Self.row(1)])
        let network = ScriptedNetwork { _, _ in .ok }
        let sink = WebhookSink(
            url: "https://crm.example/hook", secrets: [.credential("crm")],
            source: SecretSource(credentials: Credentials(environment: [:])), transport: network, timeoutSeconds: 15)
        let lane = DeliveryLane(
            destination: "crm", sink: sink, outbox: outbox,
            own: OwnAlerts(instance: "test", destinations: []), jitter: { 0 })
        let report = try await lane.drain(now: { Self.start })
        #expect(report.failed == 1)
        #expect(network.asked.withLock { $0.isEmpty })
        #expect(outbox.errors.first??.contains("credential 'crm'") == true)
    }
}

/// A program that fails until an instant.
private struct BrokenProgram: RemoteSink {
    let until: Instant

    init(until: Instant) { self.until = until }

    func send(_ delivery: DeliveryRow, now: Instant) async -> DeliveryResult {
        now < until ? .failed(reason: "exit status 1", destinationIsDown: false) : .delivered
    }
}

/// A network that answers only when it is let go.
private final class HeldNetwork: HTTPTransport {
    private let held: AsyncStream<Void>
    private let release: AsyncStream<Void>.Continuation

    init() { (held, release) = AsyncStream.makeStream() }

    func letGo() { release.finish() }

    func post(_ request: OutgoingRequest) async -> HTTPOutcome {
        for await _ in held {}
        return .ok
    }
}

@Suite struct BulkheadTests {
    /// Fault 70: while one destination never answers, the other has everything.
    @Test func aDestinationThatHangsHoldsUpNoOther() async throws {
        let outbox = MemoryOutbox(
            (1...5).map { LaneTests.row($0, destination: "slow") }
                + (6...10).map { LaneTests.row($0, destination: "crm") })
        let held = HeldNetwork()
        let own = OwnAlerts(instance: "test", destinations: [])
        let slow = DeliveryLane(
            destination: "slow",
            sink: WebhookSink(
                url: "https://slow.example/", secrets: [],
                source: SecretSource(credentials: Credentials(environment: [:])), transport: held, timeoutSeconds: 15),
            outbox: outbox, own: own, jitter: { 0 })
        async let hanging = slow.drain(now: { LaneTests.start })
        let quick = try await LaneTests.lane(outbox, ScriptedNetwork { _, _ in .ok }).drain(now: { LaneTests.start })
        #expect(quick.delivered == 5)
        held.letGo()
        #expect(try await hanging.delivered == 5)
        #expect(outbox.states.allSatisfy { $0 == .delivered })
    }
}

extension HTTPOutcome {
    static let ok = HTTPOutcome.answered(status: 200, retryAfter: nil, location: nil, text: "")
}

@Suite struct StandardWebhooksTests {
    /// The example of the specification's reference libraries, and the same computed with Python's `hmac`.
    @Test func signsAsTheSpecificationSays() {
        let key = StandardWebhooks.key(Array("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8))
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let signature = StandardWebhooks.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: body, key: key)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func bothSecretsSignWhileOneRotates() {
        let headers = StandardWebhooks.headers(id: "a", timestamp: 1, body: [1], keys: [[1], [2]])
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        let signatures = headers[2].value.split(separator: " ")
        #expect(signatures.count == 2 && Set(signatures).count == 2)
        #expect(signatures.allSatisfy { $0.hasPrefix("v1,") })
    }
}

@Suite struct AddressGuardTests {
    private func objection(_ address: String, host: String, allowsPrivate: Bool = false) throws -> String? {
        AddressGuard(allowsPrivate: allowsPrivate).objection(to: try #require(NetworkAddress(address)), host: host)
    }

    /// Fault 98: the metadata service under all its names, private networks behind public names.
    @Test(arguments: [
        ("169.254.169.254", "169.254.169.254"), ("169.254.169.254", "metadata.example"), ("0.0.0.0", "0.0.0.0"),
        ("127.0.0.1", "crm.example"), ("127.0.0.1", "0x7f000001"), ("127.0.0.1", "2130706433"), ("::1", "crm.example"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"), ("::ffff:169.254.169.254", "crm.example"),
        ("64:ff9b::7f00:1", "crm.example"), ("2002:7f00:1::", "crm.example"), ("fe80::1", "crm.example"),
        ("10.1.2.3", "crm.example"), ("fd00::1", "crm.example"), ("224.0.0.1", "crm.example"),
        ("100.64.1.1", "crm.example"),
    ])
    func whatMustNotBeReachedIsNot(address: String, host: String) throws {
        #expect(try objection(address, host: host) != nil)
    }

    @Test(arguments: [
        ("93.184.216.34", "crm.example"), ("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "localhost"), ("::1", "::1"),
        ("10.1.2.3", "10.1.2.3"), ("2606:2800:220:1::1", "crm.example"), ("192.0.66.2", "crm.example"),
    ])
    func whatIsMeantIsReached(address: String, host: String) throws {
        #expect(try objection(address, host: host) == nil)
    }

    @Test func aPrivateNetworkIsReachedWhereItIsAllowed() throws {
        #expect(try objection("10.1.2.3", host: "crm.example", allowsPrivate: true) == nil)
        #expect(try objection("169.254.169.254", host: "crm.example", allowsPrivate: true) != nil)
    }
}
