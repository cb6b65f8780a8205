import Foundation
import Testing

/// The daemon's own trouble reaches people in the network while its database can take nothing, and is written once it
/// can: with the same id and the same bytes, by which a receiver knows that it has had it.
@Suite(
    .enabled(if: DaemonProcess.isBuilt && Receiver.isAvailable, "needs the built executable and python3"),
    .enabled(if: Mounting.isPermitted, "needs the right to mount a file system"), .serialized)
struct PastTheDatabaseTests {
    private struct Event: Decodable {
        struct Facts: Decodable {
            var rule: String
            var severity: String
            var summary: String
        }
        var id: String
        var type: String
        var data: Facts
    }

    private struct Row: Decodable {
        var alert_id: String
        var rule: String
        var summary: String
        var deliveries: [DeliveryHouse.Delivery]
    }

    /// A full disk with the database and the spool, and a receiver that is heard of nothing but what it was told.
    private struct Scene {
        let receiver: Receiver
        let log: URL
        let disk: SmallDisk

        /// - Parameter isFull: Before the daemon starts.
        init(isFull: Bool = false) async throws {
            log = FileManager.default.temporaryDirectory.appending(path: "hooks-\(UUID().uuidString).ndjson")
            receiver = try Receiver(
                "receiver.py",
                ["--log", log.path, "--secret", DeliveryCrashTests.secret, "--keep-bodies", "--announce"])
            let secret = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
            try Data(DeliveryCrashTests.secret.utf8).write(to: secret)
            disk = try await SmallDisk(
                mount: "size=6m",
                destinations: [
                    "hook: {type: webhook, url: \"http://127.0.0.1:\(receiver.said)/\", secret: \"file:\(secret.path)\"}"
                ], isFull: isFull)
        }

        /// Runs full in the middle of a file, and then to the last byte.
        func fill() async throws {
            try disk.prepare("1.csv", FullDiskTests.file)
            disk.fill(leavingBytes: 600 << 10)
            try disk.letIn("1.csv")
            try await disk.daemon.wait(for: "paused: disk full")
            disk.fill()
        }

        /// More happens than the kernel keeps.
        func overflow() async throws {
            let pid = disk.daemon.process.processIdentifier
            kill(pid, SIGSTOP)
            try OverflowTests.fillQueue(disk.incoming.path)
            kill(pid, SIGCONT)
            try await disk.daemon.wait(for: "more happened in the spool than the kernel could tell")
        }

        func requests() throws -> [Received.Hook] { try Received.hooks(log) }

        /// The daemon's own alerts as `segdrift alerts` lists them.
        func rows() throws -> [Row] {
            try disk.command("alerts", "list", "--format", "ndjson").split(separator: "\n").map {
                try JSONDecoder().decode(Row.self, from: Data($0.utf8))
            }.filter { ["disk", "overflow"].contains($0.rule) }
        }

        /// Looks until what was told past the database is written and delivered.
        func waitForRows(_ count: Int, looks: Int = 5_000) throws -> [Row] {
            var found: [Row] = []
            for _ in 0..<looks {
                found = try rows()
                let isDelivered = found.allSatisfy { row in
                    row.deliveries.contains { $0.destination == "hook" && $0.state == "delivered" }
                }
                if found.count == count, isDelivered { return found }
            }
            Issue.record("after \(looks) looks: \(found)\n\(disk.daemon.said.joined(separator: "\n"))")
            return found
        }

        /// Everything that was told past the database has come again with the same id and bytes, and nothing else.
        func check(_ rows: [Row], toldBefore ids: [String]) throws {
            #expect(Set(rows.map(\.alert_id)) == Set(ids))
            let own = try requests().filter { ids.contains($0.id) }
            for (id, requests) in Dictionary(grouping: own, by: \.id) {
                #expect(requests.map(\.seen) == [false, true], "\(id)")
                #expect(Set(requests.map(\.digest)).count == 1, "\(id): the bytes are the same")
                #expect(requests.allSatisfy { $0.verifies == [0] })
            }
        }
    }

    private func event(_ request: Received.Hook) throws -> Event {
        try JSONDecoder().decode(Event.self, from: Data((request.body ?? "").utf8))
    }

    @Test(.timeLimit(.minutes(30)))
    func aFullDiskIsToldToTheNetworkAtOnceAndWrittenWhenThereIsRoom() async throws {
        let scene = try await Scene()
        try await scene.fill()
        let id = try scene.receiver.line()
        // Nobody has written it: the list of alerts, which can be read all the same, has none.
        #expect(try scene.rows().isEmpty)
        let request = try #require(try scene.requests().first)
        let told = try event(request)
        #expect(request.id == id && told.id == id && request.verifies == [0])
        #expect(told.data.rule == "disk" && told.data.severity == "critical")
        #expect(told.data.summary.hasPrefix("segdrift takes no files since "), "\(told.data.summary)")
        #expect(told.data.summary.contains("disk full (nothing is lost; free some space"))
        try scene.disk.giveRoom()
        try await scene.disk.daemon.wait(for: "going on: it was disk full")
        let rows = try scene.waitForRows(1)
        #expect(rows.first?.summary == told.data.summary)
        try scene.check(rows, toldBefore: [id])
        scene.disk.daemon.stop()
    }

    /// The machine starts with a full disk: there is no database yet that could say who is to be told, only a
    /// configuration.
    @Test(.timeLimit(.minutes(30)))
    func aDiskThatIsFullBeforeTheDatabaseCanBeOpenedIsToldToTheNetworkToo() async throws {
        let scene = try await Scene(isFull: true)
        let id = try scene.receiver.line()
        let told = try event(try #require(try scene.requests().first))
        #expect(told.id == id && told.data.rule == "disk" && told.data.severity == "critical")
        #expect(told.data.summary.contains("disk full (nothing is lost; free some space"), "\(told.data.summary)")
        try scene.disk.giveRoom()
        try await scene.disk.daemon.wait(for: "going on: it was disk full")
        try scene.check(try scene.waitForRows(1), toldBefore: [id])
        scene.disk.daemon.stop()
    }

    @Test(.timeLimit(.minutes(30)))
    func anOverflowIsToldPastAFullDiskToo() async throws {
        let scene = try await Scene()
        try await scene.fill()
        let full = try scene.receiver.line()
        try await scene.overflow()
        let overflow = try scene.receiver.line()
        #expect(overflow != full)
        #expect(try scene.rows().isEmpty)
        let told = try event(try #require(try scene.requests().last))
        #expect(told.id == overflow && told.data.rule == "overflow" && told.data.severity == "warning")
        try scene.disk.giveRoom()
        try await scene.disk.daemon.wait(for: "going on: it was disk full")
        try scene.check(try scene.waitForRows(2), toldBefore: [full, overflow])
        scene.disk.daemon.stop()
    }

    /// Somebody who knows of it already is not told past the database either.
    @Test(.timeLimit(.minutes(30)))
    func whatIsSilencedIsQuietPastTheDatabaseToo() async throws {
        let scene = try await Scene()
        try scene.disk.command("alerts", "silence", "--rule", "disk", "--for", "1h", "--comment", "moving house")
        try await scene.fill()
        try await scene.overflow()
        // The overflow comes after the full disk, and it is the first that is told.
        let overflow = try scene.receiver.line()
        #expect(try event(try #require(try scene.requests().first)).data.rule == "overflow")
        try scene.disk.giveRoom()
        try await scene.disk.daemon.wait(for: "going on: it was disk full")
        let ids = try scene.requests().map(\.id)
        #expect(Set(ids) == [overflow])
        scene.disk.daemon.stop()
    }
}
