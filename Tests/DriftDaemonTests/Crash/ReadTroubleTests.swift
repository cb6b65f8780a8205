import Foundation
import GRDB
import Testing

/// Disks and networks that fail while a file is read: fault 16.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable and libCrashShim.so"), .serialized)
struct ReadTroubleTests {
    /// Both passes over the three small files read less often.
    static let readsMax = 16

    /// Catches whoever takes a short read for the end of a file.
    @Test(arguments: [1, 7]) func shortReadsChangeNothing(bytes: Int) async throws {
        var rig = try await CrashRig(CrashTests.dropped)
        let (place, end) = try await rig.run(["SHORT_READS": "\(bytes)"])
        #expect(end == .exited(0))
        #expect(try await rig.finish(place) == [])
    }

    /// Catches a file that is refused for what passes, and one of which a part is in twice or not at all.
    @Test func readsThatFailForAWhileCostNothing() async throws {
        var rig = try await CrashRig(CrashTests.dropped)
        var ended = 0
        for k in 1...Self.readsMax {
            // Once is not even noticed; three times in a row the pass has failed.
            for times in CrashRig.isLong ? [1, 3, 6] : [3] {
                let (place, end) = try await rig.run(["READ_FAIL": "\(k):\(EIO):\(times)"])
                #expect(end == .exited(0) || end == .exited(1) && times > 1, "read \(k), \(times) times")
                if end != .exited(0) { ended += 1 }
                // First bytes of records refused late are read for people once more: they may be missing.
                let wrong = try await rig.finish(place, besides: ["quarantined"])
                #expect(wrong.isEmpty, "read \(k), \(times) times:\n\(wrong.joined(separator: "\n"))")
            }
        }
        print("reads that failed for a while: \(rig.tried), \(ended) of which ended a run")
    }

    /// A file that cannot be read at all is put aside; nothing of it is in, and the others are whole.
    @Test func aFileThatCannotBeReadIsPutAsideWhole() async throws {
        var rig = try await CrashRig(CrashTests.dropped)
        var asides = 0
        for k in 1...Self.readsMax {
            let (place, end) = try await rig.run(["READ_FAIL": "\(k):\(EIO):1000000"])
            #expect(end == .exited(0) || end == .exited(1), "from read \(k) on: \(end)")
            #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [], "from read \(k) on")
            let files = try DatabaseContent.open(place.databasePath).read { db in
                try Row.fetchAll(
                    db,
                    sql: "SELECT state, accepted, scanned, reason, moves FROM file LEFT JOIN "
                        + "(SELECT file_id AS f, count(*) AS moves FROM transition GROUP BY file_id) ON f = file_id")
            }
            for file in files where file["state"] as String == "quarantined" {
                asides += 1
                #expect(file["accepted"] as Int == 0 && file["moves"] as Int? == nil, "from read \(k) on: \(file)")
                #expect(
                    (file["reason"] as String?)?.contains("Input/output error") == true, "from read \(k) on: \(file)")
            }
            // The disk was changed: what waits goes on, and what was put aside stays there.
            #expect(try await DaemonProcess.run(["run", "--once", "--config", place.configPath]) == .exited(0))
            #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [], "from read \(k) on, again")
            let open = try await DatabaseContent.open(place.databasePath).read { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM file WHERE state NOT IN ('archived', 'quarantined')")
            }
            #expect(open == 0, "from read \(k) on")
        }
        #expect(asides >= 3)
        print("reads that failed for good: \(rig.tried), \(asides) files put aside")
    }
}
