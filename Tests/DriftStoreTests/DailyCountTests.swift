import DriftEngine
import DriftModel
import DriftStore
import Testing

/// The views `segment_sizes` and `segment_flows`.
@Suite struct DailyCountTests {
    @Test func sizesAreDenseFromTheFirstCustomerToTheDayOfLogicalTime() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.activateHand(Hand.model(segmentations: [Hand.segmentations[0]]))
        var builder = OutcomeBuilder()
        builder.outcome.appearances = [Hand.day(100), Hand.day(100, seconds: 86_399), Hand.day(101)]
        builder.move(1, seq: 1, from: nil, to: 0, at: Hand.day(100))
        builder.move(1, seq: 2, from: 0, to: 2, at: Hand.day(102), cause: .time)
        try store.write { transaction in
            try transaction.append(builder.outcome, batch: nil, model: model, files: [], recordedAt: Hand.wall)
            try transaction.setLogicalTime(Hand.day(102, seconds: 1), axis: Hand.axis)
        }
        let rows = try scratch.reader().texts(
            "SELECT day, group_concat(ifnull(segment, '-') || customers, ' ') FROM "
                + "(SELECT * FROM segment_sizes ORDER BY day, segment) GROUP BY day")
        #expect(
            rows == [
                ["1970-04-11", "-1 gold1 lost0 silver0"], ["1970-04-12", "-2 gold1 lost0 silver0"],
                ["1970-04-13", "-2 gold0 lost1 silver0"],
            ])
        #expect(
            try scratch.reader().texts("SELECT * FROM segment_flows ORDER BY day") == [
                ["value", "1970-04-11", "NULL", "gold", "event", "1"],
                ["value", "1970-04-13", "gold", "lost", "time", "1"],
            ])
    }

    @Test func aDayShowsTheSegmentsOfTheModelInForceAtItsEnd() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let first = Segmentation(
            name: "value", title: nil, segments: [Hand.segment("gold", rank: 1), Hand.segment("lost", rank: 2)],
            nearest: nil)
        let second = Segmentation(
            name: "value", title: nil, segments: [Hand.segment("lost", rank: 1), Hand.segment("new", rank: 2)],
            nearest: nil)
        let old = try store.activateHand(Hand.model(version: "v1", segmentations: [first]))
        var builder = OutcomeBuilder()
        builder.outcome.appearances = [Hand.day(5)]
        builder.move(1, seq: 1, from: nil, to: 0, at: Hand.day(5))
        try store.write { transaction in
            try transaction.append(builder.outcome, batch: nil, model: old, files: [], recordedAt: Hand.wall)
            try transaction.setLogicalTime(Hand.day(6), axis: Hand.axis)
        }
        let new = try store.activateHand(Hand.model(version: "v2", segmentations: [second]))
        #expect(new.segmentIDs[0][0] == old.segmentIDs[0][1])
        try store.write { transaction in try transaction.setLogicalTime(Hand.day(7), axis: Hand.axis) }
        let rows = try scratch.reader().texts(
            "SELECT day, group_concat(segment || customers, ' ') FROM "
                + "(SELECT * FROM segment_sizes WHERE segment IS NOT NULL ORDER BY day, segment) GROUP BY day")
        #expect(
            rows == [["1970-01-06", "gold1 lost0"], ["1970-01-07", "lost0 new0"], ["1970-01-08", "lost0 new0"]])
    }

    @Test func flowsAreAddedOverDaysAndCauses() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.activateHand()
        var builder = OutcomeBuilder()
        builder.move(1, seq: 1, from: nil, to: 0, at: Hand.day(5))
        builder.move(1, seq: 2, from: 0, to: 1, at: Hand.day(6))
        builder.move(2, seq: 1, from: 0, to: 1, at: Hand.day(7), cause: .time)
        let outcome = builder.outcome
        let flows = try store.write { transaction in
            try transaction.append(outcome, batch: nil, model: model, files: [], recordedAt: Hand.wall)
            return try transaction.flows(segmentation: model.segmentationIDs[0], days: 6...7)
        }
        #expect(flows.map { [$0.from, $0.to, $0.count] } == [[model.segmentIDs[0][0], model.segmentIDs[0][1], 2]])
    }

    @Test func assumptionsAndDriftAreKeptPerDay() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.activateHand()
        try store.write { transaction in
            for state in AssumptionState.allCases {
                try transaction.recordAssumption(
                    "few", day: 20_000, state: state, count: 50, share: 0.5, interval: (0.25, 0.75))
            }
            try transaction.recordDrift(
                day: 20_000, segmentation: model.segmentationIDs[0], test: "psi", statistic: 0.5, pValue: nil,
                effect: 0.25, count: 9)
        }
        let reader = try scratch.reader()
        #expect(
            try reader.texts("SELECT * FROM assumptions")
                == [["few", "2024-10-04", "too_few", "50", "0.5", "0.25", "0.75"]])
        #expect(
            try reader.texts("SELECT * FROM drift_daily") == [
                ["2024-10-04", "value", "psi", "0.5", "NULL", "0.25", "9"]
            ])
    }

    /// Random moves in random chunks against a recount of each day by hand.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func sizesEqualARecountOfEveryDay(seed: UInt64) throws {
        var random = SplitMix(seed)
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.activateHand()
        let days: ClosedRange<DayNumber> = 500...530
        var places: [[Int32?]] = []
        var seqs: [[Int32]] = []
        var expected: [String: Int] = [:]
        for day in days {
            var builder = OutcomeBuilder()
            for _ in 0..<random.below(4) {
                places.append([nil, nil])
                seqs.append([0, 0])
                builder.outcome.appearances.append(Hand.day(day, seconds: Int64(random.below(86_400))))
            }
            for _ in 0..<random.below(12) where !places.isEmpty {
                let customer = Int(random.below(UInt64(places.count)))
                let segmentation = Int(random.below(2))
                let count = UInt64(Hand.segmentations[segmentation].segments.count)
                let choice = Int32(random.below(count + 1))
                let to = choice == Int32(count) ? nil : choice
                if to == places[customer][segmentation] { continue }
                seqs[customer][segmentation] += 1
                builder.move(
                    Int64(customer + 1), segmentation: Int32(segmentation), seq: seqs[customer][segmentation],
                    from: places[customer][segmentation], to: to, at: Hand.day(day, seconds: 60),
                    cause: Cause.allCases[Int(random.below(3))])
                places[customer][segmentation] = to
            }
            try store.write { transaction in
                try transaction.append(builder.outcome, batch: nil, model: model, files: [], recordedAt: Hand.wall)
                try transaction.setLogicalTime(Hand.day(day, seconds: 60), axis: Hand.axis)
            }
            for place in places {
                for (segmentation, segment) in place.enumerated() {
                    let name = segment.map { Hand.segmentations[segmentation].segments[Int($0)].id } ?? "NULL"
                    expected["\(Hand.segmentations[segmentation].name) \(name) \(day)", default: 0] += 1
                }
            }
        }
        let last = try store.write { try $0.sizes(segmentation: model.segmentationIDs[0], on: days.upperBound) }
        for (segmentID, size) in last {
            let name = model.segmentIDs[0].firstIndex(of: segmentID).map { Hand.segmentations[0].segments[$0].id }
            #expect(expected["value \(name ?? "NULL") \(days.upperBound)", default: 0] == Int(size), "seed \(seed)")
        }
        let rows = try scratch.reader().query(
            "SELECT segmentation, segment, CAST(julianday(day) - 2440587.5 AS INTEGER), customers FROM segment_sizes")
        var found: [String: Int] = [:]
        for row in rows.rows where row[3] != .integer(0) {
            found["\(row[0].shown) \(row[1].shown) \(row[2].shown)"] = Int(row[3].shown)
        }
        #expect(found == expected, "seed \(seed)")
        let begun = Set(expected.keys.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }).min() ?? 0
        #expect(rows.rows.count == (Int(days.upperBound) - begun + 1) * 7, "seed \(seed)")
    }
}

/// A small generator whose sequence is fixed by its seed.
struct SplitMix {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Less than `limit`; 0 when that is 0.
    mutating func below(_ limit: UInt64) -> UInt64 { limit == 0 ? 0 : next() % limit }
}
