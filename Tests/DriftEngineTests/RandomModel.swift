import DriftEngine
import DriftModel

/// Random models over the shop's events: every kind of feature and rule, short windows, so that a short history
/// meets every case.
struct RandomModel {
    var rng: SplitMix64
    var builder: ModelBuilder
    /// Rules only compare single features with constants: those that are decided by looking up.
    var hasSimpleRules = false
    /// Around which time histories lie.
    let start = Instant(seconds: 1_709_100_000)  // 2024-02-28

    /// - Parameter allowsStay: Hysteresis makes segments depend on the order of application.
    init(seed: UInt64, allowsStay: Bool = true) {
        rng = SplitMix64(seed: seed &* 0x2545_F491_4F6C_DD1D)
        let grain: Grain = rng.chance(25) ? .hour : .day
        builder = .shop(grain: grain, zone: Self.zone(&rng, near: start))
        hasSimpleRules = rng.chance(50)
        for _ in 0..<rng.int(3...7) { addFeature() }
        for _ in 0..<rng.int(0...3) { addDerived() }
        if rng.chance(60) { builder.population = builder.condition(condition()) }
        for index in 0..<rng.int(1...2) { addSegmentation(index, allowsStay: allowsStay) }
        builder.dedupeTicks = Int32(rng.pick([0, 5, 20, 100]))
    }

    /// UTC, or a zone whose offset changes twice within the histories.
    private static func zone(_ rng: inout SplitMix64, near start: Instant) -> ZoneRules {
        guard rng.chance(50) else { return .utc }
        let first = start.secondsFloor + Int64(rng.int(0...40)) * 86_400 / 2
        let offset = Int32(rng.pick([-12_600, 0, 3600, 36_000]))
        return ZoneRules(
            name: "Test/Zone", changesAt: [first, first + Int64(rng.int(1...20)) * 86_400],
            offsets: [offset + 3600, offset], firstOffset: offset)
    }

    private mutating func window() -> Int32? {
        guard rng.chance(75) else { return nil }
        return Int32(builder.grain == .day ? rng.int(1...14) : rng.int(1...60))
    }

    private mutating func selection(_ windowed: Bool = true) -> Selection {
        let types = rng.pick([[0], [0], [0, 1], [1], [2], [0, 1, 2, 3], [0, 2]])
        let filters = ["amount >= 10", "type = 'purchase'", "invoice <> 'a'", "amount > 5 OR invoice IS NULL"]
        let filter = rng.chance(30) ? rng.pick(filters) : nil
        return builder.selection(types, over: windowed ? window() : nil, where: filter)
    }

    private mutating func scalar() -> Scalar {
        builder.scalar(rng.pick(["amount", "amount", "amount", "amount * 1.5", "abs(amount)", "amount - 7"]))
    }

    private mutating func addFeature() {
        let text = rng.pick(["invoice", "invoice", "upper(invoice)", "invoice || type"])
        let unit: Feature.Unit = builder.grain == .hour && rng.chance(50) ? .hours : .days
        switch rng.int(0...17) {
        case 0, 1: builder.add(.count(selection()))
        case 2, 3: builder.add(.sum(selection(), scalar()))
        case 4: builder.add(.average(selection(), scalar()))
        case 5: builder.add(.minimum(selection(), scalar()))
        case 6: builder.add(.maximum(selection(), scalar()))
        case 7: builder.add(.distinct(selection(), builder.scalar(text)))
        case 8: builder.add(.distinct(selection(), scalar()))
        case 9: builder.add(.first(selection(), builder.scalar(text)), type: .text)
        case 10: builder.add(.last(selection(), rng.chance(50) ? scalar() : builder.scalar("amount")))
        case 11: builder.add(.first(selection(), scalar()))
        case 12: builder.add(.sinceEvent(selection(), .last, unit))
        case 13: builder.add(.sinceEvent(selection(), rng.pick([.first, .last]), unit))
        case 14: builder.add(.activeDays(selection()))
        case 15: builder.add(.decayed(selection(false), scalar(), halfLifeTicks: Double(rng.pick([1, 3, 10]))))
        case 16: builder.add(rng.chance(50) ? .yearsSince(1) : .sinceAttribute(1))
        default:
            let (index, type) = rng.pick([(0, ValueType.text), (2, .number)])
            builder.add(.attribute(index), type: type)
        }
    }

    private var numbers: [String] { builder.features.filter { $0.type == .number }.map(\.name) }
    private var texts: [String] { builder.features.filter { $0.type == .text }.map(\.name) }

    private mutating func addDerived() {
        guard !numbers.isEmpty else { return }
        let (one, other) = (rng.pick(numbers), rng.pick(numbers))
        let index = builder.features.firstIndex { $0.name == one } ?? 0
        let second = builder.features.firstIndex { $0.name == other } ?? 0
        switch rng.int(0...6) {
        case 0: builder.addExpression("\(one) / nullif(\(other), 0)")
        case 1: builder.addExpression("coalesce(\(one), 0) + \(other)")
        case 2: builder.addExpression("iif(\(one) > 3, \(other), -1)")
        case 3: builder.addExpression("greatest(\(one), \(other)) * 2 - 1")
        case 4:
            let cuts = [1.0, 5.0, 12.0].map { $0 + Double(rng.int(0...3)) }
            builder.add(.bands(input: index, cuts: cuts, descending: rng.chance(50)))
        case 5: builder.add(.weights([(index, 0.3), (second, rng.pick([0.7, -0.7]))]))
        default:
            builder.addExpression("CASE WHEN \(one) IS NULL THEN 'none' WHEN \(one) < 4 THEN 'few' ELSE 'many' END")
        }
    }

    // MARK: Rules

    private mutating func atom() -> String {
        if !hasSimpleRules, !texts.isEmpty, rng.chance(20) {
            let text = rng.pick(texts)
            return rng.pick([
                "\(text) = 'few'", "\(text) IN ('a', 'de', 'B')", "\(text) IS NULL", "\(text) LIKE 'a%'",
                "coalesce(\(text), 'zz') >= 'd'",
            ])
        }
        guard !numbers.isEmpty else { return "TRUE" }
        let (one, other) = (rng.pick(numbers), rng.pick(numbers))
        let limit = rng.pick(["0", "1", "2", "3", "5", "8", "13", "20.5", "40"])
        switch hasSimpleRules ? 0 : rng.int(0...9) {
        case 0...5: return "\(one) \(rng.pick(["<=", "<", ">", ">=", "=", "<>"])) \(limit)"
        case 6: return "\(one) BETWEEN \(limit) AND 9"
        case 7: return "\(one) IS NOT NULL"
        case 8: return "\(one) + \(other) > \(limit)"
        default: return "\(one) <= \(other)"
        }
    }

    private mutating func condition() -> String {
        switch rng.int(0...5) {
        case 0, 1: atom()
        case 2, 3: "\(atom()) AND \(atom())"
        case 4: "\(atom()) OR \(atom())"
        default: "NOT (\(atom()) AND \(atom()))"
        }
    }

    private mutating func addSegmentation(_ index: Int, allowsStay: Bool) {
        if rng.chance(15), numbers.count >= 2 { return addNearest(index) }
        var rules: [(when: String, stay: String?)] = []
        for _ in 0..<rng.int(1...4) {
            rules.append((condition(), allowsStay && rng.chance(30) ? condition() : nil))
        }
        builder.segment("g\(index)", rules)
    }

    private mutating func addNearest(_ index: Int) {
        let features = builder.features.indices.filter { builder.features[$0].type == .number }.prefix(2)
        let inputs = features.map { Segmentation.Nearest.Input(feature: $0, mean: 5, scale: 3) }
        let centroids = (0..<3).map { _ in inputs.map { _ in Double(rng.int(0...20)) } }
        let segments = (0..<3).map {
            Segment(id: "c\($0)", title: nil, rank: nil, when: nil, stay: nil, playbooks: [])
        }
        builder.segmentations.append(
            Segmentation(
                name: "g\(index)", title: nil, segments: segments,
                nearest: Segmentation.Nearest(inputs: inputs, centroids: centroids)))
    }

    // MARK: Histories

    private mutating func event(_ type: Int) -> TestEvent {
        let amount: Value =
            rng.chance(8) ? .null : .number(rng.pick([1, 2.5, 9.99, 10, 25, 0.1, -3, 12.345678, 0]))
        let invoice: Value = rng.chance(8) ? .null : .text(rng.pick(["a", "b", "c", "ab", "", "d"]))
        switch type {
        case 0: return TestEvent(type: 0, values: [amount, invoice])
        case 1: return TestEvent(type: 1, values: [amount])
        case 2: return TestEvent(type: 2, values: [])
        default:
            let birth = Int32(rng.pick([10_651, 11_015, 11_017, 11_381, 19_780, 19_800]))
            return TestEvent(
                type: 3,
                values: [
                    rng.chance(20) ? .null : .text(rng.pick(["de", "fr", "a"])),
                    rng.chance(30) ? .null : .date(birth), rng.chance(30) ? .null : .number(Double(rng.int(1...30))),
                ])
        }
    }

    /// Records of one customer within some thirty days, by time.
    mutating func history(_ count: Int, withIDs: Bool = false) -> [TestRecord] {
        var records: [TestRecord] = []
        let grid = builder.grain == .day ? 3600 * rng.pick([1, 6, 24]) : 60 * rng.pick([10, 60, 360])
        let span = builder.grain == .day ? 30 * 86_400 : 5 * 86_400
        for _ in 0..<count {
            let at = start.advanced(bySeconds: Int64(rng.int(0...(span / grid)) * grid))
            var events = [event(rng.pick([0, 0, 0, 1, 2, 3]))]
            if rng.chance(15) { events.append(event(rng.int(0...3))) }
            let trust: Trust = rng.chance(70) ? .internal : .external
            var record = TestRecord(at: at, events: events, trust: trust)
            if withIDs, rng.chance(60) {
                record.id = UInt64(rng.int(1...max(2, count)))
                record.content = UInt32(rng.int(1...2))
            }
            records.append(record)
        }
        return records.sorted { $0.at < $1.at }
    }
}
