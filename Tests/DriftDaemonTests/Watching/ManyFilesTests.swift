import Foundation
import GRDB
import Testing

/// Many files at once for the real daemon (RELIABILITY, fault 39): all taken, in the order of their time, in bounded
/// memory. 100,000 of them with `SEGDRIFT_LONG=1`.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"), .serialized, .timeLimit(.minutes(30)))
struct ManyFilesTests {
    static let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil
    static let files = isLong ? 100_000 : 1_000

    /// How the files of one test lie in time.
    enum Course: String, CaseIterable {
        /// One after the other.
        case following
        /// Each begins before the last one has ended.
        case overlapping
    }

    static func name(_ number: Int) -> String { "f\(number).csv" }

    /// Two records, five minutes after the file before.
    static func text(_ number: Int, _ course: Course) -> String {
        let start = 1_704_067_200 + number * 300
        let end = start + (course == .following ? 120 : 7_200)
        let lines = [start, end].map {
            "c\((number * 7 + $0 / 60) % 97),purchase,\($0),\(number)-\($0),\(1 + number % 90)"
        }
        return CrashTests.day("", lines)
    }

    @Test(arguments: Course.allCases) func manyFilesAreTakenInTheOrderOfTheirTime(course: Course) async throws {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nhttp: {listen: none}", sources: CrashTests.source)
        // Dropped in another order than that of their time.
        let stride = 7_919
        for step in 0..<Self.files {
            let number = step * stride % Self.files
            try place.drop(Self.name(number), Self.text(number, course))
        }
        let daemon = try RunningDaemon(place)
        let began = ContinuousClock.now
        try await daemon.expectStatus(patience: .seconds(1_500)) { $0.contains("\"archived\":\(Self.files)") }
        let spent = ContinuousClock.now - began
        let memory = try daemon.peakMemory()
        try daemon.stop()
        #expect(memory < 512 << 10, "\(memory) KiB")
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
        let (records, late, sets) = try await DatabaseContent.open(place.databasePath).read { db in
            let row = try #require(
                try Row.fetchOne(db, sql: "SELECT sum(accepted), sum(late), count(DISTINCT set_id) FROM file"))
            return (row[0] as Int, row[1] as Int, row[2] as Int)
        }
        #expect(records == 2 * Self.files && late == 0)
        #expect(sets < Self.files / 50, "small files have a transaction for many of them")
        print("\(Self.files) \(course.rawValue) files: \(spent), \(memory >> 10) MiB, \(sets) sets")
    }
}
