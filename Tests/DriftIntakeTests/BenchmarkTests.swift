import Testing

@testable import intake_bench

/// What `make bench` measures, tiny, so that it cannot rot.
@Suite struct IntakeBenchmarkTests {
    @Test func bothPassesReadEveryRecord() throws {
        let figures = try IntakeBenchmarks.run(records: 500)
        #expect(figures.map(\.name) == ["records", "first pass", "second pass"])
        #expect(figures.allSatisfy { $0.records == 500 && $0.bytes > 30_000 })
    }
}
