import DriftModel
import Foundation
import Testing

@testable import segdrift

/// What people read about the quality of a source.
@Suite(.enabled(if: BuiltExecutable.isBuilt, "needs the built executable"), .serialized)
struct QualityOutputTests {
    /// The corner shop with 200 purchases that come 30 hours after they happened.
    static func lateShop() async throws -> CornerShop {
        let shop = try CornerShop(
            sources: """
                  - {name: till, format: csv}
                """)
        let claim: Int64 = 4_000_000_000
        let rows = (0..<200).map { "c\($0 % 7),purchase,\(claim - 108_000 - Int64($0)),\($0 % 10 == 0 ? "" : "5")\n" }
        try shop.write("spool/incoming/till/a.csv", "customer,type,at,amount\n" + rows.joined())
        try await shop.run(asOf: Instant(seconds: claim))
        return shop
    }

    @Test func statusSaysWhenTheLagIsTooSmallForHowLateEventsArrive() async throws {
        let shop = try await Self.lateShop()
        let said = try BuiltExecutable.transcript(
            ["status", "--format", "table", "--config", shop.config], columns: 80)
        #expect(
            said.contains(
                "wall_lag 0s is too small for till: 100.0 % of its records come later; 31h would\nwait for 99 of 100"),
            "\(said)")
        let config = try String(contentsOfFile: shop.config, encoding: .utf8)
        try shop.write("segdrift.yaml", config.replacing("wall_lag: 0s", with: "wall_lag: 31h"))
        let content = try BuiltExecutable.transcript(
            ["status", "--format", "table", "--config", shop.config], columns: 80)
        #expect(!content.contains("too small"))
    }

    @Test func theTableFitsEightyColumnsAndSuggestsALag() async throws {
        let shop = try await Self.lateShop()
        let said = try BuiltExecutable.transcript(
            ["files", "--quality", "--format", "table", "--config", shop.config], columns: 80)
        #expect(said.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(said)")
        #expect(said.contains("no value  purchase.amount     20  200  10.0 %"), "\(said)")
        #expect(
            said.contains("wall_lag: 31h would wait for 99 of 100 records; it is 0s, and 100.0 % come later"), "\(said)"
        )
    }
}
