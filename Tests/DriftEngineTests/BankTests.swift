import DriftEngine
import DriftModel
import Foundation
import Testing

/// The bank's example model on made-up lives: birthdays and what leaves its window move customers with no event.
@Suite(.enabled(if: Bank.text != nil, "needs ../shared/examples/bank.yaml"))
struct BankTests {
    @Test(arguments: 1...12)
    func aLifeAtTheBankIsTheOracles(seed: UInt64) throws {
        var bank = try Bank(seed: seed)
        let records = bank.life()
        let end = bank.builder.axis.tick(of: records[records.count - 1].at) + 400
        var oracle = Oracle(bank.builder)
        for record in records { _ = oracle.apply(record, logicalBefore: Bank.start) }
        oracle.walk(to: end)
        var driver = Driver(bank.builder)
        driver.apply(records, logicalBefore: Bank.start)
        driver.advance(to: end)
        #expect(driver.log == oracle.log, "seed \(seed)")
    }

    @Test(arguments: 1...12)
    func steppingDayByDayGivesTheSameMovesAsOneLeap(seed: UInt64) throws {
        var bank = try Bank(seed: seed)
        let records = bank.life()
        let last = bank.builder.axis.tick(of: records[records.count - 1].at)
        var leaping = Driver(bank.builder)
        leaping.apply(records, logicalBefore: Bank.start)
        var stepping = leaping
        leaping.advance(to: last + 4_000)
        for tick in last...(last + 4_000) { stepping.advance(to: tick) }
        #expect(stepping.log == leaping.log, "seed \(seed)")
        #expect(stepping.bytes == leaping.bytes, "seed \(seed)")
    }

    @Test func aBirthdayMovesACustomerWithoutAnEvent() throws {
        var bank = try Bank(seed: 1)
        let stages = try #require(bank.builder.segmentations.firstIndex { $0.name == "life_stage" })
        var driver = Driver(bank.builder)
        let birth = CivilDate(year: 1998, month: 3, day: 31).dayNumber
        driver.apply(
            [bank.profile(born: birth, at: Bank.start), bank.credit(at: Bank.start)], logicalBefore: Bank.start)
        driver.advance(to: CivilDate(year: 2024, month: 4, day: 1).dayNumber)
        let moves = driver.log.filter { $0.segmentation == stages && $0.cause == .time }
        // The local midnight of the 26th birthday, on the day the clocks have gone forward.
        let midnight = Instant(seconds: Int64(CivilDate(year: 2024, month: 3, day: 31).dayNumber) * 86_400 - 3_600)
        #expect(moves.map(\.effectiveAt) == [midnight])
    }
}

/// The example model, and lives that meet all of it.
struct Bank {
    /// 2024-01-10T12:00:00Z.
    static let start = Instant(seconds: 1_704_888_000)
    /// Central Europe in 2024: summer time from 31 March to 27 October.
    static let zone = ZoneRules(
        name: "Europe/Prague", changesAt: [1_711_846_800, 1_729_990_800], offsets: [7_200, 3_600], firstOffset: 3_600)

    /// `$SEGDRIFT_SHARED/examples/bank.yaml`, or that of `../shared` beside the package.
    static let text: String? = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared = ProcessInfo.processInfo.environment["SEGDRIFT_SHARED"].map { URL(filePath: $0) }
        let folder = shared ?? package.deletingLastPathComponent().appending(path: "shared")
        return try? String(contentsOf: folder.appending(path: "examples/bank.yaml"), encoding: .utf8)
    }()

    var rng: SplitMix64
    var builder = ModelBuilder()

    init(seed: UInt64) throws {
        rng = SplitMix64(seed: seed)
        let model = try ModelLoader.load(text: Self.text ?? "", file: "bank.yaml", zones: { _ in Self.zone }).model
        builder.zone = Self.zone
        builder.grain = model.grain
        builder.types = model.eventTypes
        builder.attributes = model.attributes
        builder.fields = model.fields
        builder.features = model.features
        builder.population = model.population
        builder.segmentations = model.segmentations
        builder.dedupeTicks = model.dedupeTicks
    }

    /// A profile, then movements and loans over two years, in order.
    mutating func life() -> [TestRecord] {
        let years = rng.pick([24, 25, 33, 34, 58, 59])
        let birth = CivilDate(year: 2024 - years, month: 1, day: 1).dayNumber + Int32(rng.int(0...364))
        var records = [profile(born: birth, at: Self.start)]
        var at = Self.start
        for _ in 0..<rng.int(5...25) {
            at = at.advanced(bySeconds: Int64(rng.int(0...60)) * 86_400 / 2)
            let name = rng.pick(["credit", "credit", "credit", "debit", "loan"])
            records.append(TestRecord(at: at, events: [event(name)]))
        }
        return records
    }

    mutating func credit(at: Instant) -> TestRecord { TestRecord(at: at, events: [event("credit")]) }

    func profile(born birth: DayNumber, at: Instant) -> TestRecord {
        let type = builder.types.firstIndex { $0.name == "profile" } ?? 0
        let values = builder.types[type].sets.map { attribute -> Value in
            switch builder.attributes[attribute].type {
            case .date: .date(birth)
            case .number: .number(30_000)
            default: .text("x")
            }
        }
        return TestRecord(at: at, events: [TestEvent(type: type, values: values)])
    }

    private mutating func event(_ name: String) -> TestEvent {
        let type = builder.types.firstIndex { $0.name == name } ?? 0
        var values: [Value] = []
        for field in builder.types[type].fields {
            let isNumber = builder.fields[field].type == .number
            values.append(
                isNumber ? .number(Double(rng.int(1...90) * 1_000)) : .text(rng.pick(["A", "B", "C", "D"])))
        }
        return TestEvent(type: type, values: values)
    }
}
