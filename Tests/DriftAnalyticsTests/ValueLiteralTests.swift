import DriftAnalytics
import DriftModel
import Testing

@Suite struct ValueLiteralTests {
    @Test(arguments: [
        ("12", Value.number(12)), ("-2.5e3", .number(-2500)), ("+1", .number(1)), (".5", .number(0.5)),
        ("true", .boolean(true)), ("FALSE", .boolean(false)), ("null", .null), ("'it''s'", .text("it's")),
        ("\"12\"", .text("12")), ("Spain", .text("Spain")), ("", .text("")), ("2026-01-31", .text("2026-01-31")),
        ("DATE '2026-01-31'", .date(20_484)), ("date'1970-01-02'", .date(1)), ("nan", .text("nan")),
        ("timestamp '1970-01-01T00:00:01Z'", .timestamp(.init(seconds: 1))), ("'a'b'", .text("'a'b'")),
        ("dated", .text("dated")), ("1 2", .text("1 2")), ("-", .text("-")),
    ])
    func aLiteralIsReadAsPeopleMeanIt(text: String, expected: Value) {
        #expect(ValueLiteral.parse(text) == expected)
    }

    @Test(arguments: ["DATE '2026-02-30'", "TIMESTAMP '2026-01-01 25:00'"])
    func aDateTheCalendarDoesNotHaveIsNoValue(text: String) {
        #expect(ValueLiteral.parse(text) == nil)
    }

    @Test func aBindingIsANameAndAValue() {
        #expect(ValueLiteral.parseBinding("x=1=2") == .init(name: "x", value: .text("1=2")))
        #expect(ValueLiteral.parseBinding("=1") == nil)
        #expect(ValueLiteral.parseBinding("x") == nil)
    }

    @Test(arguments: [
        (Value.null, "null"), (.number(3), "3"), (.number(0.1), "0.1"), (.boolean(true), "true"),
        (.date(0), "\"1970-01-01\""), (.timestamp(.init(seconds: 60)), "\"1970-01-01T00:01:00Z\""),
        (.text("a\"b"), #""a\"b""#),
    ])
    func aValueIsOneJSONValue(value: Value, expected: String) {
        #expect(ExpressionTrial.json(value) == expected)
    }
}
