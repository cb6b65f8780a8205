import DriftDaemon
import DriftModel
import Foundation
import GRDB
import Testing

/// What the daemon tells of itself, from the trouble to the line in the file: sources that fall silent, files refused
/// whole, a clock that is not believed.
@Suite struct OwnTroubleTests {
    private static let start = Instant(seconds: 1_767_225_600)  // 2026-01-01

    private static let sources = """
          - {name: shop, format: csv, max_quarantined: 0.1, stalled_after: 36h}
          - {name: web, format: csv, max_quarantined: 0.1, stalled_after: 10d}
          - {name: quiet, format: csv}
        """

    private struct Told: Equatable {
        var rule: String
        var summary: String
        var destinations: [String]
    }

    /// One run at an hour after the start, as from a timer.
    private func run(_ place: Workplace, hour: Int64) async throws {
        var world = World.real(environment: [:])
        world.now = { Self.start.advanced(bySeconds: hour * 3_600) }
        _ = try await DaemonRunner.run(RunOptions(configPath: place.configPath, once: true), world: world)
    }

    private func told(_ place: Workplace) throws -> [Told] {
        try DatabaseContent.open(place.databasePath).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT rule, summary, (SELECT group_concat(destination) FROM (
                        SELECT destination FROM deliveries AS d WHERE d.alert_id = a.alert_id ORDER BY 1)) AS whom
                    FROM alerts AS a WHERE kind = 'self' ORDER BY created_at, rule
                    """
            ).map { Told(rule: $0[0], summary: $0[1], destinations: ($0[2] as String).components(separatedBy: ",")) }
        }
    }

    private func drop(_ place: Workplace, _ day: String, source: String = "shop") throws {
        try place.drop(
            "\(source)-\(day).csv", CrashTests.day(day, ["a\(day),purchase,DAY 10:00:00,\(source)\(day),20"]),
            source: source)
    }

    @Test func aSourceThatFallsSilentIsToldOfOncePerDayAsLongAsItLasts() async throws {
        let place = try Workplace(model: CrashTests.model, settings: "wall_lag: 0s", sources: Self.sources)
        try drop(place, "2025-12-31")
        try drop(place, "2025-12-31", source: "quiet")
        for hour in [0, 12, 35] as [Int64] { try await run(place, hour: hour) }
        #expect(try told(place) == [])
        // Seen at hour 0, and 36 hours are over.
        try await run(place, hour: 36)
        let first = Told(
            rule: "source",
            summary:
                "Source shop has delivered nothing since 2026-01-01T00:00:00Z (limit 1d 12h). Files are awaited in "
                + "\(place.root.path)/spool/incoming/shop. Look: segdrift files --source shop",
            destinations: ["journal (own)", "ops"])
        #expect(try told(place) == [first])
        for hour in [37, 50, 59] as [Int64] { try await run(place, hour: hour) }
        #expect(try told(place) == [first])
        try await run(place, hour: 60)
        #expect(try told(place) == [first, first])
        // It delivers again: its silence begins anew.
        try drop(place, "2026-01-03")
        try await run(place, hour: 70)
        for hour in [84, 105] as [Int64] { try await run(place, hour: hour) }
        #expect(try told(place).count == 2)
        try await run(place, hour: 106)
        #expect(try told(place).count == 3)
        #expect(try told(place).last?.summary.contains("since 2026-01-03T22:00:00Z") == true)
        // And one that has never delivered at all.
        try await run(place, hour: 240)
        #expect(
            try told(place).filter { $0.summary.hasPrefix("Source web has never delivered anything") }.map(\.rule)
                == ["source"])
        #expect(try !told(place).contains { $0.summary.contains("quiet") })
    }

    @Test func whatLayInTheSpoolWhileNobodyWasThereCountsAsDelivered() async throws {
        let place = try Workplace(model: CrashTests.model, settings: "wall_lag: 0s", sources: Self.sources)
        try drop(place, "2025-12-31")
        try await run(place, hour: 0)
        try drop(place, "2026-01-05")
        try await run(place, hour: 120)
        #expect(try told(place) == [])
    }

    @Test func filesRefusedWholeAreToldOncePerHourAndSourceAndThenCounted() async throws {
        let place = try Workplace(model: CrashTests.model, settings: "wall_lag: 0s", sources: Self.sources)
        func bad(_ number: Int, source: String) throws {
            try place.drop("bad\(number).csv", "customer,type,at\n\(number),purchase,never\n", source: source)
        }
        for number in 1...5 { try bad(number, source: "shop") }
        try bad(6, source: "quiet")
        try await run(place, hour: 1)
        let told = try told(place)
        #expect(told.map(\.rule) == ["quarantine", "quarantine"])
        #expect(told.contains { $0.summary.hasPrefix("Source shop: the file bad1.csv was put aside whole: ") })
        #expect(told.allSatisfy { $0.summary.contains("Look: segdrift quarantine show ") })
        #expect(told.allSatisfy { $0.destinations == ["journal (own)", "ops"] })
        // An hour later the others are counted.
        try await run(place, hour: 2)
        let later = try self.told(place)
        #expect(later.count == 3)
        #expect(
            later.last?.summary.contains("bad5.csv") == true
                && later.last?.summary.contains("Since 2026-01-01T01:00:00Z it was left out 3 times.") == true,
            "\(later)")
    }

    @Test func aClockThatIsNotBelievedIsTold() async throws {
        let place = try Workplace(model: CrashTests.model, settings: "wall_lag: 0s", sources: Self.sources)
        try drop(place, "2025-12-31")
        try await run(place, hour: 0)
        // 70 days later: more likely a wrong clock than a holiday. Nobody is called silent by it.
        try await run(place, hour: 70 * 24)
        try await run(place, hour: 70 * 24 + 1)
        #expect(try told(place).map(\.rule) == ["clock"])
        #expect(
            try told(place).first?.summary.hasPrefix(
                "Time stands still for segdrift: the last commit was 70 days ago by the wall clock.") == true)
    }
}
