import DriftDaemon
import DriftModel
import Foundation
import GRDB
import Testing

/// The same events, cut differently: into transactions, files and sources (I2).
@Suite struct ChunkInvarianceTests {
    static let sources = """
          - {name: shop, match: '*.csv', format: csv, max_quarantined: 0.5}
          - {name: web, match: '*.csv', format: csv, max_quarantined: 0.5}
          - {name: till, match: '*.csv', format: csv, max_quarantined: 0.5}
        """

    /// 400 events of 25 customers over four months, in time order, no two at the same instant.
    static func events(seed: UInt64) -> [String] {
        var state = seed
        func next(_ bound: Int64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % bound
        }
        var at: Int64 = 1_767_225_600
        return (0..<400).map { index in
            at += 1 + next(52_000)
            let amount = [5, 20, 70, 120][Int(next(4))]
            return "c\(next(25)),purchase,\(TimestampText.string(Instant(seconds: at))),\(index),\(amount)"
        }
    }

    /// The history without where its events lay.
    static func history(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT customer, segmentation, seq, from_segment, to_segment, effective_at, cause, reason,
                           inputs_before, inputs_after
                    FROM transitions ORDER BY customer, segmentation, seq
                    """
            ).map { "\($0)" }
        }
    }

    static func run(
        _ files: [(source: String, lines: [String])], chunk: Int? = nil
    ) async throws -> Workplace {
        let place = try Workplace(model: CrashTests.model, sources: sources)
        for (index, file) in files.enumerated() {
            try place.drop("\(index).csv", CrashTests.day("", file.lines), source: file.source)
        }
        var options = RunOptions(configPath: place.configPath, once: true)
        options.chunkRecords = chunk ?? RunOptions.chunkRecordsDefault
        _ = try await DaemonRunner.run(options)
        #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
        return place
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func historyDoesNotDependOnFilesSourcesOrTransactions(seed: UInt64) async throws {
        let events = Self.events(seed: seed)
        let whole = try await Self.run([("shop", events)])
        let expected = try Self.history(whole)
        #expect(expected.count > 50)
        let dealt = (0..<7).map { part in events.enumerated().filter { $0.offset % 7 == part }.map(\.element) }
        let oneSource = dealt.map { (source: "shop", lines: $0) }
        let threeSources = zip(["till", "web", "shop", "web", "till", "shop", "web"], dealt).map {
            (source: $0, lines: $1)
        }
        for files in [oneSource, threeSources, [(source: "shop", lines: Array(events.reversed()))]] {
            let other = try await Self.run(files)
            #expect(try Self.history(other) == expected, "seed \(seed), \(files.count) files")
        }
        for chunk in [1, 7, 50] {
            let other = try await Self.run(oneSource, chunk: chunk)
            #expect(try Self.history(other) == expected, "seed \(seed), chunks of \(chunk)")
        }
    }
}
