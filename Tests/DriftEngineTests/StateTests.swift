import DriftEngine
import DriftModel
import Testing

/// States as values: encoding, splitting of batches, order of arrival.
@Suite struct StateTests {
    @Test(arguments: Seeds.all(120))
    func aHistoryGivesTheSameMovesAndBytesHoweverItIsSplit(seed: UInt64) throws {
        var random = RandomModel(seed: seed &+ 3_000_000)
        let records = random.history(random.rng.int(1...20), withIDs: true)
        var whole = Driver(random.builder)
        whole.apply(records, logicalBefore: random.start)
        var split = Driver(random.builder)
        var rest = records[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(random.rng.int(1...3)))
            rest = rest.dropFirst(part.count)
            split.apply(part, logicalBefore: random.start)
            let bytes = split.bytes
            try split.recode()
            #expect(split.bytes == bytes, "seed \(seed)")
        }
        #expect(split.log == whole.log, "seed \(seed)")
        #expect(split.classes == whole.classes, "seed \(seed)")
        #expect(split.bytes == whole.bytes, "seed \(seed)")
    }

    @Test(arguments: Seeds.all(120))
    func featuresDoNotDependOnTheOrderOfArrival(seed: UInt64) {
        var random = RandomModel(seed: seed &+ 4_000_000)
        // A lifetime feature over every type keeps all late records within the horizon.
        random.builder.add(.count(random.builder.selection([0, 1, 2, 3])))
        var records = random.history(random.rng.int(2...16))
        // Ties in time go by arrival on purpose: keep one record per instant.
        for index in records.indices { records[index].at = records[index].at.advanced(bySeconds: Int64(index)) }
        var first = Driver(random.builder)
        first.apply(records, logicalBefore: random.start)
        var second = Driver(random.builder)
        second.apply(records.shuffled(using: &random.rng), logicalBefore: random.start)
        let tick = max(first.engine.axis.tick(of: records[records.count - 1].at), 0)
        #expect(
            first.engine.features(of: first.state, at: tick) == second.engine.features(of: second.state, at: tick),
            "seed \(seed)")
    }

    @Test(arguments: Seeds.all(60))
    func damagedBytesGiveAnErrorOrAStateThatWorks(seed: UInt64) {
        var random = RandomModel(seed: seed &+ 5_000_000)
        let records = random.history(random.rng.int(1...20), withIDs: true)
        var driver = Driver(random.builder)
        driver.apply(records, logicalBefore: random.start)
        let bytes = driver.bytes
        var refused = 0
        for _ in 0..<60 {
            var damaged = bytes
            switch random.rng.int(0...3) {
            case 0: damaged.removeLast(random.rng.int(1...damaged.count))
            case 1:
                for _ in 0..<random.rng.int(1...3) {
                    damaged[random.rng.int(0...(damaged.count - 1))] ^= 1 << UInt8(random.rng.int(0...7))
                }
            case 2:
                for index in damaged.indices.dropFirst(3) { damaged[index] = .random(in: 0...255, using: &random.rng) }
            default: damaged.insert(.random(in: 0...255, using: &random.rng), at: random.rng.int(3...damaged.count))
            }
            var state = CustomerState()
            do throws(StateError) {
                try state.decode(damaged.span, engine: driver.engine)
            } catch {
                refused += 1
                #expect(!state.isKnown)
                continue
            }
            exercise(state, driver, records)
        }
        #expect(refused > 0, "seed \(seed)")
    }

    /// Runs everything on a state that was decoded from damaged bytes: nothing may trap.
    private func exercise(_ state: CustomerState, _ driver: Driver, _ records: [TestRecord]) {
        var other = driver
        other.state = state
        var bytes: [UInt8] = []
        state.encode(engine: other.engine, into: &bytes)
        var again = CustomerState()
        #expect(throws: Never.self) { try again.decode(bytes.span, engine: other.engine) }
        other.apply(Array(records.suffix(2)), logicalBefore: records[records.count - 1].at)
        let tick = other.engine.axis.tick(of: records[records.count - 1].at)
        other.advance(to: tick + 3)
        _ = other.engine.explain(other.state, at: tick)
        _ = other.bytes
    }

    @Test(arguments: Seeds.all(10))
    func oneEngineServesManyThreads(seed: UInt64) async {
        var random = RandomModel(seed: seed &+ 7_000_000)
        let records = random.history(20, withIDs: true)
        let start = random.start
        let engine = Engine(model: random.builder.model, axis: random.builder.axis)
        var alone = Driver(engine)
        alone.apply(records, logicalBefore: start)
        let expected = alone.bytes
        await withTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var driver = Driver(engine)
                    driver.apply(records, logicalBefore: start)
                    return driver.bytes
                }
            }
            for await bytes in group { #expect(bytes == expected, "seed \(seed)") }
        }
    }

    @Test func anotherModelsBytesAreRefused() throws {
        var one = ModelBuilder.shop()
        one.add(.count(one.selection([0], over: 3)))
        var other = ModelBuilder.shop()
        other.add(.count(other.selection([0], over: 4)))
        let driver = Driver(one)
        var state = CustomerState()
        #expect(throws: StateError.otherLayout) {
            try state.decode(driver.bytes.span, engine: Driver(other).engine)
        }
        var newer = driver.bytes
        newer[0] = 2
        #expect(throws: StateError.unknownVersion(2)) { try state.decode(newer.span, engine: driver.engine) }
    }

    @Test func aStateOfTheReferenceModelIsSmall() {
        var builder = ModelBuilder.shop()
        builder.add(.sinceEvent(builder.selection([0]), .last, .days), name: "recency")
        builder.add(.count(builder.selection([0], over: 90)), name: "frequency")
        builder.add(.sum(builder.selection([0, 1], over: 365), builder.scalar("amount")), name: "monetary")
        builder.segment(
            "value", [("recency <= 30 AND monetary >= 500", nil), ("recency <= 90 AND frequency >= 2", nil)])
        var driver = Driver(builder)
        let start = Instant(seconds: 1_700_000_000)
        driver.apply(
            (0..<20).map {
                TestRecord(
                    at: start.advanced(bySeconds: Int64($0) * 260_000),
                    events: [TestEvent(type: 0, values: [.number(19.99), .null])])
            }, logicalBefore: start)
        #expect(driver.bytes.count <= 60 + 12 * 20)
    }
}
