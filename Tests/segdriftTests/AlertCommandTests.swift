import Foundation
import Testing

/// `segdrift alerts`, with the daemon running and with it stopped: it makes no difference.
@Suite(.enabled(if: BuiltExecutable.isBuilt, "needs the built executable"), .serialized)
struct AlertCommandTests {
    static let receiver = URL(filePath: #filePath).appending(path: "../../Receivers/receiver.py").standardizedFileURL
    static let python = URL(filePath: "/usr/bin/python3")
    static let canReceive = FileManager.default.isExecutableFile(atPath: python.path)

    /// Silences, lists and ends.
    private func checkSilences(_ shop: CornerShop) throws {
        let made = try shop.say("alerts silence --rule slipping --for 4h --comment known --by ann --format table")
        #expect(made.hasPrefix("silence 1 until ") && made.contains("silence expire 1"), "\(made)")
        #expect(
            try shop.say("alerts silence --customer ana --until 2999-01-01 --format ndjson").contains(
                #""silence_id":2"#))
        let list = try shop.say("alerts silence list --format csv")
        let rows = list.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == 3, "\(list)")
        #expect(
            rows[1][0] == "1" && rows[1][1] == "slipping" && rows[1][6] == "ann" && rows[1][7] == "known", "\(list)")
        #expect(rows[2][3] == "ana" && rows[2][5] == "2998-12-31T23:00:00Z", "\(list)")
        #expect(try shop.say("alerts silence expire 2 --format table") == "silence 2 has ended\n")
        #expect(try shop.say("alerts silence expire 2").hasSuffix("status 1\n"))
        #expect(try shop.say("alerts silence list --format csv").split(separator: "\n").count == 2)
        #expect(try shop.say("alerts silence list --all --format csv").split(separator: "\n").count == 3)
        #expect(try shop.say("alerts silence --customer nobody --for 1h").contains("no customer 'nobody'"))
        // What the daemon tells of itself has names too.
        for own in ["history", "delivery", "disk", "quarantine", "overflow", "source", "clock"] {
            #expect(try shop.say("alerts silence --rule \(own) --for 1h --format ndjson").contains("silence_id"))
        }
        #expect(try shop.say("alerts silence --rule disc --for 1h").contains("did you mean 'disk'?"))
    }

    @Test func silencesAreMadeListedAndEndedWhileTheDaemonIsStopped() async throws {
        let shop = try await CornerShop.filled()
        try checkSilences(shop)
    }

    @Test func silencesAreMadeListedAndEndedByTheRunningDaemon() async throws {
        let shop = try await CornerShop.filled()
        let daemon = try shop.daemon()
        try checkSilences(shop)
        daemon.stop()
    }

    @Test func aSilencedAlertIsARowThatSaysBySilence() async throws {
        let shop = try CornerShop()
        for (name, text) in CornerShop.files.sorted(by: { $0.key < $1.key }).prefix(1) {
            try shop.write("spool/incoming/till/\(name)", text)
        }
        try await shop.run(asOf: CornerShop.firstEvening)
        #expect(try shop.say("alerts silence --rule slipping --for 4h").contains("silence_id"))
        try await shop.run(asOf: CornerShop.end)
        let told = try shop.say("alerts list --rule slipping --format ndjson").split(separator: "\n")
        #expect(!told.isEmpty)
        for line in told {
            #expect(line.contains(#""state":"suppressed""#) && line.contains(#""suppressed_by":"silence"#), "\(line)")
            #expect(line.contains(#""deliveries":[]"#), "\(line)")
        }
    }

    @Test(.enabled(if: canReceive, "needs python3"))
    func aFailedDeliveryIsMadeAtOnceWhenSomebodyAsks() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "hooks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func listen(port: String = "0") throws -> ChildProcess {
            try ChildProcess(
                Self.python,
                [Self.receiver.path, "--announce", "--port", port, "--log", directory.appending(path: "log").path])
        }
        // A port at which nobody listens.
        let first = try listen()
        let port = try first.line()
        first.stop()
        let shop = try CornerShop()
        let configuration = try String(contentsOfFile: shop.config, encoding: .utf8)
        try shop.write(
            "segdrift.yaml",
            configuration.replacingOccurrences(
                of: "log: {type: file, path: alerts.ndjson}",
                with: "log: {type: webhook, url: \"http://127.0.0.1:\(port)/\"}"))
        for (name, text) in CornerShop.files.sorted(by: { $0.key < $1.key }) {
            try shop.write("spool/incoming/till/\(name)", text)
        }
        try await shop.run(asOf: CornerShop.end)
        let pending = try shop.say("alerts --undelivered --destination log --format ndjson").split(separator: "\n")
        #expect(!pending.isEmpty)
        #expect(pending.contains { $0.contains(#""attempts":1"#) && $0.contains("connect") }, "\(pending)")

        // Stopped: they are due at the next start, which is now.
        let stopped = try shop.say("alerts retry --destination log --format ndjson")
        #expect(stopped.contains(#""revived":0"#), "\(stopped)")
        let daemon = try shop.daemon()
        let receiver = try listen(port: port)
        try receiver.line(containing: port)
        // Running: whatever pause it had planned, it comes now.
        let running = try shop.say("alerts retry --all --format ndjson")
        #expect(running.contains(#""deliveries":"#), "\(running)")
        // Time goes on meanwhile, and with it come others.
        let ids = pending.compactMap { $0.firstMatch(of: #/"alert_id":"(\w+)"/#).map { String($0.1) } }
        var awaited = Set(ids)
        #expect(awaited.count == pending.count)
        while !awaited.isEmpty { awaited.remove(try receiver.line()) }
        daemon.stop()
        let left = try shop.say("alerts --undelivered --format csv")
        #expect(!ids.contains { left.contains($0) }, "\(left)")
    }
}
