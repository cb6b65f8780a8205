import DriftModel
import DriftStore
import Foundation
import Systemd
import Testing

@testable import DriftAlerts

/// The faults of delivery against a receiver that is no part of this program, over the real network of the loopback.
/// Only the clock is simulated. Numbers are those of the fault catalogue.
@Suite(.enabled(if: LoopbackReceiver.isAvailable, "needs python3"))
struct DeliveryFaultTests {
    /// An address at which nobody listens any more.
    private static func deadURL() throws -> (url: String, port: Int) {
        let receiver = try LoopbackReceiver()
        receiver.stop()
        return (receiver.url, receiver.port)
    }

    // 68
    @Test func anAnswerThatWasNeverWrittenDownIsAskedForAgainWithTheSameIdAndBytes() async throws {
        let receiver = try LoopbackReceiver()
        let scene = try OutboxScene([.hook(receiver.url)])
        let ids = try scene.tell(1)
        // What a process does before it is killed: taken, sent, answered – and nothing noted.
        let taken = try scene.store.takeDue(destination: "crm", now: scene.clock.now, limit: 1)
        let sink = WebhookSink(
            url: receiver.url, secrets: [], source: SecretSource(credentials: .init(environment: [:])),
            transport: SinkFactory.network(scene.destinations[0]), timeoutSeconds: 60)
        #expect(await sink.send(taken[0], now: scene.clock.now) == .delivered)
        #expect(try scene.states("crm") == ["sending": 1])
        scene.clock.advance(seconds: 3)
        #expect(try scene.recover() == 1)
        #expect(try await scene.drain("crm").delivered == 1)
        let requests = try receiver.requests()
        #expect(requests.map(\.id) == [ids[0], ids[0]])
        #expect(requests.map(\.seen) == [false, true])
        #expect(Set(requests.map(\.digest)).count == 1)
        #expect(try scene.states("crm") == ["delivered": 1])
        try scene.note(68, "crm", receiver)
    }

    // 69
    @Test(arguments: [1, 24, 60, 72] as [Int64])
    func aReceiverThatIsDownForDaysMissesNothing(hours: Int64) async throws {
        let (url, port) = try Self.deadURL()
        let scene = try OutboxScene([.hook(url), .log])
        let ids = try scene.tell(20, to: ["crm"])
        let duringOutage = try await scene.live("crm", seconds: hours * 3_600)
        #expect(duringOutage == 0)
        #expect(try scene.states("crm") == ["pending": 20])
        let receiver = try LoopbackReceiver(port: port)
        // Whatever was to be tried in a day is tried as soon as the first has arrived.
        #expect(try await scene.live("crm", seconds: 29 * 3_600) == 20)
        #expect(try scene.states("crm") == ["delivered": 20])
        #expect(Set(try receiver.requests().map(\.id)) == Set(ids))
        #expect(try receiver.requests().count == 20)
        // Elsewhere it was said: at the first attempt after an hour, and then after a day.
        let told = try scene.ownAlerts()
        #expect(told.count == [1: 0, 24: 1, 60: 2, 72: 2][hours], "\(told)")
        #expect(told.allSatisfy { $0.hasPrefix("Destination crm has taken nothing since 2026-09-21T14:13:20Z") })
        #expect(try scene.states("log")["pending"] ?? 0 == told.count)
        try scene.note(69, "crm", receiver)
    }

    // 69
    @Test func afterMoreThanThreeDaysItIsDeadSaidSoElsewhereAndCanBeRetried() async throws {
        let (url, port) = try Self.deadURL()
        let scene = try OutboxScene([.hook(url), .log])
        let ids = try scene.tell(5, to: ["crm"])
        #expect(try await scene.live("crm", seconds: 75 * 3_600 - 60) == 0)
        #expect(try scene.states("crm") == ["pending": 5])
        try await scene.live("crm", seconds: 48 * 3_600)
        #expect(try scene.states("crm") == ["dead": 5])
        let told = try scene.ownAlerts()
        #expect(told.filter { $0.contains("is given up") }.count == 1, "\(told)")
        #expect(told.filter { $0.contains("has taken nothing") }.count == 3, "\(told)")
        #expect(told.count == 4)
        #expect(told.allSatisfy { $0.contains("crm") && $0.contains("segdrift alerts retry") })
        #expect(try scene.states("log")["pending"] == told.count)

        let receiver = try LoopbackReceiver(port: port)
        let retried = try scene.store.write { try $0.retryFailed(destination: "crm", at: scene.clock.now) }
        #expect(retried.due == 5 && retried.revived == 5)
        #expect(try await scene.live("crm", seconds: 3_600) == 5)
        #expect(Set(try receiver.requests().map(\.id)) == Set(ids))
        try scene.note(69, "crm", receiver)
    }

    // 70
    @Test func aDestinationThatNeverAnswersHoldsUpNoOther() async throws {
        let stuck = try LoopbackReceiver(answers: [.init(manner: "hang")])
        let healthy = try LoopbackReceiver()
        let scene = try OutboxScene([
            .hook(stuck.url, name: "stuck", timeoutSeconds: 3_600), .hook(healthy.url, name: "healthy"),
        ])
        try scene.tell(30)
        let (lane, clock) = (scene["stuck"], scene.clock)
        async let hanging = lane.drain(now: { clock.now })
        #expect(try await scene.drain("healthy").delivered == 30)
        // Nobody answered all the while; now nobody is there who could.
        stuck.stop()
        #expect(try await hanging.failed == 1)
        #expect(try scene.states("healthy") == ["delivered": 30])
        #expect(try scene.states("stuck") == ["pending": 30])
        try scene.note(70, "healthy", healthy)
        try scene.note(70, "stuck")
    }

    // 71
    @Test(arguments: ["hang", "drip", "endless", "reset", "cut"])
    func anAnswerThatDoesNotComeToAnEndIsNone(manner: String) async throws {
        let receiver = try LoopbackReceiver(answers: [.init(manner: manner), .taken])
        let scene = try OutboxScene([.hook(receiver.url, timeoutSeconds: 4)])
        try scene.tell(1)
        let first = try await scene.drain("crm")
        #expect(first.delivered == 0 && first.failed == 1)
        let delivery = try #require(try scene.deliveries("crm").first)
        #expect(delivery.state == "pending" && delivery.attempts == 1)
        #expect(delivery.error?.isEmpty == false)
        // However long a slow machine takes for the answer that comes.
        scene.reload([.hook(receiver.url)])
        #expect(try await scene.live("crm", seconds: 60) == 1)
        #expect(try receiver.requests().map(\.seen) == [false, false])
        try scene.note(71, "crm", receiver)
    }

    // 72
    @Test(arguments: [
        (429, "30", 30), (503, "0", 5), (429, "-5", 5), (429, "99999999999999999999", 86_400),
        (503, "next week", 5), (429, "", 5), (503, "Mon, 21 Sep 2026 14:33:20 GMT", 120),
        (503, "Mon, 21 Sep 1998 14:33:20 GMT", 5),
    ])
    func whenToComeAgainIsTheReceiversToSayWithinADay(status: Int, header: String, seconds: Int64) async throws {
        let receiver = try LoopbackReceiver(answers: [.init(status: status, headers: ["Retry-After": header]), .taken])
        let scene = try OutboxScene([.hook(receiver.url)])
        // The date of the arguments is two minutes after this.
        #expect(TimeText.instant(OutboxScene.start) == "2026-09-21T14:13:20Z")
        scene.clock.advance(seconds: 18 * 60)
        try scene.tell(2)
        let begin = scene.clock.now
        let report = try await scene.drain("crm")
        #expect(report.failed == 1, "only one is tried at a receiver that wants to be left alone")
        #expect(report.nextAt == begin.advanced(bySeconds: seconds), "\(header)")
        #expect(try await scene.live("crm", seconds: 2 * 86_400) == 2)
        #expect(try receiver.requests().count == 3)
        try scene.note(72, "crm", receiver)
    }

    // 73
    @Test(arguments: [301, 302, 303, 307, 308])
    func aRedirectIsAFailureThatSaysWhatToDo(status: Int) async throws {
        let elsewhere = try LoopbackReceiver()
        let receiver = try LoopbackReceiver(answers: [.init(status: status, headers: ["Location": elsewhere.url])])
        let scene = try OutboxScene([.hook(receiver.url)])
        try scene.tell(1)
        try await scene.drain("crm")
        let error = try #require(try scene.deliveries("crm").first?.error)
        #expect(error.contains("redirect") && error.contains(elsewhere.url) && error.contains("url"), "\(error)")
        #expect(try elsewhere.requests().isEmpty)
        #expect(try scene.states("crm") == ["pending": 1])
        try scene.note(73, "crm", receiver)
    }

    // 74
    @Test func whoIsGoneIsLeftAloneUntilAPersonSaysOtherwise() async throws {
        let receiver = try LoopbackReceiver(answers: [.init(status: 410), .taken])
        let scene = try OutboxScene([.hook(receiver.url), .log])
        try scene.tell(3, to: ["crm"])
        try await scene.drain("crm")
        try await scene.live("crm", seconds: 86_400)
        #expect(try receiver.requests().count == 1)
        // Not after a restart either.
        try scene.recover()
        try scene.tell(1, first: 4, to: ["crm"])
        try await scene.live("crm", seconds: 3_600)
        #expect(try receiver.requests().count == 1)
        let told = try scene.ownAlerts()
        #expect(told.contains { $0.contains("crm is switched off") && $0.contains("410") }, "\(told)")
        #expect(try scene.deliveries("crm").allSatisfy { $0.state != "delivered" })

        _ = try scene.store.write { try $0.retryFailed(destination: "crm", at: scene.clock.now) }
        #expect(try await scene.live("crm", seconds: 3_600) == 4)
        #expect(try scene.states("crm") == ["delivered": 4])
        try scene.note(74, "crm", receiver)
    }

    // (e) 5
    @Test(arguments: [400, 401, 403, 404, 413, 422])
    func anAlertThatIsNotLikedIsGivenUpAfterThreeAttemptsAndBlocksNoOther(status: Int) async throws {
        let dislike = LoopbackReceiver.Answer(status: status, body: "not this one")
        let receiver = try LoopbackReceiver(answers: [dislike, .taken, dislike, dislike, .taken])
        let scene = try OutboxScene([.hook(receiver.url), .log])
        try scene.tell(2, to: ["crm"])
        #expect(try await scene.live("crm", seconds: 3_600) == 1)
        let states = try scene.deliveries("crm")
        #expect(states.map(\.state).sorted() == ["dead", "delivered"])
        let dead = try #require(states.first { $0.state == "dead" })
        #expect(dead.attempts == 3)
        #expect(dead.error?.contains("\(status)") == true && dead.error?.contains("not this one") == true)
        #expect(try scene.ownAlerts().count == 1)
    }

    // 84
    @Test func whatIsForADestinationThatWasTakenAwayWaitsInSight() async throws {
        let (url, port) = try Self.deadURL()
        let scene = try OutboxScene([.hook(url), .log])
        try scene.tell(3, to: ["crm"])
        try await scene.drain("crm")
        _ = try scene.store.recover(configured: ["log"], at: scene.clock.now)
        #expect(try scene.states("crm") == ["orphaned": 3])
        let receiver = try LoopbackReceiver(port: port)
        try await scene.live("crm", seconds: 3_600)
        #expect(try receiver.requests().isEmpty)
        try scene.recover()
        #expect(try await scene.live("crm", seconds: 3_600) == 3)
        try scene.note(84, "crm", receiver)
    }
}
