import DriftModel
import Foundation
import Testing

@Suite struct RangeEvaluatorTests {
    static let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil

    /// A box of inputs and a way to draw points from it.
    struct Box {
        var ranges: [RangeCell] = []
        var bounds: [(low: Double, high: Double)] = []
        var points: [[Value]] = []

        init(_ random: inout SplitMix64, pointsOnly: Bool) {
            for column in 0..<8 {
                let mayBeNull = !pointsOnly && random.chance(30)
                var choices: [Value] = []
                switch column {
                case 0..<3, 7:
                    let isDate = column == 7
                    let anchors: [Double] = isDate ? [0, 19_000, 20_000] : [-10, -1, 0, 0.5, 1, 3, 30, 1_000, 1e6]
                    let low = random.pick(anchors)
                    let width = pointsOnly || random.chance(25) ? 0 : random.pick([1, 2, 7, 40, 1_000.0])
                    let high = low + width
                    ranges.append(
                        isDate
                            ? .date(DayNumber(low), DayNumber(high), mayBeNull: mayBeNull)
                            : .number(low, high, mayBeNull: mayBeNull))
                    for step in 0..<6 {
                        var value = low + (high - low) * Double(random.below(1_001)) / 1_000
                        if step == 0 { value = low }
                        if step == 1 { value = high }
                        value = min(value, high)
                        choices.append(isDate ? .date(DayNumber(value)) : .number(value))
                    }
                case 3, 4:
                    choices = [.text("abc")]
                    if pointsOnly || random.chance(50) {
                        ranges.append(RangeCell(.text(offset: 0, count: 3)))
                    } else {
                        ranges.append(.anyText(mayBeNull: mayBeNull))
                        choices += [.text(""), .text("12"), .text("Žb")]
                    }
                default:
                    let (yes, no) = random.pick(
                        pointsOnly ? [(true, false), (false, true)] : [(true, false), (false, true), (true, true)])
                    ranges.append(.truth(mayBeTrue: yes, mayBeFalse: no, mayBeNull: mayBeNull))
                    if yes { choices.append(.boolean(true)) }
                    if no { choices.append(.boolean(false)) }
                }
                if ranges[column].mayBeNull { choices.append(.null) }
                points.append(choices)
            }
        }

        func point(_ random: inout SplitMix64) -> [Value] { points.map { random.pick($0) } }
    }

    static let inputs =
        (0..<3).map { TestInput("n\($0)", .number, .null) } + (0..<2).map { TestInput("t\($0)", .text, .null) }
        + (0..<2).map { TestInput("b\($0)", .boolean, .null) } + [TestInput("d0", .date, .null)]

    private func expression(_ seed: UInt64) -> (text: String, compiled: CompiledExpression, random: SplitMix64)? {
        var generator = ExpressionGenerator(seed: seed)
        generator.dates = ["d0"]
        generator.isLarge = seed % 3 == 0
        let kind = generator.random.pick([ExpressionGenerator.Kind.number, .boolean, .boolean, .date])
        let text = generator.expression(kind, depth: 1 + generator.random.below(4)).ours
        guard let compiled = try? CompiledExpression.of(text, Self.inputs) else { return nil }
        return (text, compiled, generator.random)
    }

    @Test func aRangeContainsTheValueAtEveryPoint() throws {
        var checked = 0
        var decided = 0
        for seed in UInt64(1)...(Self.isLong ? 200_000 : 5_000) {
            guard let (text, compiled, drawn) = expression(seed) else { continue }
            var random = drawn
            let box = Box(&random, pointsOnly: false)
            var evaluator = RangeEvaluator()
            let bytes = Array("abc".utf8)
            let result = evaluator.evaluate(compiled.program, inputs: box.ranges.span, bytes: bytes.span)
            if compiled.type == .boolean, result.isPoint { decided += 1 }
            for _ in 0..<6 {
                let point = box.point(&random)
                let value = compiled.value(point)
                checked += 1
                #expect(
                    result.contains(cell(value)),
                    "seed \(seed): \(text) at \(point): \(value) not in \(result), box \(box.ranges)")
            }
        }
        #expect(checked > 10_000)
        #expect(decided > 100)
    }

    @Test func pointsGiveTheExactResult() throws {
        for seed in UInt64(1)...(Self.isLong ? 100_000 : 3_000) {
            guard let (text, compiled, drawn) = expression(seed) else { continue }
            var random = drawn
            let box = Box(&random, pointsOnly: true)
            var evaluator = RangeEvaluator()
            let bytes = Array("abc".utf8)
            let result = evaluator.evaluate(compiled.program, inputs: box.ranges.span, bytes: bytes.span)
            let value = compiled.value(box.points.map { $0[0] })
            #expect(
                result.isPoint && (result.point == cell(value) || result.point.isZero && cell(value).isZero),
                "seed \(seed): \(text)")
        }
    }

    private func cell(_ value: Value) -> Cell { PackedInputs([value]).cells[0] }

    private func range(_ text: String, _ ranges: [RangeCell]) throws -> RangeCell {
        let inputs = ranges.indices.map { TestInput("x\($0)", .number, .null) }
        var evaluator = RangeEvaluator()
        let none: [UInt8] = []
        return evaluator.evaluate(
            try CompiledExpression.of(text, inputs).program, inputs: ranges.span, bytes: none.span)
    }

    @Test func aConditionIsDecidedWhereItsRangesDecideIt() throws {
        let recency = RangeCell.number(31, 90)
        let spend = RangeCell.number(0, .infinity, mayBeNull: true)
        #expect(try range("x0 <= 30 AND x1 >= 500", [recency, spend]) == RangeCell(.boolean(false)))
        #expect(try range("x0 > 30 OR x1 >= 500", [recency, spend]) == RangeCell(.boolean(true)))
        #expect(try range("x0 BETWEEN 40 AND 50", [recency]).isPoint == false)
        #expect(try range("x0 IN (1, 2, 3)", [recency]) == RangeCell(.boolean(false)))
        #expect(try range("coalesce(x1, 0) >= 0", [recency, spend]) == RangeCell(.boolean(true)))
        #expect(try range("CASE WHEN x0 < 31 THEN 1 ELSE 2 END", [recency]) == RangeCell(.number(2)))
    }

    @Test func arithmeticIsTight() throws {
        let x = RangeCell.number(-2, 3)
        let y = RangeCell.number(4, 5)
        #expect(try range("x0 * x1", [x, y]) == .number(-10, 15))
        #expect(try range("x0 / x1", [x, y]) == .number(-0.5, 0.75))
        #expect(try range("abs(x0) - x1", [x, y]) == .number(-5, -1))
        #expect(try range("least(x0, x1)", [x, y]) == .number(-2, 3))
        #expect(try range("x1 / x0", [x, y]).mayBeNull)
        #expect(try range("x1 / nullif(x0, 0)", [.number(0, 3), y]).low > 0)
    }
}

extension Cell {
    /// Zero of either sign: they are the same number.
    fileprivate var isZero: Bool { tag == .number && number == 0 }
}
