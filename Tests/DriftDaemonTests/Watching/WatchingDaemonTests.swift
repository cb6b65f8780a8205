import Foundation
import Glibc
import Testing

/// What people see of the real daemon when directories and files are not as they should be.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"), .serialized, .timeLimit(.minutes(30)))
struct WatchingDaemonTests {
    let place: Workplace

    init() throws {
        place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nhttp: {listen: none}",
            sources: """
                  - {name: shop, format: csv, max_quarantined: 0.5}
                  - {name: web, format: csv, max_quarantined: 0.5}
                """)
    }

    func drop(_ name: String, source: String = "shop", id: Int) throws {
        try place.drop(
            name, CrashTests.day("", ["c\(id),purchase,2026-01-10 10:00:00,\(id),20"]), source: source)
    }

    func archived(_ count: Int) -> (String) -> Bool { { $0.contains("\"archived\":\(count)") } }

    @Test func aFileInPlaceIsTakenWithoutWaiting() async throws {
        let daemon = try RunningDaemon(place)
        try drop("a.csv", id: 1)
        try await daemon.expectStatus(archived(1))
        try daemon.stop()
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
    }

    @Test func aDirectoryThatIsGoneIsOneSourcesTrouble() async throws {
        let daemon = try RunningDaemon(place)
        let incoming = try place.incoming("shop")
        let aside = place.root.appendingPathComponent("aside")
        try FileManager.default.moveItem(at: incoming, to: aside)
        try daemon.expectToHear("source shop: scanned every few seconds instead of watched: the directory is not there")
        try await daemon.expectStatus { $0.contains("No such file or directory") }
        try drop("a.csv", source: "web", id: 1)
        try await daemon.expectStatus(archived(1))
        _ = try place.incoming("shop")
        try daemon.expectToHear("source shop: watched again")
        try drop("b.csv", id: 2)
        try await daemon.expectStatus { archived(2)($0) && $0.contains("\"spool_troubles\":[]") }
        try daemon.stop()
    }

    @Test func whatIsNoFileIsLeftSaidOnceAndListed() async throws {
        let daemon = try RunningDaemon(place)
        let incoming = try place.incoming("shop").path
        try #require(unsafe mkfifo(incoming + "/pipe.csv", 0o600) == 0)
        try #require(unsafe symlink("/etc/passwd", incoming + "/link\n.csv") == 0)
        try #require(unsafe mkdir(incoming + "/folder", 0o700) == 0)
        try drop("a.csv", id: 1)
        try await daemon.expectStatus { archived(1)($0) && $0.contains("\"spool_trouble_count\":3") }
        try drop("b.csv", id: 2)
        try await daemon.expectStatus(archived(2))
        #expect(daemon.count(of: "pipe.csv: a FIFO, not a file; left where it is") == 1)
        #expect(daemon.count(of: "link\\x0a.csv: a symbolic link, not a file") == 1)
        #expect(daemon.count(of: "folder: a directory, not a file") == 1)
        let table = try await DaemonProcess.capture(["status", "--format", "table", "--config", place.configPath])
            .output
        #expect(table.contains("left where it is") && table.contains("link\\x0a.csv"))
        try daemon.stop()
        let left = Set(try FileManager.default.contentsOfDirectory(atPath: incoming))
        #expect(left == ["pipe.csv", "link\n.csv", "folder"])
    }

    @Test func aWriterIsWaitedForHoweverLongItPauses() async throws {
        let daemon = try RunningDaemon(place)
        let path = try place.incoming("shop").path + "/slow.csv"
        let file = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
        let text = Array(CrashTests.day("", ["c,purchase,2026-01-10 10:00:00,1,20"]).utf8)
        try #require(unsafe text.withUnsafeBytes { unsafe write(file, $0.baseAddress, 30) } == 30)
        // Others that come later are found by scan alone: they take the 5 s that this one must outlast.
        let other = place.root.path + "/other.csv"
        try place.write("other.csv", CrashTests.day("", ["d,purchase,2026-01-11 10:00:00,2,20"]))
        try #require(unsafe link(other, try place.incoming("shop").path + "/linked.csv") == 0)
        try await daemon.expectStatus(archived(1))
        #expect(FileManager.default.fileExists(atPath: path))
        let rest = text.count - 30
        try #require(unsafe text.withUnsafeBytes { unsafe write(file, $0.baseAddress! + 30, rest) } == rest)
        close(file)
        try await daemon.expectStatus(archived(2))
        try daemon.stop()
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
    }

    /// Names say nothing about content (faults 36 and 37), also across a restart.
    @Test func aNameMayComeAgainAndAContentCounts() async throws {
        let rounds = 20
        var daemon = try RunningDaemon(place)
        for id in 0..<rounds {
            try drop("same.csv", id: id)
            try await daemon.expectStatus(archived(id + 1))
        }
        try drop("other.csv", id: 3)
        try await daemon.expectStatus { $0.contains("\"duplicate\":1") }
        try daemon.stop()
        daemon = try RunningDaemon(place)
        try drop("same.csv", id: 7)
        try await daemon.expectStatus { $0.contains("\"duplicate\":2") && archived(rounds)($0) }
        try daemon.stop()
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
        let archive = try place.spool("archive")
        #expect(archive.count { $0.hasSuffix("-same.csv") } == rounds + 1 && archive.count == rounds + 2)
    }
}
