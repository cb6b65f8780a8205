import DriftDaemon
import DriftIntake
import Foundation
import GRDB
import Testing

/// What is kept about sources besides their records: their columns, and how good their records are.
@Suite struct SourceFactsTests {
    static let source = "  - {name: shop, match: '*.csv', format: csv, max_quarantined: 0.5}"
    static let model =
        CrashTests.model
        + "\n  - {name: dirty, on: intake, source: shop, quarantined_above: 0.9, severity: warning, notify: [ops]}\n"

    func place() throws -> Workplace {
        try Workplace(model: Self.model, settings: "wall_lag: never", sources: Self.source)
    }

    func summaries(_ place: Workplace) async throws -> [String] {
        try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db, sql: "SELECT summary FROM alerts WHERE kind = 'intake' ORDER BY created_at, summary")
        }
    }

    func file(_ day: Int, columns: String = "customer,type,at,id,amount") -> String {
        let extra = String(repeating: ",x", count: max(0, columns.filter { $0 == "," }.count - 4))
        return "\(columns)\na,purchase,2026-01-\(10 + day) 10:00:00,\(day),20\(extra)\n"
    }

    @Test func eachSetOfColumnsIsToldOnceAndNotPerFile() async throws {
        let place = try place()
        for day in 0..<2 { try place.drop("\(day).csv", file(day)) }
        try await place.run()
        #expect(try await summaries(place).isEmpty)
        for day in 2..<5 { try place.drop("\(day).csv", file(day, columns: "customer,type,at,id,amount,till")) }
        try await place.run()
        try place.drop("5.csv", file(5))
        try await place.run()
        try place.drop("6.csv", file(6, columns: "customer,type,at,id,amount,till"))
        try await place.run()
        #expect(try await summaries(place) == ["Source shop: from 2.csv on its columns are others: new 'till'"])
    }

    @Test func filesThatLackAColumnAreQuarantinedAndToldOnce() async throws {
        let place = try place()
        try place.drop("0.csv", file(0))
        try await place.run()
        for day in 1..<4 { try place.drop("\(day).csv", file(day, columns: "client,type,at,id,amount")) }
        try await place.run()
        let told = try await summaries(place)
        #expect(told.count == 1)
        #expect(
            told.first?.hasPrefix(
                "Source shop: from 1.csv on its columns are others: renamed 'customer' to 'client'; the file is quarantined: "
            ) == true)
        let states = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT state FROM files ORDER BY file_id")
        }
        #expect(states == ["archived", "quarantined", "quarantined", "quarantined"])
    }

    @Test func nullsRejectsAndDelaysAreCounted() async throws {
        let place = try place()
        try place.drop(
            "1.csv",
            CrashTests.day(
                "2026-01-10",
                ["a,purchase,DAY,1,20", "b,purchase,DAY,,NA", "c,purchase,never,2,5", "c,purchase,DAY,3,5"]))
        try await place.run()
        let counts = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db,
                sql: "SELECT printf('%s %s %d', kind, name, n) FROM source_quality WHERE kind <> 'delay' ORDER BY 1")
        }
        #expect(counts == ["null amount 1", "null id 1", "records  4", "reject unreadable_field 1"])
        let delayed = try await DatabaseContent.open(place.databasePath).read { db in
            try Int.fetchOne(db, sql: "SELECT sum(n) FROM source_quality WHERE kind = 'delay'")
        }
        #expect(delayed == 3)
    }
}
