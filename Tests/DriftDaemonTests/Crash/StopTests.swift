import Foundation
import GRDB
import Testing

/// An end in order in the middle of a large file (fault 10).
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"), .serialized)
struct StopTests {
    static let records = 30_000

    static var file: String {
        CrashTests.day(
            "2026-01-10", (0..<records).map { "c\($0 % 5_000),purchase,DAY 09:00:00,\($0),\($0 % 200)" })
    }

    static func applied(_ place: Workplace) throws -> Int {
        try DatabaseContent.open(place.databasePath).read { db in
            try Int.fetchOne(db, sql: "SELECT ifnull(max(records), 0) FROM file")!
        }
    }

    /// Catches a stop that waits for the file's end, and one that loses its place.
    @Test(.timeLimit(.minutes(30))) func itStopsInTheMiddleOfAFileAndGoesOnThere() async throws {
        let calm = try DatabaseTroubleTests.place()
        try calm.drop("1.csv", Self.file)
        #expect(try await DaemonProcess.run(["run", "--once", "--config", calm.configPath]) == .exited(0))
        let place = try DatabaseTroubleTests.place()
        try place.drop("0.csv", "")
        let daemon = try await HeardDaemon(place, arguments: ["--chunk-records", "200"])
        try place.drop("1.csv", Self.file)
        while try Self.applied(place) == 0 {}
        daemon.process.terminate()
        #expect(await DatabaseTroubleTests.end(of: daemon) == 0)
        let done = try Self.applied(place)
        #expect(try DatabaseContent.hasNoLog(place.databasePath))
        #expect(done > 0 && done < Self.records, "\(done)")
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
        #expect(try await DaemonProcess.run(["run", "--once", "--config", place.configPath]) == .exited(0))
        let differences = try DatabaseContent.differences(
            calm.databasePath, place.databasePath, besides: ["alerts", "files", "quality"])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
        print("stopped after \(done) of \(Self.records) records")
    }
}
