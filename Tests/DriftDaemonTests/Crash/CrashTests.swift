import Foundation
import Testing

/// Kills the daemon just before its k-th call that changes the file system, starts it again, and compares the
/// database with that of an uninterrupted run (I3). Catches effects, progress and alerts in different
/// transactions, moves before commits, recovery that forgets a step.
///
/// A sample of k in the normal run, every k with `SEGDRIFT_LONG=1`.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable and libCrashShim.so"), .serialized)
struct CrashTests {
    static let model = """
        model: crash
        timezone: UTC
        events:
          purchase: {fields: {amount: number}}
        features:
          recency: {days_since: last, of: purchase}
          spend_30d: {sum: amount, of: purchase, over: 30d}
        segmentations:
          value:
            segments:
              - {id: high, rank: 1, when: "spend_30d >= 100", stay: "spend_30d >= 60"}
              - {id: fresh, rank: 2, when: "recency <= 7"}
              - {id: quiet, rank: 3, otherwise: true}
        alerts:
          - {name: slipped, on: transition, segmentation: value, direction: down, severity: warning, notify: [ops]}
        """

    static let source = """
          - name: shop
            format: csv
            max_quarantined: 0.5
        """

    static func day(_ day: String, _ lines: [String]) -> String {
        (["customer,type,at,id,amount"] + lines.map { $0.replacingOccurrences(of: "DAY", with: day) })
            .joined(separator: "\n") + "\n"
    }

    /// Three files: moves up and down, by events and by time, a duplicate, a conflict, records that cannot be used.
    static func fill(_ place: Workplace) throws {
        try place.drop(
            "1.csv",
            day(
                "2026-01-10",
                ["a,purchase,DAY 09:00:00,1,120", "b,purchase,DAY 10:00:00,2,20", "c,purchase,DAY 11:00:00,3,oops"])
        )
        try place.drop(
            "2.csv",
            day(
                "2026-01-14",
                ["b,purchase,DAY 09:00:00,4,90", "b,purchase,DAY 09:00:00,4,90", "b,purchase,DAY 09:00:00,4,91"]))
        try place.drop("3.csv", day("2026-02-20", ["d,purchase,DAY 09:00:00,5,10", ",purchase,DAY 09:30:00,6,10"]))
    }

    static func uninterrupted() throws -> (place: Workplace, calls: Int) {
        let place = try Workplace(model: model, sources: source)
        try fill(place)
        let count = place.root.appendingPathComponent("calls")
        let end = try DaemonProcess.run(
            ["run", "--once", "--config", place.configPath, "--chunk-records", "1"],
            environment: ["LD_PRELOAD": DaemonProcess.crashShim.path, "CRASH_COUNT_FILE": count.path])
        #expect(end == .exited(0))
        let text = try String(contentsOf: count, encoding: .utf8)
        return (place, Int(text.trimmingCharacters(in: .whitespacesAndNewlines))!)
    }

    @Test func noResultDependsOnTheSizeOfTransactions() async throws {
        let large = try Workplace(model: Self.model, sources: Self.source)
        try Self.fill(large)
        try await large.run()
        for chunkRecords in 1...3 {
            let small = try Workplace(model: Self.model, sources: Self.source)
            try Self.fill(small)
            try await small.run(chunkRecords: chunkRecords)
            let differences = try DatabaseContent.differences(large.databasePath, small.databasePath)
            #expect(differences.isEmpty, "\(chunkRecords) records:\n\(differences.joined(separator: "\n"))")
        }
    }

    @Test func killedAtAnyCallTheFinishedDatabaseIsThatOfAnUninterruptedRun() throws {
        let (reference, calls) = try Self.uninterrupted()
        #expect(calls > 30)
        #expect(try DatabaseContent.rows(reference.databasePath, of: "transitions").count >= 6)
        #expect(try DatabaseContent.rows(reference.databasePath, of: "quarantined").count == 3)
        let long = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil
        let step = long ? 1 : max(1, calls / 24)
        var tried = 0
        for k in stride(from: 1, through: calls, by: step) {
            let place = try Workplace(model: Self.model, sources: Self.source)
            try Self.fill(place)
            // Transactions of one record: most states go through the log on their way to the rows.
            let arguments = ["run", "--once", "--config", place.configPath, "--chunk-records", "1"]
            let end = try DaemonProcess.run(
                arguments, environment: ["LD_PRELOAD": DaemonProcess.crashShim.path, "CRASH_AT": "\(k)"])
            #expect(end == .killed(SIGKILL), "call \(k)")
            #expect(try DaemonProcess.run(arguments) == .exited(0), "restart after call \(k)")
            tried += 1
            let differences = try DatabaseContent.differences(reference.databasePath, place.databasePath)
            #expect(differences.isEmpty, "killed at call \(k):\n\(differences.joined(separator: "\n"))")
            #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty, "killed at call \(k)")
        }
        print("crash points: \(tried) of \(calls) calls that change the file system")
    }
}
