import FaultTable
import Foundation
import Testing

/// Faults 83 and 84: the configuration changes while deliveries are under way.
@Suite(
    .enabled(if: DaemonProcess.isBuilt && Receiver.isAvailable, "needs the built executable and python3"), .serialized)
struct ReloadDeliveryTests {
    private static let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let new = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"

    /// A receiver, and what it noted.
    private struct Peer {
        let receiver: Receiver
        let log: URL

        init(_ house: DeliveryHouse, _ name: String, secrets: [String], answers: String? = nil) throws {
            log = house.place.root.appending(path: "\(name).ndjson")
            var arguments = ["--log", log.path] + secrets.flatMap { ["--secret", $0] }
            if let answers {
                try house.place.write("\(name).json", answers)
                arguments += ["--script", house.place.root.appending(path: "\(name).json").path]
            }
            receiver = try Receiver("receiver.py", arguments)
        }

        var url: String { "http://127.0.0.1:\(receiver.said)/hook" }
        func hooks() throws -> [Received.Hook] { try Received.hooks(log) }
    }

    @Test(.timeLimit(.minutes(30)))
    func whatIsUnderWayEndsWithTheOldSecretAndAddressAndTheNextTakesTheNew() async throws {
        let house = try DeliveryHouse(notify: ["hook"])
        let before = try Peer(house, "before", secrets: [Self.old, Self.new], answers: #"[{"do": "hold"}, {}]"#)
        let after = try Peer(house, "after", secrets: [Self.old, Self.new])
        let root = house.place.root.path
        try house.place.write("old", Self.old)
        try house.place.write("new", Self.new)
        try house.configure(["hook: {type: webhook, url: \"\(before.url)\", secret: \"file:\(root)/old\"}"])
        let manager = try Receiver("manager.py", ["\(root)/notify"])
        let daemon = try await HeardDaemon(house.place, prelude: "export NOTIFY_SOCKET='\(root)/notify'; ")
        try house.move(4, file: "a")
        let held = try before.receiver.line(beginning: "held ").dropFirst(5)

        // The secret rotates and the receiver moves, while one delivery is at the old one.
        try house.configure([
            "hook: {type: webhook, url: \"\(after.url)\", secret: [\"file:\(root)/new\", \"file:\(root)/old\"]}"
        ])
        kill(daemon.process.processIdentifier, SIGHUP)
        _ = try manager.line(beginning: "RELOADING=1")
        _ = try manager.line(beginning: "STATUS=reloading: deliveries under way come to their end")
        #expect(try after.hooks().isEmpty, "nothing goes to the new one while the old one has not ended")
        try before.receiver.release()
        try await daemon.wait(for: "reload: the new configuration is in force")
        // A busy machine may make an attempt in vain; none reaches a receiver twice, nor the wrong one.
        _ = try await house.wait("hook") { $0.count == 4 && $0.allSatisfy { $0.state == "delivered" } }
        #expect(try before.hooks().map { "\($0.id) \($0.verifies)" } == ["\(held) [0]"])
        let moved = try after.hooks()
        #expect(moved.map(\.verifies) == [[0, 1], [0, 1], [0, 1]], "two signatures during the overlap")
        #expect(Set(moved.map(\.id) + [String(held)]).count == 4)

        // The old secret is given up; its file may go.
        try FileManager.default.removeItem(atPath: "\(root)/old")
        try house.configure(["hook: {type: webhook, url: \"\(after.url)\", secret: \"file:\(root)/new\"}"])
        kill(daemon.process.processIdentifier, SIGHUP)
        try await daemon.wait(for: "reload: the new configuration is in force")
        try house.move(1, file: "b", day: "2026-01-11")
        _ = try await house.wait("hook") { $0.count == 5 && $0.allSatisfy { $0.state == "delivered" } }
        #expect(try after.hooks().last?.verifies == [1])
        daemon.stop()
        let told = try (before.hooks() + after.hooks()).map(\.id)
        FaultTable.record(83, cases: 2, alerts: 5, told: Set(told).count, again: told.count - Set(told).count)
        withExtendedLifetime(manager) {}
    }

    /// A receiver that never answers must not keep a reload, nor the watchdog, waiting for longer than it may take.
    @Test(.timeLimit(.minutes(30)))
    func aDeliveryThatHangsEndsInItsTimeAndIsTriedAgainElsewhere() async throws {
        let house = try DeliveryHouse(notify: ["hook"])
        let stuck = try Peer(house, "stuck", secrets: [], answers: #"[{"do": "hold"}]"#)
        let after = try Peer(house, "after", secrets: [])
        let root = house.place.root.path
        try house.configure(["hook: {type: webhook, url: \"\(stuck.url)\", timeout: 4s}"])
        let manager = try Receiver("manager.py", ["\(root)/notify"])
        let daemon = try await HeardDaemon(
            house.place, prelude: "export NOTIFY_SOCKET='\(root)/notify' WATCHDOG_USEC=1500000; ")
        try house.move(1, file: "a")
        _ = try stuck.receiver.line(beginning: "held ")
        try house.configure(["hook: {type: webhook, url: \"\(after.url)\", timeout: 4s}"])
        kill(daemon.process.processIdentifier, SIGHUP)
        _ = try manager.line(beginning: "RELOADING=1")
        _ = try manager.line(beginning: "WATCHDOG=1")
        try await daemon.wait(for: "reload: the new configuration is in force")
        try await house.retry("hook")
        let done = try await house.wait("hook") { $0.count == 1 && $0.allSatisfy { $0.state == "delivered" } }
        #expect(done.first?.attempts ?? 0 >= 2)
        daemon.stop()
        let told = try after.hooks()
        #expect(told.map(\.seen) == [false])
        FaultTable.record(83, alerts: 1, told: told.count)
    }

    @Test(.timeLimit(.minutes(30)))
    func whatIsForADestinationThatIsTakenAwayWaitsInSightUntilItIsBack() async throws {
        let house = try DeliveryHouse(notify: ["hook"])
        let dead = try Peer(house, "dead", secrets: [], answers: #"[{"status": 503}]"#)
        let alive = try Peer(house, "alive", secrets: [])
        try house.configure(["hook: {type: webhook, url: \"\(dead.url)\"}"])
        let daemon = try await HeardDaemon(house.place)
        try house.move(6, file: "a")
        _ = try await house.wait("hook") { $0.count == 6 && $0.contains { $0.attempts > 0 && $0.state == "pending" } }

        try house.configure([])
        // The model still notifies it: that is an error of the configuration, and the old one stays in force.
        kill(daemon.process.processIdentifier, SIGHUP)
        try await daemon.wait(for: "reload: the old configuration stays in force")
        try house.place.write("model.yaml", DeliveryHouse.model(notify: ["log"]))
        kill(daemon.process.processIdentifier, SIGHUP)
        try await daemon.wait(for: "reload: the new configuration is in force")
        let orphaned = try await house.wait("hook") { $0.allSatisfy { $0.state == "orphaned" } }
        #expect(orphaned.count == 6)
        let asked = try dead.hooks().count
        try house.move(1, file: "b", day: "2026-01-11")
        _ = try await house.wait("log") { $0.count == 7 && $0.allSatisfy { $0.state == "delivered" } }
        #expect(try dead.hooks().count == asked, "nobody tries it")
        FaultTable.record(84, alerts: 6, kept: orphaned.count)

        try house.configure(["hook: {type: webhook, url: \"\(alive.url)\"}"])
        kill(daemon.process.processIdentifier, SIGHUP)
        try await daemon.wait(for: "reload: the new configuration is in force")
        _ = try await house.wait("hook") { $0.count == 6 && $0.allSatisfy { $0.state == "delivered" } }
        daemon.stop()
        let told = try alive.hooks()
        #expect(Set(told.map(\.id)).count == 6 && told.count == 6)
        FaultTable.record(84, alerts: 6, told: told.count)
    }
}
