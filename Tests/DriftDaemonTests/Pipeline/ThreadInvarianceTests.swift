import DriftDaemon
import DriftModel
import Foundation
import Testing

/// The same files worked out by one thread and by two, and time walked tick by tick and by the table: one database.
/// Catches results put together in another order than that of customers, states taken from the wrong thread, customers
/// whom a walk leaves out or walks twice. Enough records for both threads to have some of each transaction.
@Suite struct ThreadInvarianceTests {
    private static let sources = """
          - {name: shop, match: '*.csv', format: csv, max_quarantined: 0.5, map: {customer: customer, type: type, at: at, id: id, amount: number(amount)}}
        """

    /// 8,000 events of up to 3,000 customers, few of whom have most; late ones, ids used twice, sums beyond all bounds.
    private static func files(seed: UInt64) -> [[String]] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        return (0..<2).map { file in
            (0..<4_000).map { index in
                let day = file * 25 + (next(40) == 0 ? next(25) : index * 25 / 4_000)
                let customer = next(1 + next(3_000))
                let amount = next(500) == 0 ? "9300000000000" : ["5", "20", "70", "120"][next(4)]
                let at = TimestampText.string(Instant(seconds: 1_767_225_600 + Int64(day * 86_400 + next(86_400))))
                return "c\(customer),purchase,\(at),\(next(40) == 0 ? next(50) : file * 10_000 + index),\(amount)"
            }
        }
    }

    private static func run(seed: UInt64, threads: Int, byTickMax: Int, chunk: Int) async throws -> Workplace {
        let place = try Workplace(model: CrashTests.model, sources: sources)
        for (index, lines) in files(seed: seed).enumerated() {
            try place.drop("\(index).csv", CrashTests.day("", lines))
            var options = RunOptions(
                configPath: place.configPath, once: true,
                asOf: Instant(seconds: 1_769_300_000 + Int64(index) * 2_160_000),
                chunkRecords: chunk)
            options.workThreads = threads
            options.customersWalkedByTickMax = byTickMax
            _ = try await DaemonRunner.run(options)
        }
        #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
        return place
    }

    @Test(arguments: [11] as [UInt64])
    func resultsDoNotDependOnThreadsNorOnTheOrderOfAWalk(seed: UInt64) async throws {
        let expected = try await Self.run(seed: seed, threads: 1, byTickMax: .max, chunk: 3_000)
        #expect(try DatabaseContent.rows(expected.databasePath, of: "transitions").count > 4_000)
        #expect(try DatabaseContent.rows(expected.databasePath, of: "quarantined").count > 10)
        for (threads, byTickMax, chunk) in [(2, Int.max, 3_000), (1, 0, 3_000), (2, 0, 4_000)] {
            let other = try await Self.run(seed: seed, threads: threads, byTickMax: byTickMax, chunk: chunk)
            // Which moves of a storm are told one by one goes by their order in the transaction.
            let besides: Set<String> = byTickMax == 0 || chunk != 3_000 ? ["alerts"] : []
            let differences = try DatabaseContent.differences(
                expected.databasePath, other.databasePath, besides: besides)
            #expect(
                differences.isEmpty, "seed \(seed), \(threads) threads, by ticks up to \(byTickMax): \(differences)")
        }
    }
}
