import DriftModel
import DriftStore
import Foundation
import Synchronization
import Testing

@testable import DriftAlerts

/// What goes beyond a destination's rate becomes one digest: on the real database, a simulated clock and a network that
/// answers as told.
@Suite struct RateTests {
    /// 30 a minute, 60 at once.
    private static let limited = DestinationConfiguration(
        name: "crm", kind: .webhook(url: "https://crm.example/hook", secrets: []),
        rate: DeliveryRate(count: 30, perSeconds: 60))
    private static let free = DestinationConfiguration(
        name: "all", kind: .webhook(url: "https://all.example/hook", secrets: []))

    private struct Message: Decodable {
        struct Facts: Decodable {
            var summary: String
            var kind: String?
            var moves: Int?
            var alerts: [String]?
            var top: [Top]?
            var query: String?
        }
        struct Top: Decodable { var customer: String }
        var id: String
        var type: String
        var data: Facts
    }

    private static func messages(_ network: ScriptedNetwork, host: String = "crm") throws -> [Message] {
        try network.asked.withLock { $0 }.filter { $0.url.contains(host + ".example") }.map {
            try JSONDecoder().decode(Message.self, from: Data($0.body))
        }
    }

    @Test func whatGoesBeyondTheRateIsOneDigestThatEveryAlertInItNames() async throws {
        let network = ScriptedNetwork { _, _ in .ok }
        let scene = try OutboxScene([Self.limited], network: network)
        let ids = try scene.tell(200)
        #expect(try await scene.drain("crm").delivered == 60)
        #expect(try await scene.live("crm", seconds: 3_600) == 1)
        let messages = try Self.messages(network)
        #expect(messages.prefix(60).map(\.id) == Array(ids.prefix(60)))
        let digest = try #require(messages.last)
        #expect(messages.count == 61 && digest.type == "segdrift.digest.v1" && digest.data.kind == "rate")
        #expect(digest.data.moves == 140)
        #expect(digest.data.alerts == Array(ids[60..<70]))
        #expect(digest.data.top?.map(\.customer) == (191...200).reversed().map { "C-\($0)" })
        #expect(
            digest.data.summary
                == "140 more alerts, told together because crm takes 30 a minute: loyal -> at_risk 140 (value). "
                + "Customers: C-200 (200), C-199 (199), C-198 (198), C-197 (197), C-196 (196) and 135 more. "
                + "Look: segdrift alerts --digest \(digest.id.prefix(12))")
        // Every alert is still a row, and says by what it was told.
        let told = try scene.texts(
            "SELECT count(*) FROM alerts WHERE state = 'digested' AND suppressed_by = 'digest \(digest.id)'")
        #expect(told == ["140"])
        #expect(
            try scene.texts("SELECT alert_id FROM deliveries WHERE suppressed_by = 'digest \(digest.id)'")
                == Array(ids.dropFirst(60)))
        #expect(try scene.states("crm") == ["delivered": 61, "suppressed": 140])
        #expect(try scene.texts("SELECT severity FROM alerts WHERE alert_id = '\(digest.id)'") == ["warning"])
    }

    @Test func whoIsToldEverythingIsTold() async throws {
        let network = ScriptedNetwork { _, _ in .ok }
        let scene = try OutboxScene([Self.limited, Self.free], network: network)
        try scene.tell(100)
        #expect(try await scene.drain("all").delivered == 100)
        try await scene.live("crm", seconds: 600)
        #expect(try Self.messages(network, host: "all").count == 100)
        #expect(try Self.messages(network).count == 61)
        // The alerts are told, if not to everyone one by one.
        let digest = try scene.texts("SELECT alert_id FROM alerts WHERE kind = 'digest'")
        let marked = try scene.texts(
            "SELECT count(*) FROM alerts WHERE state = 'due' AND suppressed_by = 'at crm: digest \(digest[0])'")
        #expect(digest.count == 1 && marked == ["40"])
    }

    @Test func aRestartGivesNothingAwayAndMakesNoSecondDigest() async throws {
        let network = ScriptedNetwork { _, _ in .ok }
        let scene = try OutboxScene([Self.limited], network: network)
        try scene.tell(100)
        try await scene.drain("crm")
        for second in 1...59 {
            scene.clock.set(OutboxScene.start.advanced(bySeconds: Int64(second)))
            try scene.recover()
            #expect(try await scene.drain("crm").delivered == 0, "after \(second) s")
        }
        scene.clock.set(OutboxScene.start.advanced(bySeconds: 60))
        // Taken, and the process ends before it can send: the digest is made, and it is made once.
        #expect(try scene.outbox.takeDue(destination: "crm", now: scene.clock.now, limit: 64).count == 1)
        #expect(try scene.recover() == 1)
        #expect(try await scene.live("crm", seconds: 3_600) == 1)
        #expect(try Self.messages(network).filter { $0.type == "segdrift.digest.v1" }.map(\.data.moves) == [40])
        #expect(try scene.texts("SELECT count(*) FROM alerts WHERE kind = 'digest'") == ["1"])
    }

    /// What the receiver may have had before the process ended it knows again by its id alone.
    @Test func whatMayHaveArrivedIsSentAgainItselfAndIsNoPartOfADigest() async throws {
        let network = ScriptedNetwork { _, _ in .ok }
        let scene = try OutboxScene([Self.limited], network: network)
        try scene.tell(59)
        #expect(try await scene.drain("crm").delivered == 59)
        let ids = try scene.tell(41, first: 60)
        let taken = try scene.outbox.takeDue(destination: "crm", now: scene.clock.now, limit: 64)
        #expect(taken.map(\.alertID) == [ids[0]])
        #expect(try scene.recover() == 1)
        try await scene.live("crm", seconds: 3_600)
        let messages = try Self.messages(network)
        #expect(messages.filter { $0.id == ids[0] }.count == 1)
        #expect(messages.compactMap(\.data.moves) == [40])
        #expect(try scene.states("crm") == ["delivered": 61, "suppressed": 40])
    }

    @Test func oneAlertMoreThanTheRateIsToldAsItIs() async throws {
        let network = ScriptedNetwork { _, _ in .ok }
        let scene = try OutboxScene([Self.limited], network: network)
        try scene.tell(61)
        #expect(try await scene.live("crm", seconds: 59) == 60)
        #expect(try await scene.live("crm", seconds: 60) == 1)
        #expect(try Self.messages(network).allSatisfy { $0.type == "segdrift.transition.v1" })
    }

    @Test func whatIsNotAboutManyCustomersNeverGoesIntoADigest() async throws {
        let network = ScriptedNetwork { _, _ in .ok }
        let scene = try OutboxScene([Self.limited], network: network)
        try scene.tell(100)
        for kind in ["population", "size", "flow", "assumption", "self", "digest"] {
            try scene.store.write { transaction in
                _ = try transaction.insertAlert(
                    AlertRow(
                        alertID: kind, rule: kind, severity: .warning, kind: kind, state: .due,
                        createdAt: scene.clock.now, summary: kind))
                try transaction.insertDelivery(
                    alertID: kind, destination: "crm",
                    body: Array(#"{"id":"\#(kind)","type":"t","data":{"summary":"\#(kind)"}}"#.utf8),
                    dueAt: scene.clock.now)
            }
        }
        try await scene.live("crm", seconds: 59)
        // They come as the rate lets them, while the moves wait for their digest.
        let messages = try Self.messages(network)
        #expect(messages.dropFirst(60).map(\.id) == ["population", "size", "flow", "assumption", "self", "digest"])
        try await scene.live("crm", seconds: 60)
        #expect(try Self.messages(network).last?.data.moves == 40)
    }

    @Test func aClockTurnedBackKeepsNobodyWaiting() async throws {
        let network = ScriptedNetwork { _, _ in .ok }
        let scene = try OutboxScene([Self.limited], network: network)
        try scene.tell(100)
        try await scene.drain("crm")
        scene.clock.set(OutboxScene.start.advanced(bySeconds: -86_400))
        try scene.recover()
        try await scene.live("crm", seconds: 86_400 * 2)
        #expect(try scene.states("crm") == ["delivered": 61, "suppressed": 40])
    }

    @Test func theJournalHasARateOfItsOwnBelowWhatJournaldDrops() {
        let journal = DestinationConfiguration(name: "ops", kind: .journal)
        let rate = journal.rateInForce
        #expect(rate == DeliveryRate(count: 100, perSeconds: 1))
        // journald's own limit without our unit: 10,000 in 30 s.
        #expect((rate?.count ?? 0) * (30 + 2) < 10_000)
        #expect(Self.free.rateInForce == nil)
    }

    /// Random loads, rates, outages, restarts and crashes: each alert is told once, alone or in a digest that arrived;
    /// no stretch of time has more messages than its rate and one reserve allow.
    @Test(arguments: Array(1...(ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] == nil ? 12 : 200)) as [UInt64])
    func nothingIsLostAndTheRateIsKept(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let rate = DeliveryRate(
            count: random.int(1...40), perSeconds: [1, 60, 3_600][random.int(0...2)])
        var destination = Self.limited
        destination.rate = rate
        let isDown = Atomic<Bool>(false)
        let times = Times()
        let network = ScriptedNetwork { _, _ in
            if isDown.load(ordering: .relaxed) { return .failed(.connect, reason: "refused") }
            return .ok
        }
        let scene = try OutboxScene([destination], network: network)
        var count = 0
        for _ in 0..<60 {
            let more = random.int(0...(random.int(0...3) == 0 ? 120 : 6))
            if more > 0 { try scene.tell(more, first: count + 1) }
            count += more
            switch random.int(0...7) {
            case 0: isDown.store(true, ordering: .relaxed)
            case 1, 2: isDown.store(false, ordering: .relaxed)
            case 3: try scene.recover()
            case 4:
                // A crash after taking: what was taken is sent again.
                _ = try scene.outbox.takeDue(destination: "crm", now: scene.clock.now, limit: 1)
                try scene.recover()
            default: break
            }
            let before = network.asked.withLock { $0.count }
            _ = try await scene.live("crm", seconds: Int64(random.int(0...90)))
            let sent = network.asked.withLock { $0.count } - before
            times.add(sent, at: scene.clock.now)
        }
        isDown.store(false, ordering: .relaxed)
        try await scene.live("crm", seconds: 40 * 86_400)
        let told = try scene.texts(
            "SELECT alert_id FROM deliveries WHERE state = 'delivered' AND alert_id IN "
                + "(SELECT alert_id FROM alerts WHERE kind = 'transition')")
        let folded = try scene.texts(
            """
            SELECT d.alert_id FROM deliveries AS d JOIN deliveries AS g
                ON d.suppressed_by = 'digest ' || g.alert_id AND g.state = 'delivered' WHERE d.state = 'suppressed'
            """)
        #expect(told.count + folded.count == count, "seed \(seed): \(told.count) + \(folded.count) of \(count)")
        #expect(Set(told).isDisjoint(with: folded), "seed \(seed)")
        let digests = try Self.messages(network).filter { $0.data.kind == "rate" }
        let sums = Dictionary(digests.map { ($0.id, $0.data.moves ?? 0) }, uniquingKeysWith: { $1 })
        #expect(sums.values.reduce(0, +) == folded.count, "seed \(seed)")
        #expect(times.worstExcess(rate) <= 0, "seed \(seed): \(rate)")
    }

    /// How many messages were sent when.
    private final class Times {
        private var entries: [(count: Int, end: Instant)] = []

        func add(_ count: Int, at end: Instant) { entries.append((count, end)) }

        /// How many more than allowed were sent in the worst stretch.
        func worstExcess(_ rate: DeliveryRate) -> Double {
            var worst = -Double.infinity
            for first in entries.indices {
                var sum = 0
                let begin = first == 0 ? OutboxScene.start : entries[first - 1].end
                for last in first..<entries.count {
                    sum += entries[last].count
                    let seconds = Double(entries[last].end.microseconds - begin.microseconds) / 1_000_000
                    let allowed = Double(rate.count) * 2 + seconds * Double(rate.count) / Double(rate.perSeconds)
                    worst = max(worst, Double(sum) - allowed - 1)
                }
            }
            return worst
        }
    }
}
