import Foundation
import Testing

/// The daemon on a disk that is full: it pauses, says so once, goes on by itself, and ends with the database of a run
/// that nothing disturbed.
@Suite(
    .enabled(if: DaemonProcess.isBuilt, "needs the built executable"),
    .enabled(if: Mounting.isPermitted, "needs the right to mount a file system"), .serialized)
struct FullDiskTests {
    static let records = 2_000

    static var file: String {
        CrashTests.day("2026-01-10", (0..<records).map { "c\($0),purchase,DAY 09:00:00,\($0),\($0 % 200)" })
    }

    /// The database of a run on a disk with room for anything.
    static func undisturbed() async throws -> Workplace {
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try place.drop("1.csv", file)
        #expect(try await DaemonProcess.run(["run", "--once", "--config", place.configPath]) == .exited(0))
        return place
    }

    /// The file is in, everything about it is as without the trouble, and the trouble was told once.
    static func check(_ disk: SmallDisk, like calm: Workplace, said: String) throws {
        let files = try disk.waitUntilArchived()
        #expect(files.contains(",archived,\(records),\(records),"), "\(files)")
        try disk.command("verify", "--quick")
        let copy = try disk.copyOfDatabase()
        // Groups of alerts close with a run's end, and this one goes on.
        let differences = try DatabaseContent.differences(calm.databasePath, copy, besides: ["alerts"])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(try DatabaseContent.brokenInvariants(copy) == [])
        #expect(disk.daemon.said.count { $0.contains(said) } == 1, "\(disk.daemon.said)")
    }

    /// Catches a pause that can only be told by writing, and one that needs somebody to end it.
    @Test(.timeLimit(.minutes(30)))
    func aDiskThatIsFullBeforeAFileComesIsWaitedForAndToldOnce() async throws {
        let calm = try await Self.undisturbed()
        let disk = try await SmallDisk(mount: "size=6m")
        try disk.prepare("1.csv", Self.file)
        disk.fill()
        #expect(disk.freeBytes == 0)
        try disk.letIn("1.csv")
        try await disk.daemon.wait(for: "paused: disk")
        // Not a byte is free, and people can look all the same.
        let status = try disk.command("status", "--format", "table")
        // On a busy machine the daemon's first look may meet the full disk before the file does.
        let isSaid = status.contains("disk almost full") || status.contains("disk full")
        #expect(status.contains("paused") && isSaid, "\(status)")
        try disk.giveRoom()
        try await disk.daemon.wait(for: "going on: it was disk")
        try Self.check(disk, like: calm, said: "paused: disk")
        disk.daemon.stop()
    }

    /// There is room to begin with, but not for all that a file brings. Whatever the write at which it ends, room alone
    /// makes it go on.
    ///
    /// Catches a WAL that is as long as the disk is short, vain tries that use up what room there is, and pauses that
    /// outlast their reason.
    @Test(.timeLimit(.minutes(30)))
    func aDiskThatRunsFullInTheMiddleOfAFileIsWaitedFor() async throws {
        let calm = try await Self.undisturbed()
        let steps = CrashRig.isLong ? Array(stride(from: 400, through: 3_000, by: 100)) : [400, 1_000, 2_200]
        for kibibytes in steps {
            let disk = try await SmallDisk(mount: "size=6m")
            try disk.prepare("1.csv", Self.file)
            disk.fill(leavingBytes: kibibytes << 10)
            try disk.letIn("1.csv")
            try await disk.daemon.wait(for: "paused: disk full")
            try disk.giveRoom()
            try await disk.daemon.wait(for: "going on: it was disk full")
            try Self.check(disk, like: calm, said: "paused: disk full")
            disk.daemon.stop()
        }
        print("full disks: \(steps.count), with \(steps.map(String.init).joined(separator: ", ")) KiB to begin with")
    }

    /// Room may also come from somewhere else than from files that go.
    @Test(.timeLimit(.minutes(30)))
    func aDiskThatIsMadeLargerIsNoticed() async throws {
        let calm = try await Self.undisturbed()
        let disk = try await SmallDisk(mount: "size=2m")
        try disk.prepare("1.csv", Self.file)
        try disk.letIn("1.csv")
        try await disk.daemon.wait(for: "paused: disk full")
        try disk.remount("size=6m")
        try await disk.daemon.wait(for: "going on: it was disk full")
        try Self.check(disk, like: calm, said: "paused: disk full")
        disk.daemon.stop()
    }

    /// Catches a stop that fails, a start that gives up and is not tried again for ever, and a page of memory that has no
    /// room to be written.
    @Test(.timeLimit(.minutes(30)))
    func itCanBeStoppedAndStartedOnAFullDisk() async throws {
        let calm = try await Self.undisturbed()
        let disk = try await SmallDisk(mount: "size=6m", runs: 2)
        try disk.prepare("1.csv", Self.file)
        disk.fill(leavingBytes: 600 << 10)
        try disk.letIn("1.csv")
        try await disk.daemon.wait(for: "paused: disk full")
        disk.fill()
        try disk.end()
        try await disk.daemon.wait(for: "ended 0")
        disk.fill()
        try await disk.daemon.wait(for: "paused: disk full")
        try disk.giveRoom()
        try await disk.daemon.wait(for: "ready")
        _ = try disk.waitUntilArchived()
        let copy = try disk.copyOfDatabase()
        let differences = try DatabaseContent.differences(calm.databasePath, copy, besides: ["alerts"])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        disk.daemon.stop()
    }

    /// No inode is left for the archive's directories. The file is applied by then: once, whatever follows.
    @Test(.timeLimit(.minutes(30)))
    func aDiskWithoutInodesIsWaitedFor() async throws {
        let calm = try await Self.undisturbed()
        let disk = try await SmallDisk(mount: "size=8m,nr_inodes=18")
        try disk.prepare("1.csv", Self.file)
        try disk.letIn("1.csv")
        try await disk.daemon.wait(for: "paused: disk full")
        try disk.remount("nr_inodes=100")
        try await disk.daemon.wait(for: "going on: it was disk full")
        try Self.check(disk, like: calm, said: "paused: disk full")
        disk.daemon.stop()
    }
}
