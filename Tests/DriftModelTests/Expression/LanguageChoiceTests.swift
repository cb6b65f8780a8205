import DriftModel
import Testing

/// One fact per documented choice of the language.
@Suite struct LanguageChoiceTests {
    @Test func divisionIsTrueDivision() throws {
        #expect(try evaluate("7 / 2") == .number(3.5))
    }

    @Test func divisionByZeroIsNull() throws {
        #expect(try evaluate("1 / 0") == .null)
        #expect(try evaluate("1 % 0") == .null)
        #expect(try evaluate("mod(1, 0)") == .null)
    }

    @Test func nonFiniteResultsAreNull() throws {
        #expect(try evaluate("exp(1000)") == .null)
        #expect(try evaluate("sqrt(-1)") == .null)
        #expect(try evaluate("ln(0)") == .null)
        #expect(try evaluate("coalesce(1e300 * 1e300, 5)") == .number(5))
    }

    @Test func percentUsesWholePartsAndModKeepsFractions() throws {
        #expect(try evaluate("7.9 % 2.9") == .number(1))
        #expect(try evaluate("mod(7.5, 2)") == .number(1.5))
    }

    @Test func leastAndGreatestAreNullIfAnyArgumentIs() throws {
        #expect(try evaluate("least(1, NULL, 2)") == .null)
        #expect(try evaluate("greatest('a', 'b')") == .text("b"))
    }

    @Test func lettersFoldInASCIIOnly() throws {
        #expect(try evaluate("upper('žluť')") == .text("žLUť"))
        #expect(try evaluate("'É' LIKE 'é'") == .boolean(false))
        #expect(try evaluate("'ABC' LIKE 'a_c'") == .boolean(true))
    }

    @Test func comparisonsOfTextsMindCase() throws {
        #expect(try evaluate("'a' = 'A'") == .boolean(false))
    }

    @Test func castToDateIsDate() throws {
        #expect(try evaluate("CAST('2026-01-31' AS DATE) = DATE '2026-01-31'") == .boolean(true))
        #expect(try evaluate("CAST('31.1.2026' AS DATE)") == .null)
    }

    @Test func castToBoolean() throws {
        #expect(try evaluate("CAST(2 AS BOOLEAN)") == .boolean(true))
        #expect(try evaluate("CAST(0 AS BOOLEAN)") == .boolean(false))
        #expect(try evaluate("CAST('TRUE' AS BOOLEAN)") == .boolean(true))
        #expect(try evaluate("CAST('yes' AS BOOLEAN)") == .null)
    }

    @Test func castsOfTextReadWhatTheyCan() throws {
        #expect(try evaluate("CAST('12abc' AS REAL)") == .number(12))
        #expect(try evaluate("CAST('abc' AS INTEGER)") == .number(0))
        #expect(try evaluate("number('12abc')") == .null)
    }

    @Test func numbersAsTextAreSQLitesReals() throws {
        #expect(try evaluate("CAST(1 AS TEXT)") == .text("1.0"))
        #expect(try evaluate("CAST(0.1 + 0.2 AS TEXT)") == .text("0.3"))
        #expect(try evaluate("CAST(-1e100 AS TEXT)") == .text("-1.0e+100"))
    }

    @Test func datesDifferInDays() throws {
        #expect(try evaluate("DATE '2024-03-01' - DATE '2024-02-28'") == .number(2))
    }

    @Test func theWeekBeginsOnMonday() throws {
        #expect(try evaluate("weekday(DATE '2026-02-02')") == .number(1))
        #expect(try evaluate("weekday(DATE '2026-02-01')") == .number(7))
    }

    @Test func partsOfADate() throws {
        #expect(
            try evaluate("year(DATE '2026-02-03') * 10000 + month(DATE '2026-02-03') * 100 + day(DATE '2026-02-03')")
                == .number(20_260_203))
    }

    @Test func roundingGoesHalfAwayFromZero() throws {
        #expect(try evaluate("round(2.5)") == .number(3))
        #expect(try evaluate("round(-2.5)") == .number(-3))
        #expect(try evaluate("round(2.675, 2)") == .number(2.68))
        #expect(try evaluate("round(1234.5, -2)") == .number(1_235))
    }

    @Test func aTimestampsDateIsLocal() throws {
        let prague = try #require(testZone("Europe/Prague"))
        #expect(
            try evaluate("date(timestamp('2026-06-30T22:30:00Z')) = DATE '2026-07-01'", zone: prague) == .boolean(true))
        #expect(try evaluate("date('2026-06-30T22:30:00Z') = DATE '2026-06-30'", zone: prague) == .boolean(true))
    }

    @Test func textsBeyondSixteenMebibytesAreNull() throws {
        let long = TestInput("x", .text, .text(String(repeating: "a", count: 1 << 20)))
        #expect(try evaluate("length(x || x)", [long]) == .number(2_097_152))
        #expect(try evaluate("replace(x, 'a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')", [long]) == .null)
    }

    @Test func notBindsLooserThanComparisons() throws {
        #expect(try CompiledExpression.of("NOT 1 = 2 AND TRUE").canonical == "NOT 1 = 2 AND TRUE")
        #expect(try CompiledExpression.of("NOT (1 = 2 AND TRUE)").canonical == "NOT (1 = 2 AND TRUE)")
        #expect(try evaluate("NOT 1 = 2") == .boolean(true))
    }

    @Test func equalityBindsLooserThanOrder() throws {
        #expect(try evaluate("1 < 2 = 2 < 3") == .boolean(true))
        #expect(try CompiledExpression.of("(1 < 2) = (2 < 3)").canonical == "1 < 2 = 2 < 3")
    }

    @Test func joiningTextsBindsTighterThanArithmeticOnTheirLengths() throws {
        #expect(try evaluate("length('a' || 'bc') * 2 + 1") == .number(7))
    }

    @Test func canonicalTextsDropWhatMeansNothing() throws {
        let text = "  ( ( 1.50+((2)) ) )*coalesce ( NULL , 3 ) -- why\n >= + 4 and not(true)"
        #expect(try CompiledExpression.of(text).canonical == "(1.5 + 2) * coalesce(NULL, 3) >= 4 AND NOT TRUE")
    }

    @Test func quotedNamesKeepTheirQuotesWhereNeeded() throws {
        let inputs = [
            TestInput("a.b", .number, .number(1)), TestInput("case", .number, .number(2)),
            TestInput("x", .number, .null),
        ]
        #expect(try CompiledExpression.of("\"a.b\" + \"case\" + \"x\"", inputs).canonical == "\"a.b\" + \"case\" + x")
    }
}
