import DriftModel
import Testing

@Suite struct NumberReaderTests {
    @Test(arguments: [
        ("0", 0.0), ("-0.5", -0.5), ("  42\t", 42), ("+7", 7), (".5", 0.5), ("5.", 5), ("1e3", 1_000), ("1E-3", 0.001),
        ("0.1", 0.1), ("179769313486231570000e288", 1.7976931348623157e308), ("4.9e-324", .leastNonzeroMagnitude),
        ("9007199254740993", 9_007_199_254_740_992), ("9007199254740993.00000000000000000001", 9_007_199_254_740_994),
        ("123456789012345678901234567890", 1.2345678901234568e29), ("1e-400", 0), ("0e999999999999", 0),
    ])
    func aNumberIsTheDoubleNearestItsText(text: String, expected: Double) {
        #expect(NumberReader.parse(text) == expected)
    }

    @Test(arguments: [
        "", " ", "-", "+", ".", "e5", "1e", "1e+", "1,5", "1 000", "0x10", "inf", "nan", "12abc", "--1", "1e400", "€5",
        "5%", "1_000", "١",
    ])
    func everythingElseIsNoNumber(text: String) {
        #expect(NumberReader.parse(text) == nil)
    }

    @Test func randomDoublesReadBackExactly() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(NumberReader.parse("\(value)") == value, "\(value)")
        }
    }

    @Test func randomDecimalsReadAsTheStandardLibraryReadsThem() {
        var random = SplitMix64(seed: 6)
        for _ in 0..<20_000 {
            let digits = "\(random.next() >> UInt64(random.below(64)))"
            let text = "\(digits).\(random.next() >> UInt64(random.below(64)))e\(random.below(80) - 40)"
            #expect(NumberReader.parse(text) == Double(text), "\(text)")
        }
    }

    @Test(arguments: [
        ("1.234,56", "de", 1_234.56), ("1 234,56", "fr", 1_234.56), ("1\u{A0}234,56", "de-AT", 1_234.56),
        ("1\u{202F}234,5", "fr-FR", 1_234.5), ("1,234.56", "en", 1_234.56), ("1,234.56", "en_US", 1_234.56),
        ("1'234.50", "de-CH", 1_234.5), ("1\u{2019}234.50", "de-CH", 1_234.5), ("12,34,567.8", "en-IN", 1_234_567.8),
        ("-3,5", "cs", -3.5), ("1234,5", "pl", 1_234.5), ("7", "de", 7), (" 7,0 ", "it", 7),
        ("1.000.000", "es", 1_000_000),
    ])
    func localesWriteNumbersTheirWay(text: String, locale: String, expected: Double) throws {
        #expect(try evaluate("number(x, '\(locale)')", [TestInput("x", .text, .text(text))]) == .number(expected))
    }

    @Test(arguments: [
        ("1.23,4", "de"), ("1,234.5", "de"), ("1.234.5", "de"), ("1.2345", "de"), ("€ 5", "de"), ("5 %", "fr"),
        ("", "de"),
        ("1 234.567,8", "de"), ("1,23,456", "en"), ("12.34,567", "en-IN"), ("1.,5", "de"), (".123", "de"),
    ])
    func brokenGroupsAndOtherSignsAreUnreadable(text: String, locale: String) throws {
        #expect(try evaluate("number(x, '\(locale)')", [TestInput("x", .text, .text(text))]) == .null)
    }

    @Test(arguments: [
        (30.0, "30"), (2.5, "2.5"), (1e300, "1e+300"), (-4, "-4"), (1e15, "1000000000000000"), (1e16, "1e+16"),
        (0.1, "0.1"),
    ])
    func theShortestTextHasNoPointForWholeNumbers(value: Double, expected: String) {
        #expect(NumberFormat.shortest(value) == expected)
        #expect(NumberReader.parse(NumberFormat.shortest(value)) == value)
    }
}
