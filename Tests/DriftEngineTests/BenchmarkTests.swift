import Testing

@testable import engine_bench

/// The engine's benchmarks at a size that takes no time: what they measure goes on working and meaning the same.
@Suite struct BenchmarkTests {
    @Test func everyBenchmarkRunsAndGivesTheSameResultEachTime() throws {
        let first = try results()
        #expect(first.map(\.name).contains("next change"))
        #expect(first.allSatisfy { $0.operations > 0 })
        #expect(try results().map(\.digest) == first.map(\.digest))
    }

    private func results() throws -> [Measurement] {
        let shop = try Shop(
            model: EngineBench.referenceModel(), events: 2_000, customers: 200, batchEvents: 500, seed: 1)
        return try EngineBenchmarks.run(shop)
    }
}
