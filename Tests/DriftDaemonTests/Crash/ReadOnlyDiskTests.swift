import Foundation
import Testing

/// A real file system that becomes read-only under the daemon, as ext4 does when it finds an error: fault 17.
@Suite(
    .enabled(if: DaemonProcess.isBuilt, "needs the built executable"),
    .enabled(if: Mounting.isLoopPermitted, "needs the right to mount a file system from a file"), .serialized)
struct ReadOnlyDiskTests {
    static var file: String {
        CrashTests.day("2026-01-10", (0..<20_000).map { "c\($0),purchase,DAY 09:00:00,\($0),\($0 % 200)" })
    }

    /// Catches a daemon that tries for ever, one that does not say which file, and whatever it takes for written.
    @Test(.timeLimit(.minutes(30))) func itEndsAndNamesTheFileAndGoesOnWhenTheDiskIsMended() async throws {
        let calm = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try calm.drop("1.csv", Self.file)
        #expect(try await DaemonProcess.run(["run", "--once", "--config", calm.configPath]) == .exited(0))
        let disk = try await SmallDisk(mount: "errors=remount-ro", imageMegabytes: 400)
        try disk.prepare("1.csv", Self.file)
        try disk.letIn("1.csv")
        try disk.sync()
        try disk.breakDown()
        let end = await DatabaseTroubleTests.end(of: disk.daemon)
        let reason = disk.daemon.said.first { $0.contains("/disk/") && $0.contains("see to the disk") }
        #expect(end == 1, "\(disk.daemon.said)")
        #expect(reason != nil, "\(disk.daemon.said)")
        #expect(disk.daemon.said.count < 10, "\(disk.daemon.said)")
        print("read-only: \(end), \(reason ?? "")")
        let copy = try disk.afterwards()
        let differences = try DatabaseContent.differences(
            calm.databasePath, copy, besides: ["alerts"], ofFiles: .thatCameIn)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(try DatabaseContent.brokenInvariants(copy) == [])
    }
}
