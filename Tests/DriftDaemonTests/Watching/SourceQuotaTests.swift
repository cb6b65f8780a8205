import Foundation
import GRDB
import Testing

/// A source with more files than are taken at a time (RELIABILITY, fault 106).
@Suite struct SourceQuotaTests {
    static let sources = """
          - {name: flood, format: csv, limits: {waiting: 10}}
          - {name: shop, format: csv}
        """

    /// Files of consecutive days of one source, and one of another.
    static func flooded(_ files: Int, settings: String = "wall_lag: never") throws -> Workplace {
        let place = try Workplace(model: CrashTests.model, settings: settings, sources: sources)
        for number in 0..<files {
            let day = "2026-0\(1 + number / 28)-\(number % 28 < 9 ? "0" : "")\(1 + number % 28)"
            try place.drop(
                "\(100 + number).csv", CrashTests.day(day, ["c\(number % 4),purchase,DAY 09:00:00,\(number),60"]),
                source: "flood")
        }
        try place.drop("a.csv", CrashTests.day("2026-04-01", ["a,purchase,DAY 09:00:00,1,120"]))
        return place
    }

    /// Catches a source whose files all come first, files that are never taken, and a last part that waits for the next
    /// scan.
    @Test func aFloodIsTakenAPartAtATimeAndHoldsUpNobody() async throws {
        let place = try Self.flooded(45)
        try await place.run()
        let (done, other, sets) = try DatabaseContent.open(place.databasePath).read { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM file WHERE state = 'archived' AND accepted = 1"),
                try Row.fetchOne(db, sql: "SELECT file_id, set_id FROM file WHERE source = 'shop'")!,
                try Int.fetchAll(db, sql: "SELECT set_id FROM file WHERE source = 'flood' ORDER BY file_id")
            )
        }
        #expect(done == 46)
        // Claimed after the first ten, and applied before all that came behind them.
        #expect(other["file_id"] as Int == 11)
        #expect(sets.count { $0 > other["set_id"] as Int } == 35, "\(sets)")
        #expect(try place.spool("incoming") == [])
    }

    /// Catches room that is only made by files that are applied.
    @Test func filesThatAreRefusedOrTheSameMakeRoomToo() async throws {
        let place = try Self.flooded(0)
        for number in 0..<25 { try place.drop("\(number).csv", "customer,type\na,purchase\n", source: "flood") }
        for number in 25..<50 {
            try place.drop(
                "\(number).csv", CrashTests.day("2026-01-10", ["b,purchase,DAY 09:00:00,1,20"]), source: "flood")
        }
        try await place.run()
        let states = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT state || ' ' || count(*) FROM file GROUP BY state ORDER BY state")
        }
        #expect(states == ["archived 2", "duplicate 24", "quarantined 25"])
    }

    @Test(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"), .timeLimit(.minutes(30)))
    func peopleAreToldWhileItLasts() async throws {
        let place = try Self.flooded(30, settings: "wall_lag: never\nhttp: {listen: none}")
        let daemon = try await HeardDaemon(place)
        // Of how many depends on what its first look saw.
        try await daemon.wait(for: "more files are ready than are taken at a time (limits.waiting: 10): 20 of")
        try await daemon.wait(for: "no file is left waiting for others of it any more")
        #expect(try await daemon.waitForFiles(31).count == 31)
        daemon.stop()
        #expect(daemon.said.count { $0.contains("limits.waiting") } == 1, "\(daemon.said)")
    }
}
