import FaultTable
import Foundation
import Testing

/// Fault 81: journald takes nothing, or is not there. The real daemon with a journal socket of its own, which a program
/// of the test has bound.
@Suite(
    .enabled(if: DaemonProcess.isBuilt && Receiver.isAvailable, "needs the built executable and python3"),
    .enabled(if: DaemonProcess.canHaveJournal, "needs the right to mount a file system"), .serialized)
struct JournalFaultTests {
    private static let moves = 40

    private struct Scene {
        let house: DeliveryHouse
        let journalDirectory: URL
        let journalLog: URL
        let manager: Receiver
        let prelude: String

        init() throws {
            house = try DeliveryHouse(notify: ["ops"], ["ops: {type: journal}"])
            let root = house.place.root
            journalDirectory = root.appending(path: "journal")
            journalLog = root.appending(path: "journal.ndjson")
            try FileManager.default.createDirectory(at: journalDirectory, withIntermediateDirectories: true)
            let socket = root.appending(path: "notify").path
            manager = try Receiver("manager.py", [socket])
            // Standard error counts as the journal's; a watchdog of a second and a half listens.
            prelude = """
                mount -t tmpfs none /run && mkdir -p /run/systemd/journal
                mount --bind '\(journalDirectory.path)' /run/systemd/journal
                export JOURNAL_STREAM="$(stat -Lc %d:%i /proc/self/fd/2)" NOTIFY_SOCKET='\(socket)' WATCHDOG_USEC=1500000

                """
        }

        /// Starts the daemon, and waits until it says so to its manager.
        func start() async throws -> HeardDaemon {
            let daemon = try await HeardDaemon(
                house.place, unshare: ["--mount"], prelude: prelude, readyWords: nil)
            _ = try manager.line(beginning: "READY=1")
            return daemon
        }

        /// Reads on until the watchdog was fed so often.
        func feed(_ times: Int) throws {
            for _ in 0..<times { _ = try manager.line(beginning: "WATCHDOG=1") }
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func whileJournaldStandsStillAlertsWaitAndNothingElseDoes() async throws {
        let scene = try Scene()
        let journal = try Receiver(
            "journal.py", [scene.journalDirectory.path, scene.journalLog.path, "stalled"])
        let daemon = try await scene.start()
        try scene.house.move(Self.moves, file: "a")
        // The kernel's queue takes a dozen datagrams; then journald counts as stalled.
        let stuck = try await scene.house.wait("ops") { found in
            found.count == Self.moves
                && found.contains { $0.state == "pending" && $0.last_error == "journald does not take messages" }
        }
        #expect(stuck.allSatisfy { $0.state != "dead" })
        // The other destination has everything, and the watchdog is fed by work that goes on.
        _ = try await scene.house.wait("log") { $0.count == Self.moves && $0.allSatisfy { $0.state == "delivered" } }
        try scene.feed(4)
        try scene.house.move(3, file: "b", day: "2026-01-11")
        _ = try await scene.house.wait("log") { found in
            found.count { $0.state == "delivered" } == Self.moves + 3
        }
        // journald goes on: nothing is missing.
        try journal.release()
        try await scene.house.retry("ops")
        _ = try await scene.house.wait("ops") { found in
            found.count == Self.moves + 3 && found.allSatisfy { $0.state == "delivered" }
        }
        daemon.stop()
        let told = try Received.journal(scene.journalLog)
        let expected = Set(try Received.events(scene.house.log))
        #expect(expected.count == Self.moves + 3 && Set(told).isSuperset(of: expected))
        FaultTable.record(
            81, alerts: expected.count, told: Set(told).intersection(expected).count,
            again: told.filter(expected.contains).count - expected.count)
    }

    @Test(.timeLimit(.minutes(30)))
    func withoutJournaldAlertsWaitUntilItIsThere() async throws {
        let scene = try Scene()
        // There is a directory, but no socket: nothing must count as delivered.
        let first = try Receiver("journal.py", [scene.journalDirectory.path, scene.journalLog.path])
        let daemon = try await scene.start()
        try FileManager.default.removeItem(at: scene.journalDirectory.appending(path: "socket"))
        try scene.house.move(5, file: "a")
        let waiting = try await scene.house.wait("ops") { found in
            found.count == 5 && found.contains { $0.last_error == "journald is not there to take messages" }
        }
        #expect(waiting.allSatisfy { $0.state == "pending" })
        try scene.feed(3)
        // A new journald binds a new socket.
        let second = try Receiver(
            "journal.py", [scene.journalDirectory.path, scene.journalLog.path + "2"])
        try await scene.house.retry("ops")
        _ = try await scene.house.wait("ops") { $0.count == 5 && $0.allSatisfy { $0.state == "delivered" } }
        daemon.stop()
        let told = try Received.journal(URL(filePath: scene.journalLog.path + "2"))
        let expected = Set(try Received.events(scene.house.log))
        #expect(Set(told) == expected && expected.count == 5)
        FaultTable.record(81, alerts: 5, told: Set(told).count, again: told.count - Set(told).count)
        withExtendedLifetime((first, second)) {}
    }
}
