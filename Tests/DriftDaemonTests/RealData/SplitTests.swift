import DriftDaemon
import DriftModel
import Foundation
import GRDB
import Testing

/// The same events as one file, as 150 files (a thousand with `SEGDRIFT_LONG=1`) present together over three sources, and
/// in ten runs one after the other with crashes between: one history.
@Suite struct SplitTests {
    /// Events by time, as `ChunkInvarianceTests` makes them; more of them, so that a thousand files have some each.
    private static let events = (1...4).flatMap { part in
        ChunkInvarianceTests.events(seed: UInt64(part) * 17).map { "p\(part)\($0)" }
    }.sorted { $0.split(separator: ",")[2] < $1.split(separator: ",")[2] }

    @Test func manyFilesOverThreeSourcesGiveTheHistoryOfOne() async throws {
        let whole = try ChunkInvarianceTests.history(await ChunkInvarianceTests.run([("shop", Self.events)]))
        #expect(whole.count > 200)
        let names = ["shop", "web", "till"]
        let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil
        let count = isLong ? 1_000 : 150
        // Overlapping files, each with events of the whole time.
        let dealt = (0..<count).map { part in
            (
                source: names[part % 3],
                lines: Self.events.enumerated().filter { $0.offset % count == part }.map(\.element)
            )
        }
        #expect(try ChunkInvarianceTests.history(await ChunkInvarianceTests.run(dealt)) == whole)
        // Files one after the other.
        let cut = (0..<count).map { part in
            let (first, last) = (part * Self.events.count / count, (part + 1) * Self.events.count / count)
            return (source: names[part % 3], lines: Array(Self.events[first..<last]))
        }
        #expect(try ChunkInvarianceTests.history(await ChunkInvarianceTests.run(cut)) == whole)
    }

    @Test(.enabled(if: DaemonProcess.isBuilt, "needs the built executable and libCrashShim.so"))
    func tenRunsWithCrashesBetweenGiveTheHistoryOfOne() async throws {
        let events = Array(Self.events.prefix(400))
        let whole = try ChunkInvarianceTests.history(await ChunkInvarianceTests.run([("shop", events)]))
        #expect(whole.count > 50)
        let place = try Workplace(model: CrashTests.model, sources: ChunkInvarianceTests.sources)
        let arguments = ["run", "--once", "--config", place.configPath, "--chunk-records", "7"]
        var crashes = 0
        for part in 0..<10 {
            let lines = Array(events[(part * 40)..<((part + 1) * 40)])
            try place.drop("\(part).csv", CrashTests.day("", lines), source: ["shop", "web", "till"][part % 3])
            let end = try await DaemonProcess.run(
                arguments,
                environment: ["LD_PRELOAD": DaemonProcess.crashShim.path, "CRASH_AT": "\(7 + part * 5)"])
            if end == .killed(SIGKILL) { crashes += 1 }
            let again = try await DaemonProcess.run(arguments)
            #expect(again == .exited(0), "run \(part)")
        }
        #expect(crashes >= 5)
        #expect(try ChunkInvarianceTests.history(place) == whole)
        #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
        print("ten runs: \(crashes) of them killed on the way")
    }

    /// A number too large for exact sums is refused for its record alone: the customer keeps what it had, the rest of
    /// the file and the customer's later records go on.
    @Test func anOverflowIsRecordedForItsRecordAndEverythingElseGoesOn() async throws {
        func run(_ lines: [String]) async throws -> Workplace {
            let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
            try place.drop("1.csv", CrashTests.day("2026-01-10", lines))
            try await place.run()
            return place
        }
        let good = [
            "a,purchase,DAY 09:00:00,1,120", "b,purchase,DAY 09:30:00,2,20", "a,purchase,DAY 11:00:00,4,30",
            "c,purchase,DAY 12:00:00,5,150",
        ]
        let place = try await run(Array(good[0...1]) + ["a,purchase,DAY 10:00:00,3,9300000000000"] + Array(good[2...]))
        let refused = try Self.refused(place)
        #expect(refused.count == 1)
        #expect(refused[0].contains("overflow") && refused[0].contains("amount is 9300000000000.0"), "\(refused)")
        #expect(try ChunkInvarianceTests.history(place) == ChunkInvarianceTests.history(await run(good)))
    }

    private static func refused(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try Row.fetchAll(db, sql: "SELECT code, record, sample, reason FROM quarantined").map { "\($0)" }
        }
    }
}
