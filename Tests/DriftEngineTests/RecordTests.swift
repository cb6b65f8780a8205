import DriftEngine
import DriftModel
import Testing

/// What becomes of single records.
@Suite struct RecordTests {
    private static let start = Instant(seconds: 1_700_000_000)

    private func purchase(_ amount: Value, day: Int = 0, trust: Trust = .internal) -> TestRecord {
        TestRecord(
            at: Self.start.advanced(bySeconds: Int64(day) * 86_400),
            events: [TestEvent(type: 0, values: [amount, .null])], trust: trust)
    }

    private func spender() -> ModelBuilder {
        var builder = ModelBuilder.shop()
        builder.add(.sum(builder.selection([0, 1]), builder.scalar("amount")), name: "spend")
        builder.add(.count(builder.selection([0, 1, 2])), name: "events")
        builder.segment("g", [("spend >= 100", nil)])
        return builder
    }

    @Test func aNumberTooLargeForSumsIsRefusedBeforeAnyEffect() {
        var driver = Driver(spender())
        driver.apply([purchase(.number(50))], logicalBefore: Self.start)
        let bytes = driver.bytes
        var record = purchase(.number(60))
        record.events.append(TestEvent(type: 1, values: [.number(9.3e12)]))
        driver.apply([record], logicalBefore: Self.start)
        #expect(driver.classes == [.accepted, .quarantined])
        #expect(driver.outcome.failures.map(\.code) == ["overflow"])
        #expect(driver.bytes == bytes)
        driver.apply([purchase(.number(60))], logicalBefore: Self.start)
        #expect(driver.log.map(\.to) == [1, 0])
    }

    @Test func aRecordOfUnknownTypesHasNoEffect() {
        var driver = Driver(spender())
        driver.apply([TestRecord(at: Self.start, events: [])], logicalBefore: Self.start)
        #expect(driver.classes == [.ignored])
        #expect(!driver.state.isKnown)
        #expect(driver.outcome.appearances.isEmpty)
    }

    @Test func theFirstRecordMakesACustomerKnownOnce() {
        var builder = spender()
        builder.population = builder.condition("spend >= 10")
        var driver = Driver(builder)
        driver.apply([purchase(.number(5)), purchase(.number(6), day: 1)], logicalBefore: Self.start)
        #expect(driver.outcome.appearances == [Self.start])
        #expect(driver.log.count == 1)
        #expect(driver.log[0].from == nil)
        #expect(driver.log[0].to == 1)
        #expect(driver.state.isCustomer)
    }

    @Test func sumsAreExactToTheMillionth() {
        var driver = Driver(spender())
        driver.apply((0..<10).map { _ in purchase(.number(0.1)) }, logicalBefore: Self.start)
        #expect(driver.engine.features(of: driver.state, at: 0)[0] == .number(1))
    }

    @Test func anExternalSourceNeverOverridesAnInternalAttribute() {
        var builder = ModelBuilder.shop()
        builder.add(.attribute(0), type: .text)
        builder.segment("g", [("f0 = 'de'", nil)])
        var driver = Driver(builder)
        func profile(_ country: Value, _ day: Int, _ trust: Trust) -> TestRecord {
            TestRecord(
                at: Self.start.advanced(bySeconds: Int64(day) * 86_400),
                events: [TestEvent(type: 3, values: [country, .null, .null])], trust: trust)
        }
        driver.apply(
            [
                profile(.text("de"), 0, .external), profile(.text("fr"), 1, .internal),
                profile(.text("it"), 2, .external),
                profile(.null, 3, .internal),
            ], logicalBefore: Self.start)
        #expect(driver.state.attribute(0) == .text("fr"))
    }

    @Test func transitionsNameTheAlertRulesTheyMeetAndTheWorth() {
        var builder = spender()
        builder.valueFeature = 0
        let match = MoveMatch(segmentation: 0, from: nil, to: nil, direction: .up)
        for limit in ["spend >= 120", "spend >= 200"] {
            builder.alerts.append(
                AlertRule(
                    name: limit, severity: .notice, notify: [],
                    kind: .transition(
                        TransitionRule(
                            match: match, when: builder.condition(limit), dwellSeconds: 0, cooldownSeconds: 0,
                            groupBy: [], groupWaitSeconds: 0))))
        }
        var driver = Driver(builder)
        driver.apply([purchase(.number(50)), purchase(.number(100), day: 1)], logicalBefore: Self.start)
        let transitions = driver.outcome.transitions
        #expect(transitions.map(\.worth) == [50, 150])
        #expect(driver.outcome.alertRules[transitions[0].alertRules].isEmpty)
        #expect(driver.outcome.alertRules[transitions[1].alertRules] == [0])
    }

    @Test func anExplanationShowsMarginsAndTheWayBack() {
        var builder = ModelBuilder.shop()
        builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "recency")
        builder.segment("g", [("recency <= 30", nil), ("recency <= 90", nil)])
        var driver = Driver(builder)
        driver.apply([purchase(.number(5))], logicalBefore: Self.start)
        let tick = driver.engine.axis.tick(of: Self.start)
        driver.advance(to: tick + 40)
        let explanation = driver.engine.explain(driver.state, at: tick + 40)
        let segmentation = explanation.segmentations[0]
        #expect(segmentation.segment == 1)
        #expect(segmentation.rule == "recency <= 90")
        #expect(segmentation.inputs[0].value == .number(40))
        #expect(segmentation.inputs[0].boundary == 30)
        #expect(segmentation.inputs[0].margin == -10)
        #expect(segmentation.next == NextChange(tick: tick + 91, segment: 2))
        #expect(segmentation.returns == [Explanation.Return(eventType: 0, segment: 0)])
    }

    @Test func marginsAreToTheNearestOfAllConstants() {
        var builder = ModelBuilder.shop()
        let recency = builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "recency")
        builder.add(.count(builder.selection([0])), name: "orders")
        builder.add(.bands(input: recency, cuts: [7, 30], descending: true), name: "r")
        builder.segment("g", [("r >= 2 AND orders BETWEEN 3 AND 9", nil), ("orders IN (1, 20)", nil)])
        var driver = Driver(builder)
        driver.apply((0..<8).map { purchase(.number(1), day: $0) }, logicalBefore: Self.start)
        let tick = driver.engine.axis.tick(of: Self.start) + 7
        let inputs = driver.engine.explain(driver.state, at: tick + 25).segmentations[0].inputs
        #expect(inputs.map(\.boundary) == [nil, 9, 2])
        #expect(inputs.map(\.margin) == [nil, 1, 0])
    }
}
