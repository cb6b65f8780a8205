import Foundation
import GRDB
import Testing

/// Kills the daemon just before its k-th call that changes the file system, starts it again, and compares the
/// database with that of an uninterrupted run (I3). Catches effects, progress and alerts in different
/// transactions, moves before commits, recovery that forgets a step.
///
/// A sample of k in the normal run, every k with `SEGDRIFT_LONG=1`.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable and libCrashShim.so"), .serialized)
struct CrashTests {
    static let model = """
        model: crash
        timezone: UTC
        events:
          purchase: {fields: {amount: number}}
        features:
          recency: {days_since: last, of: purchase}
          spend_30d: {sum: amount, of: purchase, over: 30d}
        segmentations:
          value:
            segments:
              - {id: high, rank: 1, when: "spend_30d >= 100", stay: "spend_30d >= 60"}
              - {id: fresh, rank: 2, when: "recency <= 7"}
              - {id: quiet, rank: 3, otherwise: true}
        alerts:
          - {name: slipped, on: transition, segmentation: value, direction: down, severity: warning, notify: [ops]}
          - {name: cooled, on: transition, segmentation: value, cooldown: 6d, notify: [ops]}
          - {name: stayed, on: transition, segmentation: value, to: [fresh, quiet], dwell: 3d, notify: [ops]}
          - {name: together, on: transition, segmentation: value, group_by: [to], notify: [ops]}
          - {name: fewer, on: size, segmentation: value, segment: high, change_below: -0.4, over: 5d, notify: [ops]}
          - {name: mixed, on: population, segmentation: value, compare: 5d, test: psi, value_above: 0.1, notify: [ops]}
        assumptions:
          - {name: most_are_high, segmentation: value, segment: high, share_between: [0.9, 1.0]}
          - {name: high_become_quiet, entered: high, segmentation: value, reach: [quiet], within: 30d, at_least: 0.1, min_customers: 1}
        """

    static let source = """
          - name: shop
            format: csv
            max_quarantined: 0.5
        """

    static func day(_ day: String, _ lines: [String]) -> String {
        (["customer,type,at,id,amount"] + lines.map { $0.replacingOccurrences(of: "DAY", with: day) })
            .joined(separator: "\n") + "\n"
    }

    /// Three files: moves up and down, by events and by time, a duplicate, a conflict, records that cannot be used.
    static func fill(_ place: Workplace) throws {
        try place.drop(
            "1.csv",
            day(
                "2026-01-10",
                ["a,purchase,DAY 09:00:00,1,120", "b,purchase,DAY 10:00:00,2,20", "c,purchase,DAY 11:00:00,3,oops"])
        )
        try place.drop(
            "2.csv",
            day(
                "2026-01-14",
                ["b,purchase,DAY 09:00:00,4,90", "b,purchase,DAY 09:00:00,4,90", "b,purchase,DAY 09:00:00,4,91"]))
        try place.drop("3.csv", day("2026-02-20", ["d,purchase,DAY 09:00:00,5,10", ",purchase,DAY 09:30:00,6,10"]))
    }

    /// Dropped files and a run: the scenario of most of these tests.
    static let dropped = CrashScenario(name: "three files", few: 24) {
        let place = try Workplace(model: model, sources: source)
        try fill(place)
        return place
    } steps: { place in
        // Transactions of one record: most states go through the log on their way to the rows.
        [["run", "--once", "--config", place.configPath, "--chunk-records", "1"]]
    }

    /// A mapping that was mended, a decision about the quarantine, and the run that carries it out.
    static let requeued = CrashScenario(name: "second try", few: 8) {
        let place = try Workplace(model: model, sources: RequeueTests.strict)
        try place.drop("1.csv", RequeueTests.file())
        try place.drop(
            "2.csv", day("2026-01-11", ["x,purchase,DAY 09:00:00,1,oops", "y,purchase,DAY 09:00:00,1,2 EUR"]))
        #expect(try await DaemonProcess.run(["run", "--once", "--config", place.configPath]) == .exited(0))
        try place.rewrite(sources: RequeueTests.mended)
        return place
    } steps: { place in
        [
            ["quarantine", "requeue", "--all", "--config", place.configPath],
            ["run", "--once", "--config", place.configPath, "--chunk-records", "1"],
        ]
    }

    /// A first load.
    static let loaded = CrashScenario(name: "load", few: 8, leavesClaims: true) {
        let place = try Workplace(model: model, sources: source)
        try FileManager.default.createDirectory(
            at: place.root.appendingPathComponent("elsewhere"), withIntermediateDirectories: true)
        try fill(place)
        for name in try place.spool("incoming/shop") {
            try FileManager.default.moveItem(
                at: try place.incoming("shop").appendingPathComponent(name),
                to: place.root.appendingPathComponent("elsewhere/\(name)"))
        }
        return place
    } steps: { place in
        [
            [
                "load", "shop=\(place.root.path)/elsewhere", "--config", place.configPath, "--chunk-records", "1", "-q",
            ]
        ]
    }

    /// More small files than are told of one by one: sets of many, claims, verdicts and moves together; some are empty,
    /// some the same, one cannot be read.
    static let storm = CrashScenario(name: "storm of small files", few: 6, tellsNumbers: true) {
        let place = try Workplace(model: model, sources: source)
        for number in 0..<40 {
            let at = "2026-0\(1 + number / 14)-\(10 + number % 14)"
            let line = "c\(number % 5),purchase,DAY 0\(number % 10):00:00,\(number),\(20 * (number % 7))"
            try place.drop("\(number).csv", number % 13 == 0 ? "" : day(at, [line]))
        }
        try place.drop("again.csv", day("2026-01-11", ["c1,purchase,DAY 01:00:00,1,20"]))
        try place.drop("bad.csv", "customer,type\na,purchase\n")
        return place
    } steps: { place in
        [["run", "--once", "--config", place.configPath]]
    }

    private static let unsorted: String = {
        let rows = (0..<120).map { index in
            // Days go up and down: ends of runs are in the middle of every customer's life.
            let (day, hour) = (1 + index * 11 % 28, 10 + index % 12)
            let at = "2026-01-\(day < 10 ? "0" : "")\(day) \(hour):00:00"
            return "c\(index % 7),purchase,\(at),\(index),\(index % 90)," + String(repeating: "x", count: 9_000)
        }
        return (["customer,type,at,id,amount,note"] + rows).joined(separator: "\n") + "\n"
    }()

    /// A file that is not in the order of its time, and more than there is memory to sort it in.
    static let sorted = CrashScenario(name: "external sort", few: 10) {
        let place = try Workplace(model: model, sources: source)
        // Read in several blocks, each a run of its own.
        try place.drop("1.csv", unsorted)
        return place
    } steps: { place in
        [["run", "--once", "--config", place.configPath, "--chunk-records", "30", "--sort-bytes", "1024"]]
    }

    /// What is interrupted in all ways (`SEGDRIFT_SCENARIO=storm`: only those whose name has this in it).
    static let all = [dropped, requeued, loaded, storm, sorted].filter { scenario in
        ProcessInfo.processInfo.environment["SEGDRIFT_SCENARIO"].map(scenario.name.contains) ?? true
    }

    /// I5 at the receiver's end: every alert that was to be told is in the file, once, and nothing else is.
    static func brokenPromises(_ place: Workplace) throws -> [String] {
        let file = place.root.appendingPathComponent("alerts.ndjson")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        // {"specversion":"1.0","id":"…
        let told = text.split(separator: "\n").compactMap { line in
            line.split(separator: "\"").dropFirst(7).first.map(String.init)
        }
        let due = try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT alert_id FROM alerts WHERE state IN ('due', 'resolved')")
        }
        var broken: [String] = []
        if Set(told).count != told.count { broken.append("told twice") }
        if Set(told) != Set(due) { broken.append("\(told.count) told, \(due.count) due") }
        return broken
    }

    private static func rulesThatSpoke(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT DISTINCT rule FROM alerts WHERE state <> 'suppressed' ORDER BY 1")
        }
    }

    @Test func everyKindOfRuleSpeaksInTheScenario() async throws {
        let place = try Workplace(model: Self.model, sources: Self.source)
        try Self.fill(place)
        try await place.run()
        #expect(try Self.brokenPromises(place).isEmpty)
        let told = try Self.rulesThatSpoke(place)
        let expected = [
            "cooled", "fewer", "high_become_quiet", "mixed", "most_are_high", "slipped", "stayed", "together",
        ]
        #expect(told == expected)
    }

    @Test func noResultDependsOnTheSizeOfTransactions() async throws {
        let large = try Workplace(model: Self.model, sources: Self.source)
        try Self.fill(large)
        try await large.run()
        for chunkRecords in 1...3 {
            let small = try Workplace(model: Self.model, sources: Self.source)
            try Self.fill(small)
            try await small.run(chunkRecords: chunkRecords)
            let differences = try DatabaseContent.differences(large.databasePath, small.databasePath)
            #expect(differences.isEmpty, "\(chunkRecords) records:\n\(differences.joined(separator: "\n"))")
        }
    }

    @Test(arguments: all)
    func killedAtAnyCallTheFinishedDatabaseIsThatOfAnUninterruptedRun(scenario: CrashScenario) async throws {
        var rig = try await CrashRig(scenario)
        #expect(rig.calls > 30)
        for k in rig.points() {
            let (place, end) = try await rig.run(["CRASH_AT": "\(k)"])
            #expect(end == .killed(SIGKILL), "call \(k)")
            let wrong = try await rig.finish(place) + (try Self.brokenPromises(place))
            #expect(wrong.isEmpty, "killed at call \(k) (\(rig.lastCall)):\n\(wrong.joined(separator: "\n"))")
        }
        print("\(scenario.name): killed at \(rig.tried) of \(rig.calls) calls that change the file system")
    }

    /// No space, a failing disk, no descriptors, no permission: at each call once, and then not any more.
    @Test(arguments: all)
    func failingAtAnyCallTheFinishedDatabaseIsThatOfAnUninterruptedRun(scenario: CrashScenario) async throws {
        var rig = try await CrashRig(scenario)
        for (name, code) in [("ENOSPC", ENOSPC), ("EIO", EIO), ("EMFILE", EMFILE), ("EACCES", EACCES)] {
            for k in rig.points(6) {
                let (place, end) = try await rig.run(["FAIL_AT": "\(k):\(code)"])
                if case .killed = end { Issue.record("\(name) at call \(k) (\(rig.lastCall)) ended it by \(end)") }
                let left = end == .exited(0) ? try place.spool("incoming") : []
                let other = left.isEmpty ? nil : try await rig.uninterrupted(withLater: left)
                let wrong = try await rig.finish(place, forgivingClaims: true, like: other)
                #expect(wrong.isEmpty, "\(name) at call \(k) (\(rig.lastCall)):\n\(wrong.joined(separator: "\n"))")
            }
            if CrashRig.isLong { print("  \(scenario.name): \(name) done, \(rig.tried) faults so far") }
        }
        print("\(scenario.name): \(rig.tried) faults, 4 at each of up to \(rig.calls) calls")
    }

    /// A power cut: what was not synced is gone, all of it or for each file and directory what came after some point.
    @Test(arguments: all)
    func afterAPowerCutTheFinishedDatabaseIsThatOfAnUninterruptedRun(scenario: CrashScenario) async throws {
        var rig = try await CrashRig(scenario)
        for seed in 0..<3 {
            for k in rig.points(6) {
                let (place, _) = try await rig.run(["CRASH_AT": "\(k)", "LOSE_UNSYNCED": "\(seed)"])
                let wrong = try await rig.finish(place) + (try Self.brokenPromises(place))
                #expect(
                    wrong.isEmpty,
                    "power cut at call \(k) (\(rig.lastCall)), seed \(seed):\n\(wrong.joined(separator: "\n"))")
            }
            if CrashRig.isLong { print("  \(scenario.name): seed \(seed) done, \(rig.tried) power cuts so far") }
        }
        print("\(scenario.name): \(rig.tried) power cuts, 3 at each of up to \(rig.calls) calls")
    }

    /// Catches files that nobody looks for any more once what they were about has moved on.
    @Test func killedAtAnyRemovalNothingIsLeftBehind() async throws {
        var rig = try await CrashRig(Self.requeued)
        for k in 1...40 {
            let (place, end) = try await rig.run(["ONLY": "unlink", "CRASH_AT": "\(k)"])
            guard end == .killed(SIGKILL) else { break }
            let wrong = try await rig.finish(place)
            #expect(wrong.isEmpty, "killed at removal \(k):\n\(wrong.joined(separator: "\n"))")
        }
        #expect(rig.tried > 1)
    }

    /// The scenario is what it says: what is written to the file without a name is interrupted too.
    @Test func theExternalSortIsInterruptedWhileItSpills() async throws {
        var rig = try await CrashRig(Self.sorted)
        let (_, whole) = try await rig.run(["ONLY": "spill"])
        #expect(whole == .exited(0))
        for k in [1, 2, 4] {
            for (name, code) in [("ENOSPC", ENOSPC), ("EIO", EIO)] {
                let (place, end) = try await rig.run(["ONLY": "spill", "FAIL_AT": "\(k):\(code)"])
                #expect(end == .exited(1), "\(name) at write \(k)")
                #expect(rig.lastCall == "spill")
                let wrong = try await rig.finish(place)
                #expect(wrong.isEmpty, "\(name) at write \(k):\n\(wrong.joined(separator: "\n"))")
            }
            let (place, end) = try await rig.run(["ONLY": "spill", "CRASH_AT": "\(k)"])
            #expect(end == .killed(SIGKILL), "write \(k)")
            #expect(try place.spool("work").filter { $0.hasPrefix(".") } == [])
            let wrong = try await rig.finish(place)
            #expect(wrong.isEmpty, "killed at write \(k):\n\(wrong.joined(separator: "\n"))")
        }
    }

    /// The rig itself: a program that does not sync must not pass.
    @Test func aProgramThatDoesNotSyncIsFoundOut() async throws {
        var rig = try await CrashRig(Self.dropped)
        var found = 0
        for seed in 1..<3 {
            for k in stride(from: rig.calls / 3, to: rig.calls, by: max(1, rig.calls / 12)) {
                let (place, _) = try await rig.run(
                    ["CRASH_AT": "\(k)", "LOSE_UNSYNCED": "\(seed)", "FSYNC_LIES": "1"])
                if try await !rig.finish(place).isEmpty { found += 1 }
            }
        }
        #expect(found > 0, "\(rig.tried) power cuts of a program whose syncs do nothing left the right database")
        print("canary: \(found) of \(rig.tried) power cuts without syncs were found out")
    }
}
