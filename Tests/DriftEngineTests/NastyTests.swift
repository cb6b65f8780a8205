import DriftEngine
import DriftModel
import Testing

/// Models and histories made to break things, against the oracle: zones whose midnights are skipped or whose days are,
/// windows of one tick and of two hundred years, numbers at the limit of sums, events at the very edges of windows and
/// of zone changes, of the future, late, twice, with the same id and other content, texts that compare bytewise.
@Suite struct NastyTests {
    @Test(arguments: Seeds.all(150))
    func theOracleAgrees(seed: UInt64) throws {
        var nasty = NastyCase(seed: seed)
        var oracle = Oracle(nasty.builder)
        var driver = Driver(nasty.builder)
        var classes: [RecordClass] = []
        var logical = nasty.start
        var rest = nasty.records[...]
        while !rest.isEmpty {
            let file = Array(rest.prefix(nasty.rng.int(1...4)))
            rest = rest.dropFirst(file.count)
            for record in file { classes.append(oracle.apply(record, logicalBefore: logical)) }
            driver.apply(file, logicalBefore: logical)
            try driver.recode()
            if nasty.rng.chance(40) {
                logical = max(logical, file[file.count - 1].at.advanced(bySeconds: Int64(nasty.rng.int(0...90_000))))
                let tick = nasty.builder.axis.tick(of: logical)
                oracle.walk(to: tick)
                driver.advance(to: tick)
            }
        }
        let end = oracle.position + (nasty.builder.grain == .day ? 30 : 80)
        oracle.walk(to: end)
        driver.advance(to: end)
        #expect(driver.classes == classes, "seed \(seed)")
        expectSame(driver.log, oracle.log, seed)
        let values = oracle.row(at: end).values
        let found = driver.engine.features(of: driver.state, at: end)
        #expect(found == values, "seed \(seed)")
    }

    private func expectSame(_ engine: [LogLine], _ oracle: [LogLine], _ seed: UInt64) {
        guard engine != oracle else { return }
        let place = zip(engine, oracle).enumerated().first { $1.0 != $1.1 }?.offset ?? min(engine.count, oracle.count)
        let mine = place < engine.count ? engine[place].description : "nothing"
        let theirs = place < oracle.count ? oracle[place].description : "nothing"
        Issue.record("seed \(seed), line \(place):\n engine \(mine)\n oracle \(theirs)")
    }
}

/// One model with one history.
struct NastyCase {
    var rng: SplitMix64
    var builder: ModelBuilder
    var start: Instant
    var records: [TestRecord] = []

    init(seed: UInt64) {
        rng = SplitMix64(seed: seed &* 0x9E37_79B9_97F4_A7C1)
        let (zone, around) = rng.pick(NastyZones.all)
        builder = .shop(grain: rng.chance(40) ? .hour : .day, zone: zone)
        let middle = rng.pick(around)
        start = Instant(seconds: middle - 6 * 86_400)
        builder.dedupeTicks = Int32(rng.pick([0, 1, 2, 50, 5_000]))
        for _ in 0..<rng.int(4...8) { addFeature() }
        for _ in 0..<rng.int(1...3) { addDerived() }
        if rng.chance(40) { builder.population = builder.condition(rule()) }
        for index in 0..<rng.int(1...3) {
            let rules = (0..<rng.int(1...4)).map { _ in (rule(), rng.chance(50) ? rule() : nil) }
            builder.segment("g\(index)", rules)
        }
        addRecords(middle)
    }

    // MARK: Models

    private mutating func window() -> Int32? {
        rng.pick([nil, 1, 1, 2, 3, 7, 24, 25, 48, 73_200, builder.grain == .hour ? 1_756_800 : 100])
    }

    private mutating func selection() -> Selection {
        let filters: [String?] = [
            nil, nil, "invoice > 'a'", "invoice <= 'É'", "amount IS NULL", "amount IS DISTINCT FROM 1",
            "invoice LIKE 'A_'", "lower(invoice) = 'ab'", "type <> 'visit' AND coalesce(amount, 0) >= 0",
        ]
        return builder.selection(
            rng.pick([[0], [1], [2], [0, 1], [0, 1, 2, 3]]), over: window(), where: rng.pick(filters))
    }

    private mutating func addFeature() {
        let unit: Feature.Unit = builder.grain == .hour && rng.chance(50) ? .hours : .days
        let value = builder.scalar(rng.pick(["amount", "amount", "-amount", "amount / 2", "nullif(amount, 1)"]))
        let text = builder.scalar(rng.pick(["invoice", "trim(invoice)", "substr(invoice, 2)", "nullif(invoice, 'a')"]))
        switch rng.int(0...14) {
        case 0: builder.add(.count(selection()))
        case 1, 2: builder.add(.sum(selection(), value))
        case 3: builder.add(.average(selection(), value))
        case 4: builder.add(.minimum(selection(), value))
        case 5: builder.add(.maximum(selection(), value))
        case 6: builder.add(.distinct(selection(), rng.chance(50) ? value : text))
        case 7: builder.add(.first(selection(), text), type: .text)
        case 8: builder.add(.last(selection(), text), type: .text)
        case 9: builder.add(rng.chance(50) ? .first(selection(), value) : .last(selection(), value))
        case 10, 11: builder.add(.sinceEvent(selection(), rng.pick([.first, .last]), unit))
        case 12: builder.add(.activeDays(selection()))
        case 13: builder.add(rng.chance(50) ? .yearsSince(1) : .sinceAttribute(1))
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
        builder.addExpression(
            rng.pick([
                "\(one) - \(other)", "2 * \(one) - \(other)", "\(one) % 3", "mod(\(one), 2.5)", "\(one) / \(other)",
                "CASE \(one) WHEN \(other) THEN 1 WHEN 2 THEN NULL ELSE 0 END", "sqrt(\(one)) + ln(\(other))",
                "coalesce(nullif(\(one), \(other)), -1)", "power(\(one), 2)", "round(\(one) / 3, 1)",
            ]))
    }

    private mutating func atom() -> String {
        if !texts.isEmpty, rng.chance(25) {
            let text = rng.pick(texts)
            return rng.pick([
                "\(text) < 'B'", "\(text) >= 'ab'", "\(text) = 'É'", "\(text) BETWEEN 'A' AND 'a'", "\(text) IS NULL",
                "\(text) NOT IN ('a', NULL)", "length(\(text)) > 1", "upper(\(text)) LIKE '%B%'",
            ])
        }
        guard !numbers.isEmpty else { return "TRUE" }
        let (one, other) = (rng.pick(numbers), rng.pick(numbers))
        let limit = rng.pick(["-1", "0", "1", "2", "7", "24", "25", "9.2e12", "0.000001", "1e6"])
        switch rng.int(0...8) {
        case 0...4: return "\(one) \(rng.pick(["<=", "<", ">", ">=", "=", "<>"])) \(limit)"
        case 5: return "\(one) \(rng.pick(["<", "=", ">="])) \(other)"
        case 6: return "\(one) - \(other) > \(limit)"
        case 7: return "\(one) IS NOT DISTINCT FROM \(other)"
        default: return "(\(one) > \(limit)) IS NOT FALSE"
        }
    }

    private mutating func rule() -> String {
        switch rng.int(0...4) {
        case 0: atom()
        case 1: "\(atom()) AND \(atom())"
        case 2: "\(atom()) OR \(atom())"
        case 3: "NOT \(atom()) AND (\(atom()) OR \(atom()))"
        default: "CASE WHEN \(atom()) THEN \(atom()) ELSE \(atom()) END"
        }
    }

    // MARK: Histories

    /// Around an instant: right before, at and after it, whole windows away, and back again.
    private mutating func addRecords(_ middle: Int64) {
        let tick = builder.grain == .day ? Int64(86_400) : 3_600
        let count = rng.int(2...16)
        var at = start.secondsFloor
        for _ in 0..<count {
            switch rng.int(0...9) {
            case 0: at = middle + Int64(rng.pick([-3_601, -1, 0, 1, 1_799, 1_800, 3_599, 3_600, 7_200]))
            case 1: at -= Int64(rng.pick([1, 2, 3, 7, 24, 25])) * tick
            case 2: at += Int64(rng.pick([1, 2, 3, 7, 24, 25])) * tick
            case 3: at += Int64(rng.pick([1, 2, 7])) * tick - 1
            case 4: at += 20 * tick
            case 5, 6: break
            default: at += Int64(rng.int(0...40_000))
            }
            at = min(max(at, start.secondsFloor), start.secondsFloor + (builder.grain == .day ? 90 : 12) * 86_400)
            var events = [event()]
            while rng.chance(20) { events.append(event()) }
            var record = TestRecord(
                at: Instant(seconds: at), events: events, trust: rng.chance(60) ? .internal : .external)
            if rng.chance(50) {
                record.id = UInt64(rng.int(1...5))
                record.content = UInt32(rng.int(1...2))
            }
            records.append(record)
            if rng.chance(10) { records.append(record) }
        }
    }

    private mutating func event() -> TestEvent {
        let amount: Value =
            rng.chance(15)
            ? .null : .number(rng.pick([0, -0.0, 1, 2, 24, -1, 9.2e12, -9.2e12, 0.000001, 0.5, 1e6, 123_456.75]))
        let invoice: Value =
            rng.chance(15) ? .null : .text(rng.pick(["a", "A", "ab", "AB", "É", "é", "", " a", "aÉ", "b%"]))
        switch rng.int(0...5) {
        case 0...2: return TestEvent(type: 0, values: [amount, invoice])
        case 3: return TestEvent(type: 1, values: [amount])
        case 4: return TestEvent(type: 2, values: [])
        default:
            let birth = builder.axis.tick(of: start) / (builder.grain == .day ? 1 : 24)
            return TestEvent(
                type: 3,
                values: [
                    rng.chance(30) ? .null : .text(rng.pick(["a", "B", "É"])),
                    rng.chance(20) ? .null : .date(birth + Int32(rng.pick([0, -365, -366, -1_461, 10, 40, -7_305]))),
                    rng.chance(30) ? .null : .number(rng.pick([0, 7, 25, 9.2e12])),
                ])
        }
    }
}
