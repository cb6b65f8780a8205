import Foundation
import GRDB
import Glibc
import Synchronization
import Testing

/// The real daemon under producers that write, rename, replace, link and delete as they like. In the end every file is
/// in one final state, every content that was whole is in once, and nothing that was not whole ever was.
///
/// A short run always, a long one with `SEGDRIFT_LONG=1`.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable")) struct WatchStressTests {
    static let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil
    static let producers = isLong ? 6 : 3
    static let operations = isLong ? 3_000 : 60

    @Test(.timeLimit(.minutes(30))) func everyFileEndsInOneStateAndNothingIsHalfRead() async throws {
        let seed: UInt64 = 20_260_314
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nhttp: {listen: none}", sources: CrashTests.source)
        let (incoming, scratch) = (try place.incoming("shop").path, place.root.path)
        let daemon = try RunningDaemon(place)
        let all = Mutex(Producer.Deliveries())
        DispatchQueue.concurrentPerform(iterations: Self.producers) { number in
            var producer = Producer(number: number, incoming: incoming, scratch: scratch, seed: seed)
            for _ in 0..<Self.operations { producer.act() }
            all.withLock { $0.merge(producer.deliveries) }
        }
        try daemon.stop()
        let taken = try Ledger(place).rows.count
        #expect(taken > 0, "the running daemon took nothing")
        #expect(try await DaemonProcess.run(["run", "--once", "--config", place.configPath]) == .exited(0))
        let deliveries = all.withLock { $0 }
        let ledger = try Ledger(place)
        try expect(ledger, deliveries, place, "seed \(seed)")
        print(
            "watch stress: \(deliveries.operations) operations, \(ledger.rows.count) files (\(taken) while they came):",
            ledger.states.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    }

    private func expect(
        _ ledger: Ledger, _ deliveries: Producer.Deliveries, _ place: Workplace, _ note: Comment
    ) throws {
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [], note)
        let final: Set = ["archived", "duplicate", "vanished", "released"]
        #expect(Set(ledger.states.keys).subtracting(final) == [], note)
        // Once each, and nothing else: a file read in the middle of a write would have a content nobody delivered.
        let archived = ledger.rows.filter { $0.state == "archived" }.map(\.sha256)
        #expect(archived.count == Set(archived).count, note)
        #expect(deliveries.sure.subtracting(archived) == [], note)
        #expect(Set(archived).subtracting(deliveries.sure.union(deliveries.possible)) == [], note)
        // On the disk it is as the ledger says.
        let stored = ledger.rows.filter { ["archived", "duplicate"].contains($0.state) }.map(\.id)
        #expect(try filesInArchive(place).sorted() == stored.sorted(), note)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.root.path + "/spool/work") == [], note)
        for name in try FileManager.default.contentsOfDirectory(atPath: try place.incoming("shop").path) {
            let path = try place.incoming("shop").path + "/" + name
            let kind = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            #expect(name.hasPrefix(".") || kind != .typeRegular, "\(name) was left, \(note)")
        }
    }

    /// The numbers at the beginning of all names in the archive.
    private func filesInArchive(_ place: Workplace) throws -> [Int64] {
        let archive = URL(filePath: place.root.path + "/spool/archive")
        let found = FileManager.default.enumerator(at: archive, includingPropertiesForKeys: [.isRegularFileKey])
        return try (found?.allObjects as? [URL] ?? []).compactMap { url in
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { return nil }
            return url.lastPathComponent.split(separator: "-").first.flatMap { Int64($0) }
        }
    }

    /// What the ledger says of all files.
    struct Ledger {
        var rows: [(id: Int64, state: String, sha256: String)]
        var states: [String: Int] { rows.reduce(into: [:]) { $0[$1.state, default: 0] += 1 } }

        init(_ place: Workplace) throws {
            rows = try DatabaseContent.open(place.databasePath).read { db in
                try Row.fetchAll(db, sql: "SELECT file_id, state, coalesce(sha256, '') FROM files").map {
                    (id: $0[0], state: $0[1], sha256: $0[2])
                }
            }
        }
    }
}
