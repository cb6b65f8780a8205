import DriftStore
import Testing

@Suite struct DelaySketchTests {
    /// Delays of every size, negative ones included.
    static func delays(seed: UInt64, count: Int) -> [Int64] {
        var random = SplitMix(seed)
        return (0..<count).map { _ in
            let size = random.next() % 34
            let value = Int64(random.next() % (1 << size + 1))
            return random.next() % 20 == 0 ? -value : value
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func aQuantileIsAtLeastTheTrueOneAndAtMostASixteenthMore(seed: UInt64) throws {
        let delays = Self.delays(seed: seed, count: 500)
        var sketch = DelaySketch()
        for delay in delays { sketch.add(seconds: delay) }
        let sorted = delays.map { max(0, $0) }.sorted()
        for share in [0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let rank = max(1, Int((share * Double(sorted.count)).rounded(.up)))
            let exact = sorted[rank - 1]
            let found = try #require(sketch.quantile(share))
            #expect(found >= exact && Double(found) <= Double(exact) * (1 + 1.0 / 16), "seed \(seed), share \(share)")
            if exact < 32 { #expect(found == exact) }
        }
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func sketchesAddUpInAnyOrderAndSurviveStoring(seed: UInt64) {
        let delays = Self.delays(seed: seed, count: 300)
        var whole = DelaySketch()
        for delay in delays { whole.add(seconds: delay) }
        var parts = DelaySketch()
        for start in stride(from: 200, through: 0, by: -100) {
            var part = DelaySketch()
            for delay in delays[start..<(start + 100)] { part.add(seconds: delay) }
            parts.add(DelaySketch(bytes: part.bytes))
        }
        #expect(parts == whole, "seed \(seed)")
        #expect(DelaySketch(bytes: whole.bytes) == whole)
        #expect(whole.count == 300)
    }

    @Test func whatIsLongerIsCountedFromTheNextBucketOn() {
        var sketch = DelaySketch()
        for delay in [0, 5, 31, 32, 3_600, 90_000] as [Int64] { sketch.add(seconds: delay) }
        #expect(sketch.count(above: 0) == 5)
        #expect(sketch.count(above: 5) == 4)
        #expect(sketch.count(above: 31) == 3)
        #expect(sketch.count(above: 4_000) == 1)
        #expect(sketch.count(above: sketch.quantile(1)!) == 0)
        #expect(sketch.count(above: .max) == 0)
    }

    @Test func anEmptySketchSaysNothing() {
        #expect(DelaySketch().quantile(0.5) == nil)
        #expect(DelaySketch().bytes.isEmpty)
        #expect(DelaySketch(bytes: [0xFF]).isEmpty)
    }

    @Test func theAdviceWaitsForNinetyNineOfAHundred() {
        var sketch = DelaySketch()
        for _ in 0..<99 { sketch.add(seconds: 3_000) }
        #expect(WallLagAdvice(sketch) == .tooFew(records: 99))
        sketch.add(seconds: 400_000)
        // 3,000 s lie in the bucket 2,944…3,071 s; up to whole minutes that is 52 of them.
        #expect(WallLagAdvice(sketch) == .wait(seconds: 52 * 60))
        for _ in 0..<200 { sketch.add(seconds: 40 * 86_400) }
        guard case .history(let median) = WallLagAdvice(sketch) else {
            Issue.record("\(WallLagAdvice(sketch))")
            return
        }
        #expect(median >= 40 * 86_400)
    }
}
