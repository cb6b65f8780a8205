import Foundation
import Glibc
import Testing

/// More happens than the kernel keeps for a daemon that does not listen: it says so once, looks at everything, and
/// misses nothing (RELIABILITY, fault 28). The kernel's own queue, not one of ours.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"), .serialized, .timeLimit(.minutes(30)))
struct OverflowTests {
    static let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil
    static let files = isLong ? 20_000 : 300

    /// Fills the queue of a daemon that is stopped with events of a name that is ignored, each unlike the last.
    static func fillQueue(_ directory: String) throws {
        let text = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
        let limit = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        let path = directory + "/.noise.tmp"
        // Each round is made, closed and removed: three events. Some may be read before all of its threads stand still.
        for _ in 0...(limit / 2) {
            let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            try #require(file >= 0)
            close(file)
            try #require(unsafe unlink(path) == 0)
        }
    }

    @Test func moreThanTheKernelKeepsIsSaidOnceAndNothingIsMissed() async throws {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nhttp: {listen: none}", sources: CrashTests.source)
        let incoming = try place.incoming("shop").path
        let daemon = try RunningDaemon(place)
        for round in 0..<2 {
            try daemon.suspend()
            try Self.fillQueue(incoming)
            for number in 0..<Self.files {
                let id = round * Self.files + number
                try place.drop(
                    "f\(id).csv", CrashTests.day("", ["c\(id % 97),purchase,2026-01-10 10:00:00,\(id),20"]))
            }
            try daemon.resume()
            try await daemon.expectStatus(patience: .seconds(900)) {
                $0.contains("\"archived\":\((round + 1) * Self.files)")
            }
        }
        #expect(daemon.count(of: "more happened in the spool than the kernel could tell") == 1, "\(daemon.said)")
        try daemon.stop()
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
        print("overflow: 2 x \(Self.files) files whose arrival nobody could tell, all taken")
    }
}
