import DriftAnalytics
import Testing

@Suite struct WilsonIntervalTests {
    /// Reference values: Wilson (1927) by the closed formula, computed with 30 digits.
    @Test func agreesWithTheFormula() {
        let interval = WilsonInterval(hits: 8, of: 10)
        #expect(abs(interval.low - 0.490162) < 1e-5)
        #expect(abs(interval.high - 0.943318) < 1e-5)
        #expect(interval.share == 0.8)
    }

    @Test func staysInsideZeroAndOne() {
        for cases in 1...50 {
            for hits in 0...cases {
                let interval = WilsonInterval(hits: hits, of: cases)
                #expect(interval.low >= 0 && interval.high <= 1)
                #expect(interval.low <= interval.share && interval.share <= interval.high)
            }
        }
    }

    @Test func withoutCasesNothingIsKnown() {
        let interval = WilsonInterval(hits: 0, of: 0)
        #expect(interval.low == 0 && interval.high == 1)
    }
}

@Suite struct TransitionMatrixTests {
    static func flow(_ from: String?, _ to: String?, _ customers: Int, day: String = "2026-01-02") -> FlowDay {
        FlowDay(segmentation: "value", day: day, from: from, to: to, cause: "time", customers: customers)
    }

    @Test func rowsAndColumnsAddUp() {
        let matrix = TransitionMatrix(
            flows: [Self.flow("a", "b", 3), Self.flow("a", "c", 1), Self.flow("b", "a", 2), Self.flow(nil, "a", 5)],
            order: ["a", "b"])
        #expect(matrix.segments == ["a", "b", "c", nil])
        #expect(matrix.rowTotal(0) == 4)
        #expect(matrix.columnTotal(0) == 7)
        #expect(matrix.total == 11)
        #expect(matrix.share(0, 1).share == 0.75)
    }

    @Test func movesAreListedLargestFirst() {
        let matrix = TransitionMatrix(
            flows: [Self.flow("a", "b", 3), Self.flow("b", "a", 4), Self.flow("a", "c", 3), Self.flow("a", "a", 9)],
            order: ["a", "b", "c"])
        let moves = matrix.largestMoves(2)
        #expect(moves.map(\.customers) == [4, 3])
        #expect(moves.last?.to == "b")
    }

    @Test func anUnknownSegmentIsNotCountedSilently() {
        var matrix = TransitionMatrix(segments: ["a"])
        #expect(matrix.add(1, from: "a", to: "b") == false)
        #expect(matrix.total == 0)
    }
}

@Suite struct SegmentSummariesTests {
    static func size(_ segment: String?, _ day: String, _ customers: Int) -> SegmentDay {
        SegmentDay(segmentation: "value", segment: segment, day: day, customers: customers)
    }

    static let sizes = [
        size("a", "2026-01-01", 10), size("b", "2026-01-01", 30), size(nil, "2026-01-01", 5),
        size("a", "2026-01-02", 12), size("b", "2026-01-02", 28), size(nil, "2026-01-02", 4),
        size("a", "2025-12-01", 99),
    ]
    static let flows = [
        TransitionMatrixTests.flow("b", "a", 3, day: "2026-01-02"),
        TransitionMatrixTests.flow("a", "b", 1, day: "2026-01-02"),
        TransitionMatrixTests.flow("a", "b", 7, day: "2026-01-01"),
    ]

    @Test func aSegmentIsComparedWithTheEarlierDay() throws {
        let all = SegmentSummaries.make(
            sizes: Self.sizes, flows: Self.flows, order: [("value", ["b", "a"])], since: "2026-01-01")
        #expect(all.map(\.segment) == ["b", "a", nil])
        let a = try #require(all.first { $0.segment == "a" })
        #expect(a.customers == 12 && a.change == 2 && a.inflow == 3 && a.outflow == 1)
        #expect(a.share == 0.3)
        #expect(a.history == [10, 12])
        #expect(all.last?.share == nil)
    }

    @Test func aSegmentWithoutAnEarlierDayBeganAtNothing() {
        let all = SegmentSummaries.make(sizes: Self.sizes, flows: [], order: [], since: "2025-12-31")
        #expect(all.first { $0.segment == "a" }?.change == 12)
    }
}
