import Foundation
import GRDB
import Testing

/// A reader that will not let go of the log (fault 22).
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"), .serialized)
struct PinnedLogTests {
    static let records = 30_000

    static var file: String {
        CrashTests.day(
            "2026-01-10", (0..<records).map { "c\($0 % 5_000),purchase,DAY 09:00:00,\($0),\($0 % 200)" })
    }

    /// Catches a WAL that stays long after its reader has gone.
    @Test(.timeLimit(.minutes(30))) func aReaderThatHoldsTheLogCostsRoomOnlyWhileItDoes() async throws {
        let (place, daemon) = try await DatabaseTroubleTests.idle()
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: place.databasePath, configuration: configuration)
        try reader.inDatabase { db in
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM file")
        }
        try place.drop("2.csv", Self.file)
        #expect(try await daemon.waitForFiles(2).count == 2)
        let held = try Self.walBytes(place)
        try reader.inDatabase { db in try db.execute(sql: "COMMIT") }
        try reader.close()
        try place.drop("3.csv", DatabaseTroubleTests.day("2026-01-12", "b"))
        #expect(try await daemon.waitForFiles(3).count == 3)
        daemon.stop()
        let after = try Self.walBytes(place)
        #expect(held > 1 << 20 && after < 1 << 16, "\(held) and \(after) bytes")
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
    }

    static func walBytes(_ place: Workplace) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: place.databasePath + "-wal")[.size] as? Int ?? 0
    }
}
