import DriftEngine
import DriftModel
import Testing

/// States of one customer that two or three workers folded from different records. Catches parts of a state that
/// `merge` forgets or takes from one side only.
@Suite struct MergeTests {
    /// A random model and history, dealt to workers in random order of arrival.
    private struct Deal {
        var random: RandomModel
        var records: [TestRecord]
        var whole: Driver
        var parts: [Driver]
        var end: Tick

        init(seed: UInt64, workers: Int, allowsStay: Bool, allowsTies: Bool) {
            random = RandomModel(seed: seed &+ 6_000_000, allowsStay: allowsStay)
            // A feature over the whole life of every type: no late record is beyond the horizon.
            random.builder.add(.count(random.builder.selection([0, 1, 2, 3])))
            random.builder.dedupeTicks = 1_000
            records = random.history(random.rng.int(2...20), withIDs: true)
            for index in records.indices {
                // Two records with one id would be two different records to two workers.
                records[index].id = records[index].id.map { _ in UInt64(index + 1) }
                if !allowsTies { records[index].at = records[index].at.advanced(bySeconds: Int64(index)) }
            }
            whole = Driver(random.builder)
            whole.apply(records, logicalBefore: random.start)
            var hands: [[TestRecord]] = Array(repeating: [], count: workers)
            for record in records.shuffled(using: &random.rng) {
                hands[random.rng.int(0...(workers - 1))].append(record)
            }
            parts = []
            for hand in hands {
                var driver = Driver(random.builder)
                driver.apply(hand, logicalBefore: random.start)
                parts.append(driver)
            }
            end = max(whole.engine.axis.tick(of: records[records.count - 1].at), 0)
        }

        func merged(_ one: CustomerState, _ other: CustomerState) -> CustomerState {
            var (state, scratch) = (one, EngineScratch())
            whole.engine.merge(other, into: &state, at: end, scratch: &scratch)
            return state
        }

        func bytes(_ state: CustomerState) -> [UInt8] {
            var bytes: [UInt8] = []
            state.encode(engine: whole.engine, into: &bytes)
            return bytes
        }
    }

    @Test(arguments: Seeds.all(200))
    func theFeaturesAreThoseOfOneFoldAtEveryTick(seed: UInt64) throws {
        let deal = Deal(seed: seed, workers: 2, allowsStay: true, allowsTies: false)
        var state = deal.merged(deal.parts[0].state, deal.parts[1].state)
        let engine = deal.whole.engine
        for round in 0..<2 {
            for tick in deal.end..<(deal.end + 70) {
                let (found, expected) = (
                    engine.features(of: state, at: tick), engine.features(of: deal.whole.state, at: tick)
                )
                #expect(found == expected, "seed \(seed), tick \(tick), round \(round)")
                if found != expected { return }
            }
            // And after it was stored.
            try state.decode(deal.bytes(state).span, engine: engine)
        }
        #expect(state.eventCount == deal.whole.state.eventCount)
        #expect(state.firstEventAt == deal.whole.state.firstEventAt)
        #expect(state.lastEventAt == deal.whole.state.lastEventAt)
    }

    @Test(arguments: Seeds.all(150))
    func mergingIsCommutativeAndAssociative(seed: UInt64) {
        let deal = Deal(seed: seed, workers: 3, allowsStay: false, allowsTies: true)
        let (a, b, c) = (deal.parts[0].state, deal.parts[1].state, deal.parts[2].state)
        #expect(deal.bytes(deal.merged(a, b)) == deal.bytes(deal.merged(b, a)), "seed \(seed)")
        let left = deal.bytes(deal.merged(deal.merged(a, b), c))
        let right = deal.bytes(deal.merged(a, deal.merged(b, c)))
        #expect(left == right, "seed \(seed)")
    }

    /// The segment is what the rules say of all the events, and the next change follows from it.
    @Test(arguments: Seeds.all(150))
    func placementsAreEvaluatedAnewWithoutAMove(seed: UInt64) {
        var deal = Deal(seed: seed, workers: 2, allowsStay: false, allowsTies: false)
        let state = deal.merged(deal.parts[0].state, deal.parts[1].state)
        deal.whole.advance(to: deal.end)
        for (found, expected) in zip(state.placements, deal.whole.state.placements) {
            #expect(found.segment == expected.segment, "seed \(seed)")
            #expect(found.next == expected.next, "seed \(seed)")
        }
        #expect(state.isCustomer == deal.whole.state.isCustomer, "seed \(seed)")
    }

    @Test func aStateThatNobodyFoldedAddsNothing() {
        let deal = Deal(seed: 1, workers: 1, allowsStay: false, allowsTies: false)
        let state = deal.parts[0].state
        #expect(deal.bytes(deal.merged(state, CustomerState())) == deal.bytes(state))
        #expect(deal.bytes(deal.merged(CustomerState(), state)) == deal.bytes(deal.merged(state, CustomerState())))
    }

    /// Hysteresis depends on the order of moves, which no half knows: the half that moved last says where the customer
    /// was, and the greater number goes on.
    @Test func theHalfThatMovedLastSaysWhatStayRefersTo() {
        var builder = ModelBuilder.shop()
        builder.add(.count(builder.selection([0], over: 10)), name: "frequency")
        builder.segment("g", [("frequency >= 4", "frequency >= 2")])
        let start = Instant(seconds: 1_700_000_000)
        func purchases(_ count: Int, day: Int64) -> Driver {
            var driver = Driver(builder)
            let records = (0..<count).map { index in
                TestRecord(
                    at: start.advanced(bySeconds: day * 86_400 + Int64(index)),
                    events: [TestEvent(type: 0, values: [.number(1), .null])])
            }
            driver.apply(records, logicalBefore: start)
            return driver
        }
        let (frequent, once) = (purchases(4, day: 1), purchases(1, day: 0))
        var (state, scratch) = (once.state, EngineScratch())
        #expect(frequent.state.placements[0].segment == 0)
        #expect(once.state.placements[0].segment == 1)
        frequent.engine.merge(frequent.state, into: &state, at: 0, scratch: &scratch)
        #expect(state.placements[0].segment == 0)
        #expect(state.placements[0].seq == 2)
        #expect(state.placements[0].since == frequent.state.placements[0].since)
        #expect(frequent.outcome.transitions.count == 2)
    }
}
