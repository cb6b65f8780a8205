import DriftEngine
import DriftModel
import Testing

/// The next change, found over ranges of ticks, against stepping through every tick.
@Suite struct NextChangeTests {
    @Test(arguments: Seeds.all(150))
    func nextChangesAreThoseThatSteppingFinds(seed: UInt64) {
        var random = RandomModel(seed: seed &+ 1_000_000)
        let records = random.history(random.rng.int(1...12))
        let end = random.builder.axis.tick(of: records[records.count - 1].at) + Int32(random.rng.int(0...10))
        var oracle = Oracle(random.builder)
        for record in records { _ = oracle.apply(record, logicalBefore: random.start) }
        oracle.walk(to: end)
        var driver = Driver(random.builder)
        driver.apply(records, logicalBefore: random.start)
        driver.advance(to: end)
        let horizon: Tick = random.builder.grain == .day ? 40 : 120
        for index in oracle.current.indices {
            let stepped = step(oracle, index, from: end, to: end + horizon)
            let found = driver.state.placements[index].next
            if let found, found.tick <= end + horizon {
                #expect(found.tick == stepped?.tick && found.segment == stepped?.segment, "seed \(seed)")
            } else {
                #expect(stepped == nil, "seed \(seed), \(index): \(String(describing: stepped))")
            }
        }
    }

    private func step(_ oracle: Oracle, _ index: Int, from start: Tick, to end: Tick) -> NextChange? {
        for tick in (start + 1)...end {
            let segment = oracle.segments(oracle.row(at: tick))[index]
            if segment != oracle.current[index] { return NextChange(tick: tick, segment: segment.map { Int32($0) }) }
        }
        return nil
    }

    @Test(arguments: Seeds.all(100))
    func theForecastIsWhatHappensWhenTheClockIsWalked(seed: UInt64) {
        var random = RandomModel(seed: seed &+ 2_000_000)
        let records = random.history(random.rng.int(1...12))
        let start = random.builder.axis.tick(of: records[records.count - 1].at)
        var driver = Driver(random.builder)
        driver.apply(records, logicalBefore: random.start)
        driver.outcome.removeAll()
        let forecast = driver.engine.forecast(of: driver.state, through: start + 60, scratch: &driver.scratch)
        var leaping = driver
        leaping.advance(to: start + 60)
        for tick in start...(start + 60) { driver.advance(to: tick) }
        #expect(driver.log == leaping.log, "seed \(seed)")
        if random.hasSimpleRules { #expect(driver.bytes == leaping.bytes, "seed \(seed)") }
        let walked = driver.log.map {
            ForecastMove(
                segmentation: $0.segmentation, tick: driver.engine.axis.tick(of: $0.effectiveAt),
                from: $0.from.map { Int32($0) }, to: $0.to.map { Int32($0) })
        }
        #expect(forecast == walked, "seed \(seed)")
        driver.advance(to: start + 120)
        leaping.advance(to: start + 120)
        #expect(driver.log == leaping.log, "seed \(seed)")
    }

    // MARK: Far ahead

    private func driver(born birth: Value, _ rules: [String]) -> Driver {
        var builder = ModelBuilder.shop()
        builder.add(.yearsSince(1), name: "age")
        builder.segment("stage", rules.map { ($0, nil) })
        var driver = Driver(builder)
        let profile = TestEvent(type: 3, values: [.null, birth, .null])
        let at = Instant(seconds: Int64(day(2024, 2, 28)) * 86_400)
        driver.apply([TestRecord(at: at, events: [profile])], logicalBefore: at)
        return driver
    }

    private func day(_ year: Int, _ month: Int, _ day: Int) -> DayNumber {
        CivilDate(year: year, month: month, day: day).dayNumber
    }

    @Test func aBirthdayOnTheTwentyNinthOfFebruaryCountsOnTheFirstOfMarchInCommonYears() {
        let driver = driver(born: .date(day(2000, 2, 29)), ["age >= 25"])
        #expect(driver.state.placements[0].segment == 1)
        #expect(driver.state.placements[0].next == NextChange(tick: day(2025, 3, 1), segment: 0))
    }

    @Test func aBirthdayOnTheTwentyNinthOfFebruaryCountsOnItsDayInLeapYears() {
        let driver = driver(born: .date(day(2000, 2, 29)), ["age >= 28"])
        #expect(driver.state.placements[0].next == NextChange(tick: day(2028, 2, 29), segment: 0))
    }

    @Test func aLifeIsForecastToItsEnd() {
        var driver = driver(born: .date(day(2000, 5, 1)), ["age < 26", "age < 35", "age < 60"])
        let moves = driver.engine.forecast(
            of: driver.state, through: day(2100, 1, 1), scratch: &driver.scratch)
        #expect(moves.map(\.tick) == [day(2026, 5, 1), day(2035, 5, 1), day(2060, 5, 1)])
    }

    @Test func whatHappensAfterTheSearchEndsIsFoundWhenItIsLookedAtAgain() {
        var driver = driver(born: .date(day(2000, 1, 1)), ["age >= 200"])
        #expect(driver.state.placements[0].next == nil)
        #expect(driver.state.wakeTick == day(2024, 2, 28) + 120 * 36525 / 100)
        driver.advance(to: day(2150, 1, 1))
        #expect(driver.state.placements[0].next == NextChange(tick: day(2200, 1, 1), segment: 0))
        driver.advance(to: day(2300, 1, 1))
        #expect(driver.log.count == 2)
        #expect(driver.log.last?.effectiveAt == Instant(seconds: Int64(day(2200, 1, 1)) * 86_400))
    }

    @Test func rulesThatRangesCannotDecideAreStillFoundExactly() {
        // Both ages grow together, so ranges of them always overlap; the search stops and goes on when due.
        var builder = ModelBuilder.shop()
        builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "recency")
        builder.add(.sinceEvent(builder.selection([0]), .first, .days), name: "tenure")
        builder.add(.sinceEvent(builder.selection([2]), .last, .days), name: "quiet")
        builder.segment("g", [("tenure - recency >= 5 AND quiet < 15000", nil)])
        var driver = Driver(builder)
        let start = Instant(seconds: 0)
        driver.apply(
            [
                TestRecord(at: start, events: [TestEvent(type: 0, values: [.number(1), .null])]),
                TestRecord(
                    at: start.advanced(bySeconds: 9 * 86_400),
                    events: [TestEvent(type: 0, values: [.number(1), .null])]),
                TestRecord(at: start.advanced(bySeconds: 9 * 86_400), events: [TestEvent(type: 2, values: [])]),
            ], logicalBefore: start)
        #expect(driver.state.placements[0].segment == 0)
        driver.advance(to: 20_000)
        #expect(driver.log.last?.to == 1)
        #expect(driver.log.last?.effectiveAt == Instant(seconds: 15_009 * 86_400))
    }

    @Test func customersThatTimeCannotMoveAreNeverWoken() {
        var builder = ModelBuilder.shop()
        builder.add(.attribute(0), type: .text, name: "country")
        builder.segment("region", [("country = 'de'", nil)])
        var driver = Driver(builder)
        let profile = TestEvent(type: 3, values: [.text("de"), .null, .null])
        driver.apply([TestRecord(at: Instant(seconds: 0), events: [profile])], logicalBefore: Instant(seconds: 0))
        #expect(driver.state.placements[0].segment == 0)
        #expect(driver.state.wakeTick == nil)
    }
}
