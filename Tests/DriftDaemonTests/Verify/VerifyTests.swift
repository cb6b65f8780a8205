import DriftDaemon
import DriftModel
import DriftStore
import Foundation
import GRDB
import Testing

/// `verify` agrees with a database that is right, and finds whatever is changed in one, in its archive or its ledger.
@Suite struct VerifyTests {
    static func place(settings: String = "wall_lag: never") throws -> Workplace {
        try Workplace(model: CrashTests.model, settings: settings, sources: CrashTests.source)
    }

    static func filled() async throws -> Workplace {
        let place = try place()
        try CrashTests.fill(place)
        try await place.run()
        return place
    }

    static func verify(_ place: Workplace, quick: Bool = false) throws -> Verification.Report {
        try Verification.run(
            Verification.Options(configPath: place.configPath, isQuick: quick, scratchDirectory: place.root.path),
            world: World.real(environment: [:]))
    }

    static func findings(_ report: Verification.Report) -> [String] {
        report.checks.flatMap { check in check.findings.map { "\(check.name): \($0)" } }
    }

    static func change(_ place: Workplace, _ sql: String) throws {
        let database = try DatabaseQueue(path: place.databasePath)
        try database.write { db in
            try db.execute(sql: sql)
            #expect(db.changesCount > 0, "\(sql)")
        }
        try database.close()
    }

    @Test func aDatabaseThatIsRightIsFoundRight() async throws {
        let place = try await Self.filled()
        let report = try Self.verify(place)
        #expect(Self.findings(report) == [])
        #expect(report.notes == [])
        #expect(report.checks.map(\.name) == ["integrity", "chains", "ledger", "counts", "archive", "replay"])
        #expect(report.checks.last?.extent == "8 records, 3 customers, 6 moves")
    }

    @Test func filesInManyRunsAndOrdersAreFoundRight() async throws {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: 0s", sources: CrashTests.source)
        let day = CrashTests.day
        try place.drop("3.csv", day("2026-02-20", ["d,purchase,DAY 09:00:00,5,10", "a,purchase,DAY 09:30:00,6,10"]))
        try await place.run(asOf: Instant(seconds: 1_771_600_000))
        // Late, overlapping, unsorted, a duplicate file.
        try place.drop("1.csv", day("2026-01-10", ["a,purchase,DAY 09:00:00,1,120", "b,purchase,DAY 08:00:00,2,20"]))
        try place.drop("2.csv", day("2026-01-10", ["b,purchase,DAY 08:30:00,4,90", "b,visit,DAY 09:00:00,4,90"]))
        try place.drop("4.csv", day("2026-01-10", ["a,purchase,DAY 09:00:00,1,120", "b,purchase,DAY 08:00:00,2,20"]))
        try await place.run(asOf: Instant(seconds: 1_771_700_000))
        try await place.run(asOf: Instant(seconds: 1_780_000_000))
        #expect(Self.findings(try Self.verify(place)) == [])
    }

    @Test(arguments: [
        "UPDATE transition SET effective_at = effective_at + 1 WHERE transition_id = 2",
        "UPDATE transition SET kind_id = (SELECT max(kind_id) FROM transition_kind) WHERE transition_id = 1",
        "UPDATE transition SET record = 7 WHERE record = 1",
        "UPDATE transition SET inputs = replace(inputs, '120', '121') WHERE inputs LIKE '%120%'",
        "DELETE FROM transition WHERE transition_id = (SELECT max(transition_id) FROM transition)",
        "UPDATE customer SET events = events + 1 WHERE name = 'a'",
        "UPDATE customer SET state = (SELECT state FROM customer WHERE name = 'a') WHERE name = 'b'",
        "UPDATE customer SET segments = replace(segments, ',1,', ',2,') WHERE name = 'd'",
        "INSERT INTO customer (name, state, events) SELECT 'nobody', state, events FROM customer WHERE name = 'a'",
        "UPDATE customer SET name = 'aa' WHERE name = 'a'",
        "UPDATE file SET accepted = accepted - 1, duplicates = duplicates + 1 WHERE name = '1.csv'",
        "UPDATE file SET accepted = accepted - 1, records = records - 1 WHERE name = '2.csv'",
        "DELETE FROM quarantined_record WHERE code = 'conflict'",
        "UPDATE file SET sha256 = replace(sha256, substr(sha256, 1, 4), '0000') WHERE name = '3.csv'",
    ])
    func aChangeIsFound(sql: String) async throws {
        let place = try await Self.filled()
        try Self.change(place, sql)
        let report = try Self.verify(place)
        #expect(!report.holds, "\(sql)")
    }

    @Test func otherBytesInTheArchiveAreFound() async throws {
        let place = try await Self.filled()
        let name = try #require(try place.spool("archive").first { $0.hasSuffix("2.csv") })
        let path = place.root.appendingPathComponent("spool/archive/\(name)")
        let text = try String(contentsOf: path, encoding: .utf8)
        try text.replacingOccurrences(of: ",90", with: ",50").write(to: path, atomically: true, encoding: .utf8)
        let findings = Self.findings(try Self.verify(place))
        #expect(findings.contains { $0.hasPrefix("archive: file 2: archive/shop/") })
        #expect(findings.contains { $0.hasPrefix("replay: customer b: move 2 of value") }, "\(findings)")
        #expect(!(try Self.verify(place, quick: true)).holds)
    }

    /// An older copy of the database was restored: what came after it is in the archive alone, and can be given again.
    @Test func whatTheLedgerDoesNotKnowIsFoundAndCanBeGivenAgain() async throws {
        let place = try await Self.filled()
        let older = place.root.appendingPathComponent("older.sqlite").path
        try FileManager.default.copyItem(atPath: place.databasePath, toPath: older)
        try place.drop("4.csv", CrashTests.day("2026-02-21", ["a,purchase,DAY 09:00:00,9,10"]))
        try await place.run()
        let expected = try DatabaseContent.texts(place.databasePath)
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: place.databasePath + suffix) }
        try FileManager.default.copyItem(atPath: older, toPath: place.databasePath)
        let findings = Self.findings(try Self.verify(place))
        #expect(findings.count == 1 && findings[0].contains("4-4.csv is in no row of the ledger"), "\(findings)")
        let stranger = try #require(try place.spool("archive").first { $0.hasSuffix("4.csv") })
        try FileManager.default.moveItem(
            at: place.root.appendingPathComponent("spool/archive/\(stranger)"),
            to: try place.incoming("shop").appendingPathComponent("4.csv"))
        try await place.run()
        #expect(Self.findings(try Self.verify(place)) == [])
        #expect(try DatabaseContent.texts(place.databasePath) == expected)
    }

    /// Only customers with events in the file cannot be compared; it is said how many.
    @Test func aFileThatIsGoneExcusesTheCustomersItWasAbout() async throws {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nretention: {archive: 30d}", sources: CrashTests.source)
        try CrashTests.fill(place)
        try await place.run()
        let name = try #require(try place.spool("archive").first { $0.hasSuffix("3.csv") })
        try FileManager.default.removeItem(at: place.root.appendingPathComponent("spool/archive/\(name)"))
        let report = try Self.verify(place)
        #expect(Self.findings(report) == [])
        #expect(report.notes.contains { $0.contains("1 of 3 customers") }, "\(report.notes)")
        try Self.change(place, "UPDATE transition SET effective_at = effective_at + 1 WHERE transition_id = 2")
        #expect(!(try Self.verify(place)).holds)
    }

    @Test func nothingIsLeftBehind() async throws {
        let place = try await Self.filled()
        let before = try FileManager.default.contentsOfDirectory(atPath: place.root.path).sorted()
        #expect(try Self.verify(place).holds)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.root.path).sorted() == before)
    }
}
