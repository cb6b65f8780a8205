import DriftDaemon
import DriftModel
import Foundation
import GRDB
import Testing

/// What arrives wrong, late, or in the company of something else.
@Suite struct IntakeTroubleTests {
    static let source = "  - {name: shop, match: '*.csv', format: csv, max_quarantined: 0.5}"

    func place(settings: String = "wall_lag: never", sources: String = source) throws -> Workplace {
        try Workplace(model: CrashTests.model, settings: settings, sources: sources)
    }

    func lines(_ rows: String...) -> String { CrashTests.day("2026-01-10", rows) }

    /// Catches late records counted to the first file of a set: a file would have more late than accepted ones.
    @Test func lateRecordsAreCountedToTheFileThatBroughtThem() async throws {
        let place = try place()
        try place.drop("1.csv", lines("a,purchase,2026-02-01 10:00:00,1,20"))
        try await place.run()
        try place.drop("2.csv", lines("n,purchase,2026-01-10 10:00:00,1,20"))
        try place.drop("3.csv", lines("a,purchase,2026-01-09,2,20", "a,purchase,2026-01-20,3,20"))
        try await place.run()
        let late = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT name || ' ' || late || '/' || accepted FROM files ORDER BY name")
        }
        #expect(late == ["1.csv 0/1", "2.csv 0/1", "3.csv 2/2"])
    }

    /// What the engine refuses is shown like what the mapping refuses: place, reason, first bytes.
    @Test func recordsRefusedLateHaveTheirPlaceAndFirstBytes() async throws {
        let place = try place()
        try place.drop(
            "1.csv",
            lines(
                "a,purchase,2026-02-01 10:00:00,1,20", "m,purchase,2026-02-01 11:00:00,1,1e15",
                "a,purchase,2026-02-01 10:00:00,1,21"))
        try await place.run()
        let kept = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db, sql: "SELECT record || ' @' || byte_offset || ' ' || code || ' ' || sample FROM quarantined")
        }
        #expect(
            kept == [
                "2 @63 overflow m,purchase,2026-02-01 11:00:00,1,1e15",
                "3 @101 conflict a,purchase,2026-02-01 10:00:00,1,21",
            ])
    }

    @Test func aCustomerOfWhomEveryRecordWasRefusedIsNobody() async throws {
        let place = try place()
        try place.drop("1.csv", lines("a,purchase,2026-02-01 10:00:00,1,20", "m,purchase,2026-02-01 11:00:00,1,1e15"))
        try await place.run()
        let (customers, last) = try await DatabaseContent.open(place.databasePath).read { db in
            (
                try String.fetchAll(db, sql: "SELECT customer FROM customers"),
                try Int.fetchOne(db, sql: "SELECT sum(customers) FROM segment_sizes WHERE day = '2026-02-01'")
            )
        }
        #expect(customers == ["a"])
        #expect(last == 1)
        #expect(try DatabaseContent.rows(place.databasePath, of: "quarantined").count == 1)
        try place.drop("2.csv", lines("m,purchase,2026-02-02 11:00:00,2,15"))
        try await place.run()
        #expect(try DatabaseContent.rows(place.databasePath, of: "customers").count == 2)
    }

    /// Catches time that runs to the wall clock because the file applied first has no events: what waits beside it
    /// would be late.
    @Test func aFileWithoutRecordsDoesNotLetTimeRunPastTheOnesThatWait() async throws {
        let rows = ["a,purchase,2026-01-01 10:00:00,1,20", "b,purchase,2026-01-02 10:00:00,1,90"]
        let more = ["a,purchase,2026-01-20 10:00:00,2,20", "c,purchase,2026-02-21 10:00:00,1,90"]
        let plain = try place(settings: "wall_lag: 0s")
        let beside = try place(settings: "wall_lag: 0s")
        for place in [plain, beside] {
            try place.drop("1.csv", CrashTests.day("", rows))
            try place.drop("2.csv", CrashTests.day("", more))
        }
        try beside.drop("0.csv", CrashTests.day("", []))
        let end = Instant(seconds: 1_775_000_000)
        try await plain.run(asOf: end)
        try await beside.run(asOf: end)
        let differences = try DatabaseContent.differences(
            plain.databasePath, beside.databasePath, besides: ["alerts", "files", "feed_forms", "quality"])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        let late = try await DatabaseContent.open(beside.databasePath).read { db in
            try Int.fetchOne(db, sql: "SELECT sum(late) FROM files")
        }
        #expect(late == 0)
    }

    /// A file of a set that is gone when its turn comes is put aside; the others are applied.
    @Test func aFileThatVanishedFromWorkDoesNotHoldUpOthers() async throws {
        let place = try place()
        try place.drop("1.csv", lines("a,purchase,2026-02-01 10:00:00,1,20"))
        try await place.run()
        let database = try DatabaseQueue(path: place.databasePath)
        try await database.write { db in
            try db.execute(
                sql: """
                    UPDATE file SET state = 'duplicate_pending', stored_path = 'work' WHERE file_id = 1
                    """)
        }
        try database.close()
        try place.drop("2.csv", lines("b,purchase,2026-02-02 10:00:00,1,20"))
        try await place.run()
        let states = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT state FROM files ORDER BY file_id")
        }
        #expect(states == ["duplicate_pending", "archived"])
    }
}
