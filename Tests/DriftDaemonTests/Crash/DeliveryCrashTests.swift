import FaultTable
import Foundation
import GRDB
import Testing

/// A move is told once per rule and cooldown whatever crashes, and nothing is told that was not committed: the daemon
/// is killed at its calls that change the file system, with a webhook, a file and a journal as destinations. The
/// receivers are programs of their own; they know an alert by its id.
@Suite(
    .enabled(if: DaemonProcess.isBuilt && Receiver.isAvailable, "needs the built executable and python3"), .serialized)
struct DeliveryCrashTests {
    static let model =
        CrashTests.model.components(separatedBy: "alerts:")[0].trimmingCharacters(in: .newlines) + """

            alerts:
              - {name: slipped, on: transition, segmentation: value, direction: down, severity: warning, notify: [log, hook, journal, each]}
              - {name: cooled, on: transition, segmentation: value, cooldown: 30d, severity: notice, notify: [log, hook, journal]}
              - {name: settled, on: transition, segmentation: value, to: [quiet], dwell: 3d, severity: info, notify: [hook, log]}
            """

    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// Everything of one run: the workplace, and what its receivers got.
    private struct Scene {
        let place: Workplace
        let hookLog: URL
        let path: String
        var file: URL { place.root.appending(path: "alerts.ndjson") }
        var journalDirectory: URL { place.root.appending(path: "journal") }
        var journalLog: URL { place.root.appending(path: "journal.ndjson") }

        init(name: String, port: String, hookLog: URL) throws {
            self.hookLog = hookLog
            path = "/\(name)"
            place = try Workplace(model: DeliveryCrashTests.model, sources: CrashTests.source)
            try place.write("secret", DeliveryCrashTests.secret)
            try place.write(
                "segdrift.yaml",
                """
                model: model.yaml
                instance: crash
                state_directory: \(place.root.path)/state
                spool_directory: \(place.root.path)/spool
                wall_lag: never
                sources:
                \(CrashTests.source)
                destinations:
                  log: {type: file, path: \(place.root.path)/alerts.ndjson}
                  hook: {type: webhook, url: "http://127.0.0.1:\(port)\(path)", secret: "file:\(place.root.path)/secret"}
                  each: {type: file, path: \(place.root.path)/each/}
                  journal: {type: journal}
                """)
            try FileManager.default.createDirectory(
                at: place.root.appending(path: "each"), withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                at: place.root.appending(path: "journal"), withIntermediateDirectories: true)
            try CrashTests.fill(place)
            // More moves than one batch of the outbox's local destinations would hide.
            try place.drop(
                "4.csv",
                CrashTests.day(
                    "2026-03-20", (0..<8).map { "m\($0),purchase,DAY 10:0\($0):00,9\($0),\(90 + 5 * $0)" }))
        }

        func run(_ environment: [String: String] = [:]) async throws -> DaemonProcess.End {
            let arguments = ["run", "--once", "--config", place.configPath, "--chunk-records", "2"]
            guard DaemonProcess.canHaveJournal else {
                return try await DaemonProcess.run(arguments, environment: environment)
            }
            return try DaemonProcess.runWithJournal(
                arguments, journal: journalDirectory, errors: place.root.appending(path: "errors"),
                environment: environment)
        }

        func hooks() throws -> [Received.Hook] { try Received.hooks(hookLog).filter { $0.path == path } }

        /// Files of one alert each, complete ones: named by the alert's id, which is also inside.
        private func files() throws -> [String] {
            let directory = place.root.appending(path: "each")
            return try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { !$0.hasPrefix(".") }.map
            {
                let ids = try Received.events(directory.appending(path: $0))
                #expect(ids.count == 1 && $0.hasPrefix(ids.first ?? "?"), "\($0)")
                return ids.first ?? $0
            }
        }

        /// What each destination was told, ids in order.
        func told() throws -> [String: [String]] {
            [
                "hook": try hooks().map(\.id), "log": try Received.events(file),
                "journal": try Received.journal(journalLog), "each": try files(),
            ]
        }

        /// Pairs of destination and id that the outbox holds.
        func outbox() throws -> [String: Set<String>] {
            guard FileManager.default.fileExists(atPath: place.databasePath) else { return [:] }
            do {
                return try DatabaseContent.open(place.databasePath).read { db in
                    // Killed before its first commit, it has no tables.
                    guard try db.viewExists("deliveries") else { return [:] }
                    return try Row.fetchAll(db, sql: "SELECT destination, alert_id FROM deliveries").reduce(into: [:]) {
                        $0[$1[0] as String, default: []].insert($1[1])
                    }
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
                // Killed while its first pages were written: only a writer may undo that, and nothing is committed.
                return [:]
            }
        }

        func states() throws -> [String: Int] {
            try DatabaseContent.open(place.databasePath).read { db in
                try Row.fetchAll(db, sql: "SELECT state, count(*) FROM deliveries GROUP BY 1").reduce(into: [:]) {
                    $0[$1[0] as String] = $1[1]
                }
            }
        }
    }

    private struct Tally {
        var points = 0
        var resent: [String: Int] = [:]
        var told: [String: Int] = [:]
    }

    @Test func killedAtAnyCallEveryReceiverHasEachAlertOnceAndNoneThatWasNotCommitted() async throws {
        let hookLog = FileManager.default.temporaryDirectory.appending(path: "hooks-\(UUID().uuidString).ndjson")
        defer { try? FileManager.default.removeItem(at: hookLog) }
        let receiver = try Receiver("receiver.py", ["--log", hookLog.path, "--secret", Self.secret])

        let reference = try Scene(name: "reference", port: receiver.said, hookLog: hookLog)
        let count = reference.place.root.appending(path: "calls")
        let end = try await withJournal(reference) {
            try await reference.run(["LD_PRELOAD": DaemonProcess.crashShim.path, "CRASH_COUNT_FILE": count.path])
        }
        #expect(end == .exited(0))
        let calls = try #require(
            Int(String(contentsOf: count, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        let expected = try reference.outbox()
        #expect(try reference.states().keys.sorted() == ["delivered"])
        #expect((expected["hook"]?.count ?? 0) >= 15)
        try check(reference, expected, "uninterrupted")

        var tally = Tally()
        let few = Array(stride(from: 1, through: calls, by: max(1, calls / 24)))
        for k in CrashRig.isLong ? CrashRig.slice(of: calls) : few {
            let scene = try Scene(name: "k\(k)", port: receiver.said, hookLog: hookLog)
            try await withJournal(scene) {
                let end = try await scene.run(["LD_PRELOAD": DaemonProcess.crashShim.path, "CRASH_AT": "\(k)"])
                #expect(end == .killed(SIGKILL) || end == .exited(137), "call \(k): \(end)")
                // What was told so far is what the database that is left says was to be told.
                let committed = try scene.outbox()
                for (destination, ids) in try scene.told() {
                    let early = Set(ids).subtracting(committed[destination] ?? [])
                    #expect(early.isEmpty, "killed at \(k): \(destination) was told of \(early.count) uncommitted")
                }
                let restarted = try await scene.run()
                #expect(restarted == .exited(0), "restart after call \(k)")
            }
            try check(scene, expected, "killed at call \(k)")
            let told = try scene.told()
            for (destination, ids) in told {
                tally.told[destination, default: 0] += Set(ids).count
                tally.resent[destination, default: 0] += ids.count - Set(ids).count
            }
            // A second start has nothing left to do.
            tally.points += 1
        }
        for (fault, destinations) in [(68, ["hook", "journal"]), (80, ["log", "each"])] {
            let told = destinations.reduce(0) { $0 + (tally.told[$1] ?? 0) }
            let wanted = destinations.reduce(0) { $0 + tally.points * (expected[$1]?.count ?? 0) }
            let again = destinations.reduce(0) { $0 + (tally.resent[$1] ?? 0) }
            FaultTable.record(fault, cases: tally.points, alerts: wanted, told: told, again: again)
        }
        print(
            "delivery crash points: \(tally.points) of \(calls) calls; alerts told \(tally.told.sorted { $0.key < $1.key }), "
                + "sent again with the same id \(tally.resent.sorted { $0.key < $1.key })")
    }

    /// Every destination has exactly what it should, all of it noted as delivered, re-sent bytes the same.
    private func check(_ scene: Scene, _ expected: [String: Set<String>], _ comment: String) throws {
        let told = try scene.told()
        for (destination, ids) in expected where destination != "journal" || DaemonProcess.canHaveJournal {
            #expect(Set(told[destination] ?? []) == ids, "\(comment): \(destination)")
        }
        #expect(try scene.outbox() == expected, "\(comment)")
        #expect(try scene.states().keys.sorted() == ["delivered"], "\(comment)")
        let hooks = try scene.hooks()
        #expect(hooks.allSatisfy { $0.verifies == [0] }, "\(comment): signatures")
        for (id, requests) in Dictionary(grouping: hooks, by: \.id) {
            #expect(Set(requests.map(\.digest)).count == 1, "\(comment): \(id) changed between attempts")
            #expect(!requests.dropFirst().contains { !$0.seen }, "\(comment): \(id)")
        }
        // The file knows what it has: not even a killed process makes it say something twice.
        #expect((told["log"] ?? []).count == Set(told["log"] ?? []).count, "\(comment): the file")
    }

    private func withJournal<Result>(_ scene: Scene, _ body: () async throws -> Result) async throws -> Result {
        let journal = try Receiver("journal.py", [scene.journalDirectory.path, scene.journalLog.path])
        let result = try await body()
        withExtendedLifetime(journal) {}
        return result
    }
}
