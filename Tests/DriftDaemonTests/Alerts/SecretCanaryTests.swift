import Foundation
import GRDB
import Testing

/// Fault 99: a secret is nowhere but in its file. A real daemon signs with a canary while everything that could repeat it
/// goes wrong; then whatever it wrote, said, answered or holds in view is searched.
@Suite(
    .enabled(if: DaemonProcess.isBuilt && Receiver.isAvailable, "needs the built executable and python3"), .serialized)
struct SecretCanaryTests {
    /// The forms in which a leak would be found.
    private struct Canary {
        let secret: String
        let forms: [Data]

        init() {
            let key = Data((0..<24).map { UInt8(truncatingIfNeeded: $0 * 89 + 201) })
            secret = "whsec_" + key.base64EncodedString()
            let text = Data(secret.utf8)
            let hex = { (data: Data) in Data(data.map { String(format: "%02x", $0) }.joined().utf8) }
            forms = [text.dropFirst(6), key, hex(key), hex(text), text.base64EncodedData().prefix(24)].map { Data($0) }
        }

        func isIn(_ data: Data) -> Bool { forms.contains { data.range(of: $0) != nil } }
    }

    @Test func theSearchFindsWhatIsThere() {
        let canary = Canary()
        #expect(canary.isIn(Data("the secret is \(canary.secret), really".utf8)))
        #expect(canary.isIn(Data([1, 2]) + canary.forms[1] + Data([3])))
        #expect(!canary.isIn(Data("nothing here".utf8)))
    }

    @Test(.timeLimit(.minutes(30)))
    func aSecretIsNowhereButInItsFile() async throws {
        let canary = Canary()
        let house = try DeliveryHouse(notify: ["hook", "gone", "deaf", "bare", "big"])
        let root = house.place.root
        let credentials = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: credentials, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: credentials) }
        try Data(canary.secret.utf8).write(to: credentials.appending(path: "crm-secret"))
        // Too large to be a secret: is it the right file?
        try Data(String(repeating: canary.secret, count: 3_000).utf8).write(to: credentials.appending(path: "big"))
        let log = root.appending(path: "hooks.ndjson")
        let fine = try Receiver("receiver.py", ["--log", log.path, "--secret", canary.secret])
        try house.place.write("no.json", #"[{"status": 500, "body": "no"}, {"status": 401, "body": "bad signature"}]"#)
        let deaf = try Receiver(
            "receiver.py",
            ["--log", root.appending(path: "deaf").path, "--script", root.appending(path: "no.json").path])
        let socket = root.appending(path: "web.sock").path
        let hook = { (name: String, port: String, secret: String) in
            "\(name): {type: webhook, url: \"http://127.0.0.1:\(port)/\", secret: \"credential:\(secret)\"}"
        }
        try house.configure(
            [
                hook("hook", fine.said, "crm-secret"), hook("deaf", deaf.said, "crm-secret"),
                hook("gone", "1", "crm-secret"), hook("bare", fine.said, "none"), hook("big", fine.said, "big"),
            ], settings: "http: {listen: \"unix:\(socket)\"}")
        let daemon = try await HeardDaemon(
            house.place, prelude: "export CREDENTIALS_DIRECTORY='\(credentials.path)'; ")
        try house.move(5, file: "a")
        _ = try await house.wait("hook") { $0.count == 5 && $0.allSatisfy { $0.state == "delivered" } }
        for name in ["gone", "deaf", "bare", "big"] {
            let failed = try await house.wait(name) { $0.contains { $0.last_error != nil } }
            #expect(failed.contains { $0.last_error != nil }, "\(name)")
        }
        try await house.retry("deaf")
        _ = try await house.wait("deaf") { $0.contains { $0.last_error?.contains("401") == true } }
        #expect(try Received.hooks(log).allSatisfy { $0.verifies == [0] }, "it was the canary that signed")

        // In view of others while it runs.
        let process = "/proc/\(daemon.process.processIdentifier)"
        for name in ["environ", "cmdline", "status", "maps"] {
            let data = try Data(contentsOf: URL(filePath: "\(process)/\(name)"))
            #expect(!data.isEmpty && !canary.isIn(data), "\(name)")
        }
        for path in ["/", "/metrics", "/healthz", "/api/v1/status", "/api/v1/alerts", "/api/v1/openapi.json"] {
            let answer = try SharedData.run(
                "/usr/bin/curl", ["-s", "--unix-socket", socket, "http://localhost\(path)"])
            #expect(!answer.isEmpty && !canary.isIn(Data(answer.utf8)), "\(path)")
        }
        for command in [
            ["status"], ["status", "--json"], ["alerts", "--format", "json"], ["check"], ["files"],
        ] {
            let (_, output, errors) = try await DaemonProcess.capture(command + ["--config", house.place.configPath])
            #expect(!canary.isIn(Data((output + errors).utf8)), "\(command)")
        }
        // A secret pasted into the configuration is refused, and not repeated.
        try house.configure(["hook: {type: webhook, url: \"http://127.0.0.1:1/\", secret: \"\(canary.secret)\"}"])
        let refused = try await DaemonProcess.capture(["check", "--config", house.place.configPath])
        #expect(refused.end != .exited(0) && refused.errors.contains("secret"))
        #expect(!canary.isIn(Data((refused.output + refused.errors).utf8)))
        kill(daemon.process.processIdentifier, SIGHUP)
        try await daemon.wait(for: "reload: the old configuration stays in force")
        daemon.stop()
        #expect(!canary.isIn(Data(daemon.said.joined(separator: "\n").utf8)), "log")

        // Whatever it wrote: database, write-ahead log, spool, alerts.
        try FileManager.default.removeItem(atPath: house.place.configPath)
        var searched = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            guard let data = FileManager.default.contents(atPath: root.appending(path: name).path) else { continue }
            searched += data.count
            #expect(!canary.isIn(data), "\(name)")
        }
        #expect(searched > 100_000)
        print("secret canary: \(searched) bytes of files, \(daemon.said.count) lines of log searched")
    }
}
