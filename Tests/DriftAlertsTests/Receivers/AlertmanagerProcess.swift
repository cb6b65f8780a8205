import Foundation
import Testing

/// Debian's Alertmanager, on a free port of the loopback, with data of its own.
final class AlertmanagerProcess {
    static let program = ["/usr/bin/prometheus-alertmanager", "/usr/local/bin/alertmanager"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// For tests that need it.
    static var isThere: ConditionTrait {
        .enabled(
            if: program != nil,
            "needs prometheus-alertmanager: apt-get install --no-install-recommends prometheus-alertmanager")
    }

    struct Alert: Decodable {
        struct Status: Decodable { var state: String }
        var labels: [String: String]
        var annotations: [String: String]
        var startsAt: String
        var endsAt: String
        var status: Status
    }

    struct Group: Decodable {
        var labels: [String: String]
        var alerts: [Alert]
    }

    private let directory: URL
    private var process: Process
    private(set) var port: Int

    /// - Parameter hook: Where it sends what it notifies of; nil: nowhere.
    init(hook: String? = nil) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "alertmanager-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let receiver = hook.map { ", webhook_configs: [{url: \"\($0)\", send_resolved: true}]" } ?? ""
        let configuration = """
            route: {receiver: people, group_by: [alertname, to], group_wait: 1s, group_interval: 1s}
            receivers: [{name: people\(receiver)}]

            """
        try Data(configuration.utf8).write(to: directory.appending(path: "alertmanager.yml"))
        (process, port) = try Self.start(in: directory, port: 0)
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: directory)
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Ends it at once, forgets its data, and starts it on the same port.
    func restartEmpty() throws {
        stop()
        try? FileManager.default.removeItem(at: directory.appending(path: "data"))
        (process, port) = try Self.start(in: directory, port: port)
    }

    /// What it holds now.
    func alerts() throws -> [Alert] { try get("/api/v2/alerts?silenced=true&inhibited=true") }
    func groups() throws -> [Group] { try get("/api/v2/alerts/groups") }

    /// Its clock, which is not ours to choose: seconds since 1970.
    func now() throws -> Int64 {
        let text = try fetch(["--head", url + "/-/ready"])
        let line = text.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("date:") }
        let date = String(line?.dropFirst(5) ?? "").trimmingCharacters(in: .whitespaces)
        let process = try Self.output("/usr/bin/date", ["-u", "-d", date, "+%s"])
        guard let seconds = Int64(process.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw Silent() }
        return seconds
    }

    struct Silent: Error {}

    private func get<Value: Decodable>(_ path: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(try fetch([url + path]).utf8))
    }

    private func fetch(_ arguments: [String]) throws -> String {
        try Self.output("/usr/bin/curl", ["-sS", "--max-time", "10"] + arguments)
    }

    private static func output(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// Comes back once it says that it listens.
    private static func start(in directory: URL, port: Int) throws -> (Process, Int) {
        let process = Process()
        process.executableURL = URL(filePath: program ?? "/usr/bin/prometheus-alertmanager")
        process.arguments = [
            "--config.file=\(directory.appending(path: "alertmanager.yml").path)",
            "--storage.path=\(directory.appending(path: "data").path)", "--web.listen-address=127.0.0.1:\(port)",
            "--cluster.listen-address=",
        ]
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var said = Data()
        while true {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw Silent() }
            said += more
            let text = String(decoding: said, as: UTF8.self)
            guard let found = text.firstMatch(of: #/msg="Listening on" address=127\.0\.0\.1:(\d+)/#) else { continue }
            // Nobody reads on: what it says from now on must not fill the pipe.
            output.fileHandleForReading.readabilityHandler = { handle in
                if handle.availableData.isEmpty { handle.readabilityHandler = nil }
            }
            return (process, Int(found.1) ?? 0)
        }
    }
}
