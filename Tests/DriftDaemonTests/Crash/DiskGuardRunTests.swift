import DriftDaemon
import DriftModel
import Foundation
import Testing

/// A disk on which little is left: files are left where they are, in order, and nothing else suffers.
@Suite struct DiskGuardRunTests {
    static func place() throws -> Workplace {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: 0s", sources: CrashTests.source)
        try CrashTests.fill(place)
        return place
    }

    static func run(_ place: Workplace, _ files: RoomyFiles) async throws {
        _ = try await DaemonRunner.run(
            RunOptions(configPath: place.configPath, once: true, asOf: Instant(seconds: 1_775_000_000)),
            world: .real(files: files))
    }

    /// Catches time that runs on while files wait for room: what is in them would be late when its turn comes.
    @Test func filesWaitForRoomAndTimeWaitsForThem() async throws {
        let calm = try Self.place()
        try await Self.run(calm, RoomyFiles(freeBytes: 1 << 40))
        let place = try Self.place()
        let files = RoomyFiles(freeBytes: (64 << 20) - 1)
        let error = await #expect(throws: DaemonError.self) { try await Self.run(place, files) }
        #expect(error?.exitCode == 1)
        #expect(error?.description.contains("65535 KiB are free where \(place.root.path)") == true)
        #expect(try place.spool("incoming/shop") == ["1.csv", "2.csv", "3.csv"])
        #expect(try place.spool("work") == [])
        files.set(freeBytes: 64 << 20)
        try await Self.run(place, files)
        #expect(try place.spool("incoming/shop") == [])
        let differences = try DatabaseContent.differences(calm.databasePath, place.databasePath)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
    }

    /// Files that were claimed while there was room wait like those in incoming/ when it is gone.
    @Test func claimedFilesWaitToo() async throws {
        let calm = try Self.place()
        try await Self.run(calm, RoomyFiles(freeBytes: 1 << 40))
        let place = try Self.place()
        // The state's disk is looked at when the run begins, both before the claim.
        let files = RoomyFiles(freeBytes: 1 << 40, looks: 3)
        await #expect(throws: DaemonError.self) { try await Self.run(place, files) }
        #expect(try place.spool("incoming/shop") == [])
        #expect(try place.spool("work") == ["1", "2", "3"])
        try await Self.run(place, RoomyFiles(freeBytes: 1 << 40))
        let differences = try DatabaseContent.differences(calm.databasePath, place.databasePath)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }
}
