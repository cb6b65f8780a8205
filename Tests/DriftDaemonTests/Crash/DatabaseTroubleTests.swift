import Foundation
import GRDB
import Testing

/// What people and disks do to the database while the daemon runs, and what they see of it: faults 15 and 17 to 21.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable and libCrashShim.so"), .serialized)
struct DatabaseTroubleTests {
    static func place() throws -> Workplace {
        try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nhttp: {listen: none}", sources: CrashTests.source)
    }

    static func day(_ day: String, _ customer: String) -> String {
        CrashTests.day(day, ["\(customer),purchase,DAY 09:00:00,\(customer)\(day),120"])
    }

    /// A daemon that has done a file, and waits.
    static func idle(prelude: String = "") async throws -> (place: Workplace, daemon: HeardDaemon) {
        let place = try place()
        try place.drop("1.csv", day("2026-01-10", "a"))
        let daemon = try await HeardDaemon(place, prelude: prelude)
        #expect(try await daemon.waitForFiles(1).count == 1)
        return (place, daemon)
    }

    static func end(of daemon: HeardDaemon) async -> Int32 {
        await daemon.hearOut()
        daemon.process.waitUntilExit()
        return daemon.process.terminationReason == .exit ? daemon.process.terminationStatus : -1
    }

    /// The same files, taken by a daemon that nothing happened to.
    static func check(_ place: Workplace, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let calm = try Self.place()
        try calm.drop("1.csv", day("2026-01-10", "a"))
        try calm.drop("2.csv", day("2026-01-11", "b"))
        for place in [calm, place] {
            #expect(try await DaemonProcess.run(["run", "--once", "--config", place.configPath]) == .exited(0))
        }
        let differences = try DatabaseContent.differences(
            calm.databasePath, place.databasePath, besides: ["alerts"], ofFiles: .thatCameIn)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))", sourceLocation: sourceLocation)
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [], sourceLocation: sourceLocation)
    }

    // MARK: The disk

    /// Files for a database that is there, and has told of something.
    static let second = CrashScenario(name: "second run", few: 5) {
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try place.drop("0.csv", CrashTests.day("2026-01-05", ["z,purchase,DAY 09:00:00,0,120"]))
        #expect(try await DaemonProcess.run(["run", "--once", "--config", place.configPath]) == .exited(0))
        try CrashTests.fill(place)
        return place
    } steps: { place in
        [["run", "--once", "--config", place.configPath, "--chunk-records", "1"]]
    }

    /// Fault 15: a sync that fails ends the daemon; to sync again would say yes, and prove nothing. The next start
    /// recovers.
    @Test func aFailedSyncEndsItAndIsNotTriedAgain() async throws {
        var rig = try await CrashRig(Self.second)
        let count = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-syncs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: count) }
        var tried = 0
        for call in ["fdatasync", "fsync of a directory"] {
            for k in CrashRig.isLong ? Array(1...60) : [1, 2, 3, 5, 8, 13] {
                let (place, end) = try await rig.run(
                    ["ONLY": call, "FAIL_AT": "\(k):\(EIO)", "CRASH_COUNT_FILE": count.path])
                guard rig.lastCall == call else { break }
                tried += 1
                let calls = try String(contentsOf: count, encoding: .utf8)
                #expect(end == .exited(1), "\(call) \(k)")
                #expect(calls == "\(k)\n", "\(call) \(k): \(calls) in all")
                let wrong = try await rig.finish(place)
                #expect(wrong.isEmpty, "\(call) \(k):\n\(wrong.joined(separator: "\n"))")
            }
        }
        print("syncs that failed: \(tried), none was tried again")
        #expect(tried >= 9)
    }

    /// Fault 17: from some write on the file system is read-only. It ends, names the file and what to do.
    @Test func aReadOnlyFileSystemEndsItWithTheNameOfTheFile() async throws {
        let place = try Self.place()
        try place.drop("1.csv", Self.day("2026-01-10", "a"))
        try place.drop("2.csv", Self.day("2026-01-11", "b"))
        for call in ["fdatasync", "pwrite"] {
            let (end, _, errors) = try await DaemonProcess.capture(
                ["run", "--once", "--config", place.configPath],
                environment: [
                    "LD_PRELOAD": DaemonProcess.crashShim.path, "ONLY": call, "FAIL_AT": "9:\(EROFS):0",
                ])
            #expect(end == .exited(1) || end == .exited(73), "\(call): \(errors)")
            #expect(errors.contains(place.databasePath), "\(call): \(errors)")
            #expect(errors.contains("see to the disk"), "\(call): \(errors)")
        }
        try await Self.check(place)
    }

    // MARK: People

    /// Fault 18: what was committed to a log that somebody deletes is saved, and the daemon begins anew.
    @Test(arguments: ["-wal", "-shm"])
    func aLogDeletedWhileItRunsCostsNothing(suffix: String) async throws {
        let (place, daemon) = try await Self.idle()
        try FileManager.default.removeItem(atPath: place.databasePath + suffix)
        try place.drop("2.csv", Self.day("2026-01-11", "b"))
        #expect(await Self.end(of: daemon) == 1)
        #expect(daemon.said.last?.contains("was deleted while in use") == true, "\(daemon.said)")
        try await Self.check(place)
    }

    /// Fault 19: another database in its place is not written to.
    @Test func aDatabaseThatWasReplacedIsLeftAlone() async throws {
        let other = try Self.place()
        try other.drop("1.csv", Self.day("2026-01-12", "z"))
        #expect(try await DaemonProcess.run(["run", "--once", "--config", other.configPath]) == .exited(0))
        let (place, daemon) = try await Self.idle()
        let kept = place.root.appendingPathComponent("kept.sqlite").path
        try FileManager.default.moveItem(atPath: place.databasePath, toPath: kept)
        try FileManager.default.copyItem(atPath: other.databasePath, toPath: place.databasePath)
        let before = try Data(contentsOf: URL(fileURLWithPath: place.databasePath))
        try place.drop("2.csv", Self.day("2026-01-11", "b"))
        #expect(await Self.end(of: daemon) == 78)
        #expect(daemon.said.last?.contains("moved or replaced while in use") == true, "\(daemon.said)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.databasePath)) == before)
        #expect(try place.spool("incoming/shop") == ["2.csv"])
        try FileManager.default.removeItem(atPath: place.databasePath)
        try FileManager.default.moveItem(atPath: kept, toPath: place.databasePath)
        try await Self.check(place)
    }

    /// Fault 20: a damaged page found at the start after an unclean end. Nothing is deleted, and the way back is said.
    @Test func aDamagedDatabaseIsLeftAsItIsForAPerson() async throws {
        let (place, daemon) = try await Self.idle()
        kill(daemon.process.processIdentifier, SIGKILL)
        daemon.process.waitUntilExit()
        let names = ["", "-wal", "-shm"].map { place.databasePath + $0 }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: place.databasePath))
        let size = try handle.seekToEnd()
        for page in stride(from: UInt64(8_192 * 4), to: size, by: 8_192 * 5) {
            try handle.seek(toOffset: page)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 8_192))
        }
        try handle.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: names[0]))
        for _ in 0..<2 {
            let (end, _, errors) = try await DaemonProcess.capture(["run", "--config", place.configPath])
            #expect(end == .exited(78), "\(errors)")
            #expect(errors.contains(place.databasePath) && errors.contains("damaged"), "\(errors)")
            #expect(errors.contains("nothing is deleted") && errors.contains("segdrift verify"), "\(errors)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: names[0])) == before)
        for name in names { #expect(FileManager.default.fileExists(atPath: name), "\(name)") }
    }

    /// Fault 21: somebody holds the database in a shell. It says who is in the way, skips nothing, and goes on.
    @Test(.timeLimit(.minutes(30))) func aDatabaseLockedByAShellIsWaitedFor() async throws {
        let (place, daemon) = try await Self.idle()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(60)  // the daemon may be in the middle of a transaction
        let database = try DatabaseQueue(path: place.databasePath, configuration: configuration)
        try await database.writeWithoutTransaction { db in try db.execute(sql: "BEGIN EXCLUSIVE") }
        try place.drop("2.csv", Self.day("2026-01-11", "b"))
        try await daemon.wait(for: "paused: database locked by another program")
        try await database.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }
        try database.close()
        try await daemon.wait(for: "going on: it was database locked")
        #expect(try await daemon.waitForFiles(2).count == 2)
        #expect(daemon.said.count { $0.contains("paused:") } == 1, "\(daemon.said)")
        daemon.stop()
        try await Self.check(place)
    }
}
