import DriftEngine
import DriftModel
import Testing

/// The next change of each kind of feature, by hand-made cases: hours, skipped midnights, decay, rules that no range
/// decides.
@Suite struct NextChangeKindsTests {
    private func purchase(at: Int64, _ amount: Double = 1) -> TestRecord {
        TestRecord(at: Instant(seconds: at), events: [TestEvent(type: 0, values: [.number(amount), .null])])
    }

    private func day(_ year: Int, _ month: Int, _ day: Int) -> Tick {
        CivilDate(year: year, month: month, day: day).dayNumber
    }

    /// A customer of one segmentation after some purchases.
    private func driver(_ builder: ModelBuilder, _ records: [TestRecord]) -> Driver {
        var driver = Driver(builder)
        driver.apply(records, logicalBefore: records[0].at)
        return driver
    }

    // MARK: Hours

    @Test func withHoursAWindowLetsGoOnTheHour() {
        var builder = ModelBuilder.shop(grain: .hour)
        builder.add(.count(builder.selection([0], over: 36)), name: "frequency")
        builder.segment("g", [("frequency >= 1", nil)])
        let at: Int64 = 1_700_000_000
        let driver = driver(builder, [purchase(at: at)])
        #expect(driver.state.placements[0].next == NextChange(tick: Tick(at / 3600) + 36, segment: 1))
    }

    @Test func withHoursDaysAreCountedOnTheLocalCalendar() {
        // Half past eleven in the evening before the clocks go forward: a quarter of an hour into the hour of a tick.
        var builder = ModelBuilder.shop(grain: .hour, zone: NastyZones.lisbon)
        builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "days")
        builder.add(.sinceEvent(builder.selection([0]), .last, .hours), name: "hours")
        builder.segment("d", [("days < 2", nil)])
        builder.segment("h", [("hours < 40", nil)])
        let at = NastyZones.seconds(2024, 3, 30, 23, 30)
        let driver = driver(builder, [purchase(at: at)])
        // Midnight of 1 April, in summer time: an hour earlier in UTC.
        let first = Tick(NastyZones.seconds(2024, 3, 31, 23) / 3600)
        #expect(driver.state.placements[0].next == NextChange(tick: first, segment: 1))
        #expect(driver.state.placements[1].next == NextChange(tick: Tick(at / 3600) + 40, segment: 1))
    }

    // MARK: Daylight saving

    @Test func aDayWhoseMidnightIsSkippedBeginsAtItsFirstInstant() {
        var builder = ModelBuilder.shop(zone: NastyZones.saoPaulo)
        builder.add(.count(builder.selection([0], over: 3)), name: "frequency")
        builder.segment("g", [("frequency >= 1", nil)])
        var driver = driver(builder, [purchase(at: NastyZones.seconds(2018, 11, 1, 15))])
        #expect(driver.state.placements[0].next == NextChange(tick: day(2018, 11, 4), segment: 1))
        driver.advance(to: day(2018, 11, 5))
        #expect(driver.log.last?.effectiveAt == Instant(seconds: NastyZones.seconds(2018, 11, 4, 3)))
    }

    @Test func aDayOfTwentyFiveHoursIsOneTick() {
        var builder = ModelBuilder.shop(zone: NastyZones.saoPaulo)
        builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "recency")
        builder.segment("g", [("recency <= 1", nil)])
        // In the hour that comes twice, the second time: still 16 February.
        var driver = driver(builder, [purchase(at: NastyZones.seconds(2019, 2, 17, 2, 30))])
        #expect(driver.state.placements[0].next == NextChange(tick: day(2019, 2, 18), segment: 1))
        driver.advance(to: day(2019, 2, 19))
        #expect(driver.log.last?.effectiveAt == Instant(seconds: NastyZones.seconds(2019, 2, 18, 3)))
    }

    @Test func aDayThatDidNotHappenIsPassedOver() {
        var builder = ModelBuilder.shop(zone: NastyZones.apia)
        builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "recency")
        builder.segment("g", [("recency < 1", nil), ("recency < 2", nil)])
        var driver = driver(builder, [purchase(at: NastyZones.seconds(2011, 12, 29, 20))])
        driver.advance(to: day(2011, 12, 31))
        // Both ticks begin at the same instant; each has its move.
        let skipped = Instant(seconds: NastyZones.seconds(2011, 12, 30, 10))
        #expect(driver.log.map(\.to) == [0, 1, 2])
        #expect(driver.log.suffix(2).map(\.effectiveAt) == [skipped, skipped])
    }

    // MARK: Decay

    @Test func aDecayedTotalFallsBelowItsLimitTheTickAfterItReachesIt() {
        var builder = ModelBuilder.shop()
        builder.add(
            .decayed(builder.selection([0]), builder.scalar("amount"), halfLifeTicks: 10), name: "warmth")
        builder.segment("g", [("warmth >= 50", nil), ("warmth >= 0.000001", nil)])
        var driver = driver(builder, [purchase(at: 0, 100)])
        // 50 exactly after ten days; millionths are left for 10 · log2(10^8 · 2) days, rounded to six digits.
        #expect(driver.state.placements[0].next == NextChange(tick: 11, segment: 1))
        let moves = driver.engine.forecast(of: driver.state, through: 400, scratch: &driver.scratch)
        #expect(moves.map(\.tick) == [11, 276])
        #expect(driver.engine.features(of: driver.state, at: 275)[0] == .number(0.000001))
        #expect(driver.engine.features(of: driver.state, at: 276)[0] == .number(0))
    }

    // MARK: What ranges do not decide

    /// After a purchase on day 0 and one on day 9, with nothing happening for decades.
    private func aging(_ rule: String) -> Driver {
        var builder = ModelBuilder.shop()
        builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "recency")
        builder.add(.sinceEvent(builder.selection([0]), .first, .days), name: "tenure")
        builder.segment("g", [(rule, nil)])
        return driver(builder, [purchase(at: 0), purchase(at: 9 * 86_400)])
    }

    @Test(arguments: [
        ("tenure - recency >= 5 AND recency < 15000", 15_009), ("tenure - recency < 9 OR recency >= 40000", 40_009),
        ("2 * tenure - recency - tenure > 8.5 AND tenure <= 30000", 30_001), ("tenure > recency AND tenure < 20", 20),
        ("tenure % 1000 = 999 AND recency > 990", 1_999), ("recency = 0 OR tenure / recency > 1.0011", 8_191),
        ("recency % 7 < 7 AND tenure < 43000", 43_000), ("tenure * tenure - recency * recency < 100000", 5_561),
    ])
    func rulesThatRangesDecideLateOrNeverAreSearchedToTheEnd(_ rule: String, _ tick: Tick) {
        let driver = aging(rule)
        #expect(driver.state.placements[0].next?.tick == tick)
        #expect(driver.state.wakeTick == tick)
    }

    @Test func whatNeverChangesIsKnownNotToForTheWholeSearch() {
        let end: Tick = 9 + 120 * 36_525 / 100
        for rule in ["tenure - recency = 9", "tenure > recency", "tenure % 7 < 7"] {
            let driver = aging(rule)
            #expect(driver.state.placements[0].next == nil)
            #expect(driver.state.wakeTick == end, "\(rule)")
        }
    }

    /// With hours a search may stop before its end and go on when its tick has come: a forecast goes on by itself.
    @Test func aForecastGoesOnWhereASearchStopped() {
        var builder = ModelBuilder.shop(grain: .hour)
        builder.add(.sinceEvent(builder.selection([0]), .last, .hours), name: "hours")
        builder.segment("g", [("hours % 7 < 7 AND hours < 120000", nil)])
        var driver = driver(builder, [purchase(at: 0)])
        #expect(driver.state.placements[0].next == nil)
        let next = driver.engine.explain(driver.state, at: 0).segmentations[0].next
        #expect(next == NextChange(tick: 120_000, segment: 1))
        let moves = driver.engine.forecast(of: driver.state, through: 200_000, scratch: &driver.scratch)
        #expect(moves == [ForecastMove(segmentation: 0, tick: 120_000, from: 0, to: 1)])
        driver.advance(to: 200_000)
        #expect(driver.log.last?.effectiveAt == Instant(seconds: 120_000 * 3600))
    }
}
