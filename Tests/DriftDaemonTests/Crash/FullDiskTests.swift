import Foundation
import Testing

/// Whether tests may mount file systems in a namespace of their own.
enum Mounting {
    static let isPermitted: Bool = {
        let mayIt = (try? SharedData.run("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"])) != nil
        if !mayIt { print("skipped: mounting a file system is not permitted here (unshare -m mount)") }
        return mayIt
    }()
}

/// The daemon on a disk of two megabytes that is full: it pauses, says so once, and goes on by itself.
@Suite(
    .enabled(if: DaemonProcess.isBuilt, "needs the built executable"),
    .enabled(if: Mounting.isPermitted, "needs the right to mount a file system"), .serialized)
struct FullDiskTests {
    @Test(.timeLimit(.minutes(2)))
    func aFullDiskIsWaitedForAndToldOnce() async throws {
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        let disk = place.root.appendingPathComponent("disk")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        try place.write(
            "segdrift.yaml",
            """
            model: model.yaml
            state_directory: \(disk.path)/state
            spool_directory: \(disk.path)/spool
            wall_lag: never
            http: {listen: none}
            sources:
            \(CrashTests.source)
            """)
        let daemon = try await HeardDaemon(
            place, unshare: ["-m"], prelude: "mount -t tmpfs -o size=2m none '\(disk.path)' && ")
        // What the daemon sees at its place.
        let inside = URL(fileURLWithPath: "/proc/\(daemon.process.processIdentifier)/root\(disk.path)")
        let incoming = inside.appendingPathComponent("spool/incoming/shop")
        let hidden = incoming.appendingPathComponent(".1.csv.tmp")
        let rows = (0..<200).map { "c\($0),purchase,DAY 09:00:00,\($0),\($0 % 200)" }
        try Data(CrashTests.day("2026-01-10", rows).utf8).write(to: hidden)
        Self.fill(inside.appendingPathComponent("ballast").path)
        try FileManager.default.moveItem(at: hidden, to: incoming.appendingPathComponent("1.csv"))
        try await daemon.wait(for: "paused: disk full")
        try FileManager.default.removeItem(at: inside.appendingPathComponent("ballast"))
        try await daemon.wait(for: "going on: it was disk full")
        // SQLite follows links to where they would lead outside: commands look from inside.
        let here = ["-t", "\(daemon.process.processIdentifier)", "-m", DaemonProcess.executable.path]
        var files = ""
        // It goes on with what is due first; the file is claimed, read and put away after that.
        for _ in 0..<100 where !files.contains(",archived,") {
            files = try SharedData.run(
                "/usr/bin/nsenter", here + ["files", "--format", "csv", "--config", place.configPath])
        }
        #expect(files.contains(",archived,200,200,"), "\(files)")
        try SharedData.run("/usr/bin/nsenter", here + ["verify", "--quick", "--config", place.configPath])
        #expect(daemon.said.count { $0.contains("paused: disk full") } == 1, "\(daemon.said)")
        daemon.stop()
    }

    /// Writes until nothing fits any more.
    private static func fill(_ path: String) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        for size in [65_536, 4_096, 512] {
            let block = [UInt8](repeating: 7, count: size)
            while unsafe block.withUnsafeBytes({ unsafe write(descriptor, $0.baseAddress, $0.count) }) == size {}
        }
    }
}
