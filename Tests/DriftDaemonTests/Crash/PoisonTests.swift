import Foundation
import GRDB
import Testing

/// A file that ends its reader is put aside after three times, alone; ends that are not its doing are not held against it.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable and libCrashShim.so"), .serialized)
struct PoisonTests {
    static let poison = "POISON-4711"

    /// Files that overlap in time: they are applied as one stream.
    static func fill(_ place: Workplace, withPoison: Bool) throws {
        for (name, customer) in [("1.csv", "a"), ("2.csv", "b"), ("3.csv", "c")] {
            try place.drop(
                name,
                CrashTests.day(
                    "2026-01-10", ["\(customer),purchase,DAY 09:00:00,1,120", "\(customer),purchase,DAY 18:00:00,2,20"])
            )
        }
        guard withPoison else { return }
        try place.drop(
            "bad.csv",
            CrashTests.day("2026-01-10", ["p,purchase,DAY 12:00:00,1,9", "\(poison),purchase,DAY 13:00:00,2,9"]))
    }

    static func arguments(_ place: Workplace) -> [String] { ["run", "--once", "--config", place.configPath] }

    static func states(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT name || ' ' || state FROM files ORDER BY name")
        }
    }

    /// - Parameter read: 1: the first pass ends; 2: the second one.
    @Test(arguments: [1, 2])
    func aFileThatEndsItsReaderIsPutAsideAlone(read: Int) async throws {
        let clean = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try Self.fill(clean, withPoison: false)
        #expect(try await DaemonProcess.run(Self.arguments(clean)) == .exited(0))
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try Self.fill(place, withPoison: true)
        var kills = 0
        var end = DaemonProcess.End.killed(SIGKILL)
        while end == .killed(SIGKILL), kills < 9 {
            end = try await DaemonProcess.run(
                Self.arguments(place),
                environment: ["LD_PRELOAD": DaemonProcess.crashShim.path, "TRAP_ON": "\(read):\(Self.poison)"])
            if end == .killed(SIGKILL) { kills += 1 }
        }
        #expect(end == .exited(0))
        #expect(kills == 3)
        #expect(
            try Self.states(place) == ["1.csv archived", "2.csv archived", "3.csv archived", "bad.csv quarantined"])
        let differences = try DatabaseContent.differences(
            clean.databasePath, place.databasePath,
            besides: ["files", "quarantined", "alerts", "feed_forms", "quality"])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
        try await Self.checkFiguresOfFeeds(place, clean, isPoisonKnown: read == 2)
    }

    /// What is known of feeds and fields is what was read: nothing of the poison file where its first pass never ended,
    /// and where the second did not, what the first one says of it when it does no harm.
    private static func checkFiguresOfFeeds(_ place: Workplace, _ clean: Workplace, isPoisonKnown: Bool) async throws {
        let harmless = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try fill(harmless, withPoison: true)
        #expect(try await DaemonProcess.run(arguments(harmless)) == .exited(0))
        let forms = try DatabaseContent.rows(place.databasePath, of: "feed_forms")
        #expect(
            try forms == DatabaseContent.rows((isPoisonKnown ? harmless : clean).databasePath, of: "feed_forms"))
        func figures(_ place: Workplace, ofPoison: Bool) throws -> [String] {
            try DatabaseContent.rows(place.databasePath, of: "quality").filter {
                $0.hasPrefix("name=bad.csv") == ofPoison
            }
        }
        #expect(try figures(place, ofPoison: false) == figures(clean, ofPoison: false))
        // The state and the delays are those of a file whose records had no effect.
        let expected = try figures(harmless, ofPoison: true).map {
            $0.replacing("state=archived", with: "state=quarantined").replacing("undelayed=0", with: "undelayed=1")
        }
        #expect(try figures(place, ofPoison: true) == (isPoisonKnown ? expected : []))
    }

    /// Catches good files that are taken for poison because the machine, the memory limit or a person ends the daemon
    /// again and again.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func aLoopOfKillsIsHeldAgainstNoFile(seed: UInt64) async throws {
        let reference = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try Self.fill(reference, withPoison: false)
        #expect(try await DaemonProcess.run(Self.arguments(reference)) == .exited(0))
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        try Self.fill(place, withPoison: false)
        var state = seed
        var kills = 0
        for _ in 0..<(CrashRig.isLong ? 200 : 25) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let end = try await DaemonProcess.run(
                Self.arguments(place),
                environment: ["LD_PRELOAD": DaemonProcess.crashShim.path, "CRASH_AT": "\(1 + state >> 33 % 60)"])
            if end == .killed(SIGKILL) { kills += 1 }
        }
        #expect(try await DaemonProcess.run(Self.arguments(place)) == .exited(0))
        #expect(kills > 10)
        #expect(try Self.states(place) == ["1.csv archived", "2.csv archived", "3.csv archived"])
        let differences = try DatabaseContent.differences(
            reference.databasePath, place.databasePath, besides: ["alerts"])
        #expect(differences.isEmpty, "seed \(seed):\n\(differences.joined(separator: "\n"))")
        print("kill loop \(seed): \(kills) kills, no file was held responsible")
    }
}
