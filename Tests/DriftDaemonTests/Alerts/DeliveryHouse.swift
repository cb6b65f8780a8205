import Foundation
import GRDB
import Testing

/// A workplace whose destinations a test chooses, and looks into its outbox through the commands that people use.
struct DeliveryHouse {
    /// A model whose one rule tells every move to some.
    static func model(notify names: [String]) -> String {
        CrashTests.model.components(separatedBy: "alerts:")[0].trimmingCharacters(in: .newlines) + """

            alerts:
              - {name: moved, on: transition, segmentation: value, severity: warning, notify: [\(names.joined(separator: ", "))]}
            """
    }

    let place: Workplace
    var log: URL { place.root.appending(path: "alerts.ndjson") }

    /// - Parameters:
    ///   - notify: Whom the rule tells besides the file `log`.
    ///   - destinations: Entries of `destinations:`, one a line, besides it.
    init(notify names: [String], _ destinations: [String] = []) throws {
        place = try Workplace(model: Self.model(notify: ["log"] + names), sources: CrashTests.source)
        try configure(destinations)
    }

    /// Writes the configuration anew.
    func configure(_ destinations: [String], settings: String = "http: {listen: none}") throws {
        let log = "log: {type: file, path: \(place.root.path)/alerts.ndjson}"
        try place.write(
            "segdrift.yaml",
            """
            model: model.yaml
            instance: house
            state_directory: \(place.root.path)/state
            spool_directory: \(place.root.path)/spool
            wall_lag: never
            \(settings)
            sources:
            \(CrashTests.source)
            destinations:
            \(([log] + destinations).map { "  " + $0 }.joined(separator: "\n"))
            """)
    }

    /// Drops a file with a first purchase of so many customers: each is a move.
    func move(_ count: Int, file: String, day: String = "2026-01-10") throws {
        try place.drop(
            "\(file).csv",
            CrashTests.day(day, (0..<count).map { "\(file)-\($0),purchase,DAY 09:00:00,\(file)-\($0),5" }))
    }

    struct Delivery: Decodable {
        var destination: String
        var state: String
        var attempts: Int
        var last_error: String?
    }

    private struct Alert: Decodable {
        var alert_id: String
        var rule: String
        var deliveries: [Delivery]
    }

    /// Deliveries of the rule's alerts to one destination.
    func deliveries(_ destination: String) async throws -> [Delivery] {
        let (_, output, _) = try await DaemonProcess.capture(
            ["alerts", "list", "--rule", "moved", "--format", "ndjson", "--config", place.configPath])
        return try output.split(separator: "\n").flatMap { line in
            try JSONDecoder().decode(Alert.self, from: Data(line.utf8)).deliveries
        }.filter { $0.destination == destination }
    }

    /// Looks until the deliveries of a destination are as wanted.
    func wait(
        _ destination: String, looks: Int = 5_000, until isDone: ([Delivery]) -> Bool
    ) async throws -> [Delivery] {
        var found: [Delivery] = []
        for _ in 0..<looks {
            found = try await deliveries(destination)
            if isDone(found) { return found }
        }
        Issue.record("after \(looks) looks: \(found)")
        return found
    }

    func retry(_ destination: String) async throws {
        let (end, _, errors) = try await DaemonProcess.capture(
            ["alerts", "retry", "--destination", destination, "--config", place.configPath])
        #expect(end == .exited(0), "\(errors)")
    }
}
