import Foundation
import GRDB
import Testing

/// Customers' indexes are sorted through temporary files; where none can be made, or the disk they lie on is full, a load
/// comes to its end all the same.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable and libCrashShim.so"), .serialized)
struct SortingPlaceTests {
    /// More customers than are added to the indexes one by one, with names that outgrow what is sorted in memory.
    private static let file = CrashTests.day(
        "2026-01-10",
        (0..<20_500).map { "c\($0)\(String(repeating: "x", count: 200)),purchase,DAY 09:00:00,\($0),\($0 % 200)" })

    private static func load(_ orders: [String: String]) async throws -> Workplace {
        let place = try DatabaseTroubleTests.place()
        try place.drop("1.csv", file)
        let (end, _, errors) = try await DaemonProcess.capture(
            ["run", "--once", "--config", place.configPath, "--chunk-records", "15000"],
            environment: ["LD_PRELOAD": DaemonProcess.crashShim.path].merging(orders) { $1 })
        #expect(end == .exited(0), "\(orders): \(errors)")
        return place
    }

    private static func indexes(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db,
                sql: "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'customer' ORDER BY name")
        }
    }

    private static func count(ofCalls name: String) async throws -> (calls: Int, place: Workplace) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-calls-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let place = try await load(["ONLY": name, "CRASH_COUNT_FILE": file.path])
        let text = try String(contentsOf: file, encoding: .utf8)
        return (Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0, place)
    }

    @Test func withoutTemporaryFilesTheLoadIsTheSame() async throws {
        let (spills, calm) = try await Self.count(ofCalls: "spill")
        #expect(spills > 0, "nothing was sorted through a file")
        #expect(try Self.indexes(calm) == ["customer_name", "customer_wake"])
        // The last files that are made are those two.
        let creates = try await Self.count(ofCalls: "create").calls
        for orders in [
            ["ONLY": "spill", "FAIL_AT": "1:\(ENOSPC):0"], ["ONLY": "create", "FAIL_AT": "\(creates - 1):\(EACCES):0"],
        ] {
            let place = try await Self.load(orders)
            #expect(try Self.indexes(place) == ["customer_name", "customer_wake"], "\(orders)")
            let differences = try DatabaseContent.differences(calm.databasePath, place.databasePath)
            #expect(differences.isEmpty, "\(orders):\n\(differences.joined(separator: "\n"))")
            #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [], "\(orders)")
        }
        print("indexes sorted through \(spills) writes, and in memory without")
    }
}
