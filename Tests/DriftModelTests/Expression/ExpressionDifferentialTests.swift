@testable import DriftModel
import Foundation
import Testing

/// Expressions against SQLite, which is the language's definition of truth values, texts and arithmetic. Catches
/// wrong semantics and precedence; cannot catch what the two share (the C library), nor dates, which SQLite lacks.
@Suite struct ExpressionDifferentialTests {
    static let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil

    static let numbers: [Value] = [
        .null, .number(0), .number(1), .number(-1), .number(2.5), .number(-7.75), .number(10), .number(600),
        .number(0.1), .number(1e15), .number(123_456.789), .number(-0.005), .number(2.675), .number(1e-7),
    ]
    static let texts: [Value] = [
        .null, .text(""), .text("abc"), .text(" Abc "), .text("12.5x"), .text("Žluť"), .text("a_c"),
    ]

    static func inputs(_ random: inout SplitMix64) -> [TestInput] {
        let truths: [Value] = [.null, .boolean(true), .boolean(false)]
        return (0..<3).map { TestInput("n\($0)", .number, random.pick(numbers)) }
            + (0..<2).map { TestInput("t\($0)", .text, random.pick(texts)) }
            + (0..<2).map { TestInput("b\($0)", .boolean, random.pick(truths)) }
    }

    @Test(arguments: [false, true])
    func generatedExpressionsGiveWhatSQLiteGives(isLarge: Bool) throws {
        let sqlite = SQLite()
        let wanted = Self.isLong ? 100_000 : 4_000
        var compared = 0
        var regrouped = 0
        var seed: UInt64 = isLarge ? 1_000_000 : 0
        var failures = 0
        while compared < wanted, failures < 10 {
            seed += 1
            var generator = ExpressionGenerator(seed: seed)
            generator.hasMath = sqlite.hasMath
            generator.isLarge = isLarge
            let inputs = Self.inputs(&generator.random)
            let kind = generator.random.pick([ExpressionGenerator.Kind.number, .text, .boolean])
            let twin = generator.expression(kind, depth: 1 + generator.random.below(4))
            guard let compiled = try? CompiledExpression.of(twin.ours, inputs) else {
                // Bare operands regrouped into something without a type.
                regrouped += 1
                continue
            }
            guard case .success(let expected) = sqlite.value(twin.sqlite, inputs) else { continue }
            if case .number(let number) = expected, !number.isFinite { continue }
            compared += 1
            let found = compiled.value(inputs.map(\.value))
            if !Self.agree(found, expected) {
                failures += 1
                Issue.record(
                    "seed \(seed): \(twin.ours) with \(inputs.map { "\($0.name)=\($0.value)" }): \(found), SQLite \(expected)"
                )
            }
        }
        #expect(compared >= wanted || failures > 0)
        #expect(regrouped < compared)
        print("differential (large: \(isLarge)): \(compared) compared, \(regrouped) regrouped")
    }

    /// Conditions are 1 and 0 in SQLite.
    static func agree(_ ours: Value, _ theirs: Value) -> Bool {
        switch (ours, theirs) {
        case (.boolean(let truth), .number(let number)): truth == (number != 0)
        case (.number(let left), .number(let right)): left == right
        default: ours == theirs
        }
    }

    @Test func aCanonicalTextMeansTheSame() throws {
        for seed in UInt64(1)...(Self.isLong ? 50_000 : 2_000) {
            var generator = ExpressionGenerator(seed: seed)
            generator.isLarge = seed % 2 == 0
            generator.dates = ["d0"]
            let inputs = Self.inputs(&generator.random) + [TestInput("d0", .date, .date(20_000))]
            let kind = generator.random.pick(ExpressionGenerator.Kind.allCases)
            let text = generator.expression(kind, depth: 1 + generator.random.below(4)).ours
            guard let compiled = try? CompiledExpression.of(text, inputs) else { continue }
            let again = try CompiledExpression.of(compiled.canonical, inputs)
            #expect(again.canonical == compiled.canonical, "seed \(seed): \(text)")
            let same = try ExpressionParser.parse(text).syntax == ExpressionParser.parse(compiled.canonical).syntax
            #expect(same, "seed \(seed): \(text)")
            #expect(again.value(inputs.map(\.value)) == compiled.value(inputs.map(\.value)), "seed \(seed): \(text)")
        }
    }
}
