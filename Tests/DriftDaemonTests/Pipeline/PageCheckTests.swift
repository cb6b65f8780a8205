import Foundation
import GRDB
import Testing

/// The weekly check of the database's pages finds damage that nobody meets in daily work (RELIABILITY, fault 20).
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable")) struct PageCheckTests {
    static func filled() async throws -> Workplace {
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try CrashTests.fill(place)
        try await place.run()
        return place
    }

    /// Seconds since 1970.
    static func lastCheck(_ place: Workplace) throws -> Int {
        try DatabaseContent.open(place.databasePath).read { db in
            try Int.fetchOne(
                db, sql: "SELECT CAST(value AS INTEGER) / 1000000 FROM meta WHERE key = 'last_page_check_at'")!
        }
    }

    static func setLastCheck(_ place: Workplace, daysAgo days: Int) throws {
        let database = try DatabaseQueue(path: place.databasePath)
        try database.write { db in
            try db.execute(
                sql: "UPDATE meta SET value = value - ? WHERE key = 'last_page_check_at'",
                arguments: [days * 86_400_000_000])
        }
        try database.close()
    }

    /// Damages a page of the history, which a run without new files does not read.
    static func damage(_ place: Workplace) throws {
        let database = try DatabaseQueue(path: place.databasePath)
        let page = try database.read { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'transition'")!
        }
        try database.close()
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: place.databasePath))
        try handle.seek(toOffset: UInt64(page - 1) * 8_192 + 16)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 64))
        try handle.close()
    }

    @Test func itIsMadeOnceAWeek() async throws {
        let place = try await Self.filled()
        let first = try Self.lastCheck(place)
        for (days, isDue) in [(6, false), (8, true), (0, false), (-30, true)] {
            try Self.setLastCheck(place, daysAgo: days)
            let before = try Self.lastCheck(place)
            try await place.run()
            let after = try Self.lastCheck(place)
            #expect(isDue ? after >= first && after < first + 3_600 : after == before, "\(days) days")
            try Self.setLastCheck(place, daysAgo: (try Self.lastCheck(place) - first) / 86_400)
        }
    }

    @Test func damageThatNobodyMeetsIsFoundByIt() async throws {
        let place = try await Self.filled()
        try Self.damage(place)
        let arguments = ["run", "--once", "--config", place.configPath]
        // Nothing reads that page.
        #expect(try await DaemonProcess.run(arguments) == .exited(0))
        try Self.setLastCheck(place, daysAgo: 8)
        let (end, _, errors) = try await DaemonProcess.capture(arguments)
        #expect(end == .exited(78), "\(errors)")
        #expect(errors.contains("damaged") && errors.contains("nothing is deleted"), "\(errors)")
    }
}
