import DriftDaemon
import DriftModel
import DriftStore
import Foundation
import GRDB
import Testing

/// `verify` over a past in which the model changed.
@Suite struct VerifyModelTests {
    static let titled = CrashTests.model.replacingOccurrences(
        of: "{id: fresh, rank: 2,", with: "{id: fresh, title: Not long ago, rank: 2,")

    /// Files before and after another model is in force, and time that passes under both.
    static func lived() async throws -> Workplace {
        let place = try VerifyTests.place(settings: "wall_lag: 0s")
        try place.drop("1.csv", CrashTests.day("2026-01-10", ["a,purchase,DAY 09:00:00,1,120"]))
        try await place.run(asOf: .init(seconds: 1_768_100_000))
        try place.write("model.yaml", titled)
        try place.drop("2.csv", CrashTests.day("2026-01-20", ["b,purchase,DAY 09:00:00,2,90"]))
        try await place.run(asOf: .init(seconds: 1_769_000_000))
        try await place.run(asOf: .init(seconds: 1_780_000_000))
        return place
    }

    /// Catches a replay under the wrong model's numbers.
    @Test func aModelWithOtherTitlesIsLivedThroughAgain() async throws {
        let place = try await Self.lived()
        let models = try await DatabaseContent.open(place.databasePath).read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM activation")
        }
        #expect(models == 2)
        let report = try VerifyTests.verify(place)
        #expect(VerifyTests.findings(report) == [])
        #expect(report.notes == [] && report.checks.last?.name == "replay")
        try VerifyTests.change(
            place,
            "UPDATE transition SET effective_at = effective_at + 1 WHERE transition_id = (SELECT max(transition_id) FROM transition)"
        )
        #expect(!(try VerifyTests.verify(place)).holds)
    }

    /// A change that places customers anew is in no file: verify says what it could not check, and checks the rest.
    @Test func aModelWithOtherRulesIsSaidToBeBeyondIt() async throws {
        let place = try await Self.lived()
        try VerifyTests.change(
            place,
            "UPDATE model SET yaml = replace(yaml, 'spend_30d >= 100', 'spend_30d >= 90') WHERE active = 0")
        let report = try VerifyTests.verify(place)
        #expect(report.holds)
        #expect(report.checks.map(\.name) == ["integrity", "chains", "ledger", "counts", "archive"])
        #expect(report.notes.count == 1 && report.notes[0].contains("placed every customer anew"), "\(report.notes)")
        try VerifyTests.change(place, "UPDATE file SET accepted = 0, records = 0 WHERE name = '2.csv'")
        #expect(!(try VerifyTests.verify(place)).holds)
    }
}
