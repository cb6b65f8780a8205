import DriftAnalytics
import DriftModel
import Testing

@Suite struct NumberTextTests {
    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-12.5, "-12.5"), (0.1, "0.1"), (1e300, "1e+300"),
        (123_456_789.0, "123456789"), (.infinity, "null"), (.nan, "null"),
    ])
    func aNumberIsWrittenAsShortAsItReadsBack(value: Double, expected: String) {
        #expect(NumberText.shortest(value) == expected)
    }

    @Test(arguments: [
        (1.005, 1, "1.0"), (2.5, 0, "3"), (-2.5, 0, "-3"), (-0.04, 1, "0.0"), (12.345, 2, "12.35"), (0.05, 2, "0.05"),
    ])
    func decimalsAreFixed(value: Double, decimals: Int, expected: String) {
        #expect(NumberText.fixed(value, decimals) == expected)
    }

    @Test func thousandsAreGrouped() {
        #expect(NumberText.grouped(999) == "999")
        #expect(NumberText.grouped(1000) == "1,000")
        #expect(NumberText.grouped(-1_234_567) == "-1,234,567")
        #expect(NumberText.signed(12) == "+12")
        #expect(NumberText.signed(0) == "0")
    }

    @Test func bytesAndDurationsUseTheirLargestUnits() {
        #expect(NumberText.bytes(1023) == "1023 B")
        #expect(NumberText.bytes(1536) == "1.5 KiB")
        #expect(NumberText.duration(seconds: 0) == "0s")
        #expect(NumberText.duration(seconds: 3 * 86_400 + 4 * 3600 + 59) == "3d 4h")
        #expect(NumberText.duration(seconds: -65) == "-1m 5s")
    }
}

@Suite struct TimeTextTests {
    @Test func everyDayOfFourCenturiesReadsBack() {
        for day in Int32(-80_000)...Int32(80_000) where day % 7 == 0 {
            #expect(TimeText.parseDate(TimeText.date(day)) == day)
        }
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-1-01", "x", "2026-01-01 ", "+026-01-01"])
    func whatIsNoDateIsRefused(text: String) {
        #expect(TimeText.parseDate(text) == nil)
    }

    @Test func instantsAreIsoWithTheDigitsTheyNeed() {
        #expect(TimeText.instant(.init(seconds: 0)) == "1970-01-01T00:00:00Z")
        #expect(TimeText.instant(.init(microseconds: -1_000)) == "1969-12-31T23:59:59.999Z")
        #expect(TimeText.instant(.init(microseconds: 1)) == "1970-01-01T00:00:00.000001Z")
    }

    @Test func weeksBeginOnMonday() {
        #expect(TimeText.weekday(0) == 4)
        #expect(TimeText.weekday(-3) == 1)
        #expect(TimeText.weekday(-4) == 7)
    }
}

@Suite struct TerminalTextTests {
    @Test func controlCharactersAreShownAndDoNothing() {
        #expect(TerminalText.escaped("a\u{1B}[31mb\n\u{9B}\u{202E}") == #"a\x1b[31mb\n\x9b\u{202e}"#)
        #expect(TerminalText.escaped("José 日本") == "José 日本")
    }

    @Test func widthsAreThoseOfATerminal() {
        #expect(TerminalText.width("abc") == 3)
        #expect(TerminalText.width("日本") == 4)
        #expect(TerminalText.width("e\u{301}") == 1)
        #expect(TerminalText.width("🎁") == 2)
    }

    @Test func cuttingLeavesRoomForTheMark() {
        #expect(TerminalText.truncated("abcdef", to: 4) == "abc…")
        #expect(TerminalText.truncated("日本語", to: 4) == "日…")
        #expect(TerminalText.truncated("abcd", to: 4) == "abcd")
    }

    @Test func wrappingBreaksAtBlanks() {
        #expect(TerminalText.wrapped("one two three", to: 7) == ["one two", "three"])
        #expect(TerminalText.wrapped("", to: 7) == [""])
    }
}

@Suite struct JSONTextTests {
    @Test func whatMustBeEscapedIs() {
        #expect(JSONText.string("a\"\\\n\u{1}\u{2028}é") == #""a\"\\\n\u0001\u2028é""#)
    }

    @Test func membersKeepTheirOrder() {
        let text = JSONText.object([("b", .integer(1)), ("a", .null), ("j", .json("[1]")), ("t", .boolean(true))])
        #expect(text == #"{"b":1,"a":null,"j":[1],"t":true}"#)
    }
}

@Suite struct CSVTextTests {
    @Test(arguments: [
        (ReportValue.text("plain"), "plain"), (.text("a,b"), "\"a,b\""), (.text("say \"hi\""), "\"say \"\"hi\"\"\""),
        (.text("two\nlines"), "\"two\nlines\""), (.text(""), "\"\""), (.null, ""), (.number(-1.5), "-1.5"),
        (.integer(-3), "-3"), (.boolean(false), "false"),
    ])
    func quotingFollowsRFC4180(value: ReportValue, expected: String) {
        #expect(CSVText.field(value) == expected)
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
    func aTextThatASpreadsheetWouldRunIsDefused(text: String) {
        #expect(CSVText.field(.text(text)) == "'" + text)
    }

    @Test func aCarriageReturnIsDefusedAndQuoted() {
        #expect(CSVText.field(.text("\rx")) == "\"'\rx\"")
    }
}

@Suite struct ReportWriterTests {
    static let columns = [
        ReportColumn("customer"), .number("spend", decimals: 2), .hidden("inputs"),
    ]
    static let rows: [[ReportValue]] = [
        [.text("C-1"), .number(1234.5), .json("{\"a\":1}")], [.text("C-200"), .null, .null],
    ]

    @Test func aTableAlignsAndLeavesHiddenColumnsOut() {
        let text = ReportWriter.text(columns: Self.columns, rows: Self.rows, format: .table)
        #expect(text == "customer    spend\nC-1       1234.50\nC-200           –\n")
    }

    @Test func aTableGivesWayInItsTextsOnly() {
        let rows: [[ReportValue]] = [[.text("a customer with a very long name"), .number(12), .null]]
        let text = ReportWriter.text(columns: Self.columns, rows: rows, format: .table, width: 20)
        #expect(text.split(separator: "\n").allSatisfy { TerminalText.width(String($0)) <= 20 })
        #expect(text.contains("12.00"))
        #expect(text.contains("…"))
    }

    @Test func jsonIsOneArray() {
        let text = ReportWriter.text(columns: Self.columns, rows: Self.rows, format: .json)
        #expect(
            text == """
                [
                  {"customer":"C-1","spend":1234.5,"inputs":{"a":1}},
                  {"customer":"C-200","spend":null,"inputs":null}
                ]

                """)
        #expect(ReportWriter.text(columns: Self.columns, rows: [], format: .json) == "[]\n")
    }

    @Test func jsonLinesStream() {
        var writer = ReportWriter(columns: Self.columns, format: .ndjson)
        #expect(writer.append(Self.rows[1]) == #"{"customer":"C-200","spend":null,"inputs":null}"# + "\n")
        #expect(writer.finish() == "")
    }

    @Test func csvHasAHeaderEvenWithoutRows() {
        #expect(ReportWriter.text(columns: Self.columns, rows: [], format: .csv) == "customer,spend,inputs\n")
        let text = ReportWriter.text(columns: Self.columns, rows: Self.rows, format: .csv)
        #expect(text == "customer,spend,inputs\nC-1,1234.5,\"{\"\"a\"\":1}\"\nC-200,,\n")
    }

    @Test func coloursAreOnlyWrittenWhenAskedFor() {
        #expect(TextStyle.plain(.bad, "x") == "x")
        #expect(TextStyle(isEnabled: true)(.bad, "x") == "\u{1B}[31mx\u{1B}[0m")
    }
}

@Suite struct BarsTests {
    @Test func aBarHasTheResolutionOfAnEighth() {
        #expect(Bars.horizontal(1, width: 3) == "███")
        #expect(Bars.horizontal(0.5, width: 3) == "█▌")
        #expect(Bars.horizontal(0.0001, width: 3) == "▏")
        #expect(Bars.horizontal(0, width: 3) == "")
        #expect(Bars.horizontal(7, width: 2) == "██")
    }

    @Test func aSparklineSpansItsValues() {
        #expect(Bars.sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(Bars.sparkline([5, 5]) == "▁▁")
        #expect(Bars.sparkline([]) == "")
    }

    @Test func thinningKeepsMeans() {
        #expect(Bars.thinned([1, 3, 5, 7], to: 2) == [2, 6])
        #expect(Bars.thinned([1], to: 2) == [1])
    }

    @Test func aFlowChartLinesUp() {
        let lines = FlowChart(barWidth: 4).lines([
            .init(from: "loyal", to: "at_risk", customers: 12, direction: "down"),
            .init(from: nil, to: "new", customers: 3),
        ])
        #expect(
            lines == [
                "        loyal ──▶ at_risk ▼ 12 ████",
                "(no customer) ──▶ new        3 █",
            ])
    }
}
