import DriftDaemon
import DriftModel
import DriftStore
import Foundation
import GRDB
import Testing

/// What `retention:` says is kept no longer is deleted, a day's pass at a time; what is counted of it stays.
@Suite struct RetentionTests {
    /// Well after the events of the scenario.
    static let start = Instant(seconds: 1_780_000_000)

    static func place(_ retention: String) throws -> Workplace {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nretention: \(retention)", sources: CrashTests.source)
        try CrashTests.fill(place)
        try place.drop("refused.csv", CrashTests.day("2026-01-11", ["x,purchase,DAY,1,oops", "y,purchase,DAY,2,oops"]))
        return place
    }

    /// A run by a clock of the test's own, so long after the first.
    static func run(_ place: Workplace, day: Int64 = 0, hours: Int64 = 0) async throws {
        var world = World.real(environment: World.processEnvironment())
        world.now = { start.advanced(bySeconds: day * 86_400 + hours * 3_600) }
        _ = try await DaemonRunner.run(RunOptions(configPath: place.configPath, once: true), world: world)
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
    }

    static func states(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT name || ' ' || state || ' ' || records || '/' || quarantined || '/' || conflicts FROM files
                    ORDER BY name
                    """)
        }
    }

    static func refused(_ place: Workplace) throws -> Int {
        try DatabaseContent.rows(place.databasePath, of: "quarantined").count
    }

    @Test func whatWasRefusedIsForgottenWhenItsTimeIsUp() async throws {
        let place = try Self.place("{quarantine: 5d}")
        try await Self.run(place, day: 0)
        let before = try Self.states(place)
        let kept = try Self.refused(place)
        #expect(before.contains("refused.csv quarantined 2/2/0"))
        #expect(kept > 4)
        try await Self.run(place, day: 4)
        #expect(try Self.refused(place) == kept)
        #expect(try place.spool("quarantine").count == 2)
        try await Self.run(place, day: 6)
        #expect(try Self.refused(place) == 0)
        #expect(try place.spool("quarantine") == [])
        // Its records still count as quarantined, and so do those of the files that were applied.
        #expect(try Self.states(place) == before.map { $0.replacing("quarantined 2/2", with: "dropped 2/2") })
        #expect(try place.spool("archive").count == 3)
        let report = try VerifyTests.verify(place)
        #expect(VerifyTests.findings(report) == [])
        #expect(report.notes == [])
    }

    @Test func aDeletedArchiveIsSaidToLimitWhatCanBeVerified() async throws {
        let place = try Self.place("{archive: 10d, quarantine: forever}")
        try await Self.run(place, day: 0)
        let before = try Self.states(place)
        try await Self.run(place, day: 11)
        #expect(try Self.states(place) == before)
        #expect(try place.spool("archive") == [])
        #expect(try place.spool("quarantine").count == 2)
        let report = try VerifyTests.verify(place)
        #expect(VerifyTests.findings(report) == [])
        #expect(report.checks.first { $0.name == "archive" }?.extent == "0 files, 3 deleted by retention")
        #expect(report.notes.contains("file 1 was not replayed: it was deleted when its time of retention was up"))
        #expect(report.notes.last?.hasPrefix("3 of 3 customers have events in files that were not replayed") == true)
        // The same bytes again are still known.
        try place.drop(
            "again.csv", CrashTests.day("2026-02-20", ["d,purchase,DAY 09:00:00,5,10", ",purchase,DAY 09:30:00,6,10"]))
        try await Self.run(place, day: 11)
        #expect(try Self.states(place).contains { $0.hasPrefix("again.csv duplicate") })
    }

    /// What is counted of forgotten moves stays, each customer's latest move too, and so does what a rule looks back at.
    @Test func oldMovesAreForgottenAndNothingElse() async throws {
        func place(_ retention: String) throws -> Workplace {
            let place = try Workplace(
                model: CrashTests.model, settings: "wall_lag: never\nretention: \(retention)",
                sources: CrashTests.source)
            try CrashTests.fill(place)
            try place.drop(
                "4.csv",
                CrashTests.day("2026-04-01", ["b,purchase,DAY 09:00:00,7,120", "e,purchase,DAY 09:00:00,8,200"]))
            try place.drop("5.csv", CrashTests.day("2026-05-25", ["b,purchase,DAY 09:00:00,9,10"]))
            return place
        }
        let (all, some) = (try place("{transitions: forever}"), try place("{transitions: 10d}"))
        for place in [all, some] {
            try await Self.run(place, day: 0)
            // The rows of customers say where they are from the end of a run on.
            try await Self.run(place, day: 2)
        }
        let views = ["transitions", "segment_sizes", "current_segments", "files", "segment_flows"]
        let differences = try DatabaseContent.differences(all.databasePath, some.databasePath)
        #expect(differences.map { $0.prefix { $0 != ":" } }.filter { views.contains(String($0)) } == ["transitions"])
        let (before, after) = try (Self.moves(all), Self.moves(some))
        #expect(after.count < before.count)
        #expect(Set(after).isSubset(of: before))
        for move in before where !after.contains(move) {
            #expect(move.at < "2026-02-23", "\(move)")
            #expect(after.contains { $0.customer == move.customer && $0.seq > move.seq }, "\(move)")
        }
        for move in before where move.at > "2026-02-23" { #expect(after.contains(move), "\(move)") }
        #expect(VerifyTests.findings(try VerifyTests.verify(some)) == [])
        // What comes later goes on from there.
        for place in [all, some] {
            try place.drop("6.csv", CrashTests.day("2026-05-26", ["a,purchase,DAY 09:00:00,10,300"]))
            try await Self.run(place, day: 3)
        }
        #expect(try Self.moves(some).suffix(2) == Self.moves(all).suffix(2))
        #expect(VerifyTests.findings(try VerifyTests.verify(some)) == [])
    }

    struct Moved: Hashable {
        var customer: String
        var seq: Int
        var at: String
        var facts: String
    }

    static func moves(_ place: Workplace) throws -> [Moved] {
        try DatabaseContent.open(place.databasePath).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT customer, seq, effective_at, from_segment, to_segment FROM transitions
                    ORDER BY effective_at, customer, seq
                    """
            ).map {
                Moved(
                    customer: $0["customer"], seq: $0["seq"], at: $0["effective_at"],
                    facts: "\($0["from_segment"] as String? ?? "")>\($0["to_segment"] as String? ?? "")")
            }
        }
    }

    @Test func aPassIsMadeOnceADay() async throws {
        let place = try Self.place("{quarantine: 1s}")
        try await Self.run(place, day: 0)
        let kept = try Self.refused(place)
        try await Self.run(place, hours: 23)
        #expect(try Self.refused(place) == kept)
        try await Self.run(place, day: 1)
        #expect(try Self.refused(place) == 0)
    }

    /// A wrong clock must not cost anybody a file.
    @Test func nothingIsDeletedByAClockThatIsDoubted() async throws {
        let place = try Self.place("{archive: 10d, quarantine: 5d}")
        try await Self.run(place, day: 0)
        let kept = try Self.refused(place)
        try await Self.run(place, day: 400)
        #expect(try Self.refused(place) == kept)
        #expect(try place.spool("archive").count == 3)
    }

    /// Killed between the deletion and its note, the next pass finds the file gone and notes it.
    @Test func aDeletionCutShortIsDoneAgain() async throws {
        let place = try Self.place("{archive: 10d, quarantine: 5d}")
        try await Self.run(place, day: 0)
        for name in try place.spool("archive") + place.spool("quarantine").map({ "../quarantine/\($0)" }) {
            try FileManager.default.removeItem(at: place.root.appendingPathComponent("spool/archive/\(name)"))
        }
        try await Self.run(place, day: 11)
        let left = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT DISTINCT stored_path FROM file")
        }
        #expect(left == ["deleted"])
    }

    /// Many refused records go a piece at a time, and all of them go.
    @Test func manyRecordsAreForgottenInPieces() async throws {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nretention: {quarantine: 1d}",
            sources: CrashTests.source)
        let rows = (0..<1_700).map { "c\($0),purchase,DAY 09:00:00,\($0),\($0 % 2 == 0 ? "oops" : "5")" }
        try place.drop("1.csv", CrashTests.day("2026-01-10", rows + ["z,purchase,DAY 09:00:00,z,5"]))
        try await Self.run(place, day: 0)
        #expect(try Self.refused(place) == 850)
        try await Self.run(place, day: 2)
        #expect(try Self.refused(place) == 0)
        #expect(try Self.states(place) == ["1.csv archived 1701/850/0"])
    }
}
