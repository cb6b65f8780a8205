import DriftModel
import Testing

@Suite struct ExpressionErrorTests {
    static let inputs = [
        TestInput("recency", .number, .null), TestInput("country", .text, .null), TestInput("signed", .date, .null),
    ]

    @Test(arguments: [
        ("recency < 'a'", 0, "cannot compare a number with a text"),
        ("1 + country", 4, "'+' takes a number, but this is a text"),
        ("recency AND TRUE", 0, "AND needs a condition, but this is a number"),
        ("recncy > 1", 0, "there is no feature 'recncy'"),
        ("1 +", 3, "expected a value, found the end"),
        ("(1 + 2", 6, "expected ')' to close the parenthesis at column 1, found the end"),
        ("1 2", 2, "expected an operator or the end, found the number 2"),
        ("", 0, "the expression is empty"),
        ("  'x", 2, "this text never ends"),
        ("1 /* x", 2, "this comment never ends"),
        ("12abc", 0, "'12abc' is no number"),
        ("recency & 1", 8, "'&' has no meaning here"),
        ("lenght('a')", 0, "there is no function 'lenght'"),
        ("round()", 0, "round does not take 0 arguments"),
        ("CAST(1 AS INT)", 10, "expected a type after AS, found 'INT'"),
        ("DATE '2026-02-30'", 5, "'2026-02-30' is no date"),
        ("CASE 1 END", 7, "expected WHEN after CASE, found 'END'"),
        ("signed > '2026-01-01'", 0, "cannot compare a date with a text"),
        ("CASE WHEN TRUE THEN 1 ELSE 'a' END", 0, "CASE gives a number here and a text there"),
        ("number('1', 'xx')", 12, "the locale 'xx' is not known"),
        ("'a' LIKE 'b' ESCAPE 'cc'", 20, "ESCAPE takes one character, this has 2"),
    ])
    func anErrorSaysWhatAndWhere(text: String, offset: Int, message: String) {
        let error = complaint(text, Self.inputs)
        #expect(error?.offset == offset)
        #expect(error?.message == message)
    }

    @Test(arguments: [
        ("recncy > 1", "did you mean 'recency'?"),
        ("lenght('a')", "did you mean 'length'?"),
        ("substring('a', 1)", "it is called substr here"),
        ("recency = '3'", "write 3 without quotes"),
        ("signed > '2026-01-01'", "write DATE '2026-01-01'"),
        ("recency AND TRUE", "compare it, as in x <> 0"),
        ("round()", "write round(number[, digits])"),
        ("@kind", "names with an @ need double quotes, in YAML inside single ones: '\"@a\"'"),
        ("year(country)", "date(country) reads a text as a date"),
    ])
    func anErrorSaysWhatToDo(text: String, hint: String) {
        #expect(complaint(text, Self.inputs)?.hint == hint)
    }

    @Test func aMappingIsToldToReadTheField() {
        let error = complaint("Quantity > 3", open: true)
        #expect(error?.hint == "number(Quantity) reads a text as a number")
    }

    @Test func aPlaceMayDemandAType() throws {
        #expect(throws: ExpressionError.self) { try CompiledExpression.of("1 + 1", expecting: .boolean) }
        #expect(try CompiledExpression.of("NULL", expecting: .boolean).type == nil)
    }

    @Test func thePlaceIsShownUnderTheText() {
        let error = complaint("1 + country", Self.inputs)
        #expect(error?.pointing(into: "1 + country").hasSuffix("\n  1 + country\n      ^^^^^^^") == true)
    }

    @Test func longChainsAndDeepNestsAreRefusedNotFatal() throws {
        let chain = Array(repeating: "1", count: 5_000).joined(separator: " + ")
        #expect(complaint(chain)?.message.contains("in a chain") == true)
        let nest = String(repeating: "(", count: 5_000) + "1" + String(repeating: ")", count: 5_000)
        #expect(complaint(nest)?.message.contains("levels deep") == true)
        let signs = String(repeating: "- ", count: 5_000) + "1"
        #expect(complaint(signs)?.message.contains("levels deep") == true)
        let fine = Array(repeating: "1", count: 240).joined(separator: " + ")
        #expect(try evaluate(fine) == .number(240))
    }

    /// Catches traps (overflows, indexes) in lexer, parser, checker and evaluator.
    @Test func randomTextNeverTraps() {
        let words = [
            "recency", "country", "signed", "(", ")", ",", "1", "2.5", "'a'", "'2026-01-31'", "\"q\"", "NULL", "TRUE",
            "AND",
            "OR", "NOT", "BETWEEN", "IN", "LIKE", "ESCAPE", "IS", "DISTINCT", "FROM", "CASE", "WHEN", "THEN", "ELSE",
            "END",
            "CAST", "AS", "REAL", "DATE", "+", "-", "*", "/", "%", "||", "=", "<>", "<", ">=", "substr", "date",
            "timestamp",
            "number", "round", "coalesce", "least", "'yyyy-MM-dd'", "'de'", "--", "/*", "*/", "'", "1e999", "9e18",
            "\u{0}", "é",
        ]
        var compiledCount = 0
        for seed in UInt64(1)...20_000 {
            var random = SplitMix64(seed: seed)
            var text = ""
            if seed % 4 == 0 {
                let bytes = (0..<random.below(40)).map { _ in UInt8(random.below(256)) }
                text = String(decoding: bytes, as: UTF8.self)
            } else {
                for _ in 0..<(1 + random.below(9)) { text += random.pick(words) + (random.chance(80) ? " " : "") }
            }
            guard let compiled = try? CompiledExpression.of(text, Self.inputs) else { continue }
            compiledCount += 1
            let values: [Value] = [
                random.pick([.null, .number(3)]), random.pick([.null, .text("31.1.2026")]),
                random.pick([.null, .date(20_000)]),
            ]
            _ = compiled.value(values)
        }
        #expect(compiledCount > 100)
    }
}
