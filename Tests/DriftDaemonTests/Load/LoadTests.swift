import DriftDaemon
import DriftIntake
import DriftModel
import DriftStore
import Foundation
import GRDB
import Testing

/// `load` has the effect of dropping the files, leaves them where they are, and can be done again.
@Suite struct LoadTests {
    static func files(_ place: Workplace) throws -> [Loader.Item] {
        let directory = place.root.appendingPathComponent("elsewhere")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let shop = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try CrashTests.fill(shop)
        return try shop.spool("incoming/shop").map { name in
            let target = directory.appendingPathComponent(name)
            try FileManager.default.copyItem(at: try shop.incoming("shop").appendingPathComponent(name), to: target)
            return Loader.Item(source: "shop", path: target.path)
        }
    }

    static func load(_ place: Workplace, _ items: [Loader.Item]) throws -> LoadRun.Outcome {
        let outcome = try LoadRun.run(
            LoadRun.Options(configPath: place.configPath, items: items), world: World.real(environment: [:]))
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
        return outcome
    }

    @Test func itHasTheEffectOfDroppingTheFiles() async throws {
        let dropped = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try CrashTests.fill(dropped)
        try await dropped.run()
        let loaded = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        // The order in which they are given is nothing.
        let outcome = try Self.load(loaded, try Self.files(loaded).reversed())
        #expect(outcome.files == ["archived": 3])
        #expect(outcome.counts.records == 8)
        let differences = try DatabaseContent.differences(
            dropped.databasePath, loaded.databasePath, besides: ["alerts", "feed_forms"])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(VerifyTests.findings(try VerifyTests.verify(loaded)) == [])
    }

    @Test func everyMoveIsHistoryAndToldInOneDigest() throws {
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        _ = try Self.load(place, try Self.files(place))
        let kinds = try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT kind FROM alerts WHERE state NOT IN ('digested', 'suppressed')")
        }
        #expect(kinds.filter { $0 != "intake" }.count == 1)
    }

    @Test func filesStayWhereTheyAreAndAreNotTakenTwice() throws {
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        let items = try Self.files(place)
        _ = try Self.load(place, items)
        for item in items { #expect(FileManager.default.fileExists(atPath: item.path)) }
        let again = try Self.load(place, items)
        #expect(again.known == 3 && again.files.isEmpty)
        #expect(try DatabaseContent.rows(place.databasePath, of: "files").count == 3)
    }

    @Test func aFileThatIsRefusedIsTold() throws {
        let place = try Workplace(
            model: CrashTests.model, sources: CrashTests.source.replacingOccurrences(of: "0.5", with: "0.1"))
        let outcome = try Self.load(place, try Self.files(place))
        #expect(outcome.refused.map(\.name).sorted() == ["1.csv", "3.csv"])
    }
}
