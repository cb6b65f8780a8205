import DriftModel
import Foundation
import Testing

@Suite struct TimestampTextTests {
    private func parsed(_ text: String, zone: ZoneRules = .utc) -> String? {
        let bytes = Array(text.utf8)
        return TimestampText.parseDefault(bytes.span, zone: zone).map { TimestampText.string($0) }
    }

    @Test(arguments: [
        ("2026-01-31T08:26:00Z", "2026-01-31T08:26:00Z"), ("2026-01-31t08:26:00z", "2026-01-31T08:26:00Z"),
        ("2026-01-31T08:26:00+05:30", "2026-01-31T02:56:00Z"),
        ("2026-01-31 08:26:00.125-0200", "2026-01-31T10:26:00.125Z"),
        ("2026-01-31 08:26", "2026-01-31T08:26:00Z"), ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31 08:26:00.000001", "2026-01-31T08:26:00.000001Z"), (" 2026-01-31 ", "2026-01-31T00:00:00Z"),
        ("1998-12-31T23:59:60Z", "1999-01-01T00:00:00Z"), ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
        ("1769847960", "2026-01-31T08:26:00Z"), ("1769847960000", "2026-01-31T08:26:00Z"),
        ("1769847960123", "2026-01-31T08:26:00.123Z"), ("1769847960.5", "2026-01-31T08:26:00.500Z"),
        ("0", "1970-01-01T00:00:00Z"), ("604800", "1970-01-08T00:00:00Z"), ("-86400", "1969-12-31T00:00:00Z"),
    ])
    func theDefaultFormsAreRead(text: String, expected: String) {
        #expect(parsed(text) == expected)
    }

    @Test(arguments: [
        "", "2026", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-31T24:00:00Z", "2026-01-31T08:60",
        "2026-01-31T8:26",
        "2026-01-31T08:26:00+25:00", "2026-01-31T08:26:00 Europe", "31.01.2026", "20260131", "202601",
        "123456789012345", "1e9",
        "2026-01-31T", "2026-01-31x", "2026-01-31T08:26:00.", "now",
    ])
    func everythingElseIsRefused(text: String) {
        #expect(parsed(text) == nil)
    }

    @Test func localTimesAreOfTheZone() throws {
        let prague = try #require(testZone("Europe/Prague"))
        #expect(parsed("2026-07-01 12:00", zone: prague) == "2026-07-01T10:00:00Z")
        #expect(parsed("2026-07-01", zone: prague) == "2026-06-30T22:00:00Z")
        #expect(parsed("2026-07-01T12:00:00Z", zone: prague) == "2026-07-01T12:00:00Z")
    }

    @Test func everyDayOfEightHundredYearsHasItsDate() {
        var date = CivilDate(year: 1600, month: 1, day: 1)
        for number in date.dayNumber...CivilDate(year: 2400, month: 1, day: 1).dayNumber {
            #expect(CivilDate(day: number) == date && date.dayNumber == number)
            date.day += 1
            if !date.isValid { date = CivilDate(year: date.year, month: date.month + 1, day: 1) }
            if !date.isValid { date = CivilDate(year: date.year + 1, month: 1, day: 1) }
        }
        #expect(CivilDate(year: 1970, month: 1, day: 1).dayNumber == 0)
        #expect(CivilDate.weekday(0) == 4)
    }

    @Test(arguments: [
        ("31.01.2026", "dd.MM.yyyy", "2026-01-31"), ("1/2/26", "d/M/yy", "2026-02-01"),
        ("1/2/70", "d/M/yy", "1970-02-01"),
        ("05-Mar-2026", "dd-MMM-yyyy", "2026-03-05"), ("2026年1月5日", "yyyy年M月d日", "2026-01-05"),
        ("day 5 of 01/2026", "''day'' d ''of'' MM/yyyy", "2026-01-05"),
    ])
    func datesAreReadByFormat(text: String, format: String, expected: String) throws {
        let value = try evaluate("date(x, '\(format)')", [TestInput("x", .text, .text(text))])
        #expect(value == (CivilDate.parse(expected).map { .date($0) } ?? .null))
    }

    @Test(arguments: [
        ("12/1/2010 8:26", "M/d/yyyy H:mm", "2010-12-01T08:26:00Z"),
        ("2010-12-01 08:26:00", "yyyy-MM-dd HH:mm:ss", "2010-12-01T08:26:00Z"),
        ("12:05 AM 3 Jan 2026", "hh:mm a d MMM yyyy", "2026-01-03T00:05:00Z"),
        ("12:05 pm 3 Jan 2026", "hh:mm a d MMM yyyy", "2026-01-03T12:05:00Z"),
        ("2026-01-03T10:00:00.250+02:00", "yyyy-MM-ddTHH:mm:ss.SSSZ", "2026-01-03T08:00:00.250Z"),
    ])
    func timestampsAreReadByFormat(text: String, format: String, expected: String) throws {
        let value = try evaluate("timestamp(x, '\(format)')", [TestInput("x", .text, .text(text))])
        #expect(value == (try evaluate("timestamp('\(expected)')")))
    }

    @Test(arguments: [
        ("30.02.2026", "dd.MM.yyyy"), ("1.1.2026", "dd.MM.yyyy"), ("01.01.26", "dd.MM.yyyy"),
        ("01.01.2026 x", "dd.MM.yyyy"),
        ("01.Foo.2026", "dd.MMM.yyyy"), ("13:00 AM 01.01.2026", "hh:mm a dd.MM.yyyy"),
        ("25:00 01.01.2026", "HH:mm dd.MM.yyyy"),
    ])
    func textsThatDoNotFitTheFormatAreUnreadable(text: String, format: String) throws {
        #expect(try evaluate("timestamp(x, '\(format)')", [TestInput("x", .text, .text(text))]) == .null)
    }

    @Test func aFormatNeedsItsPartsAndKnownLetters() throws {
        #expect(complaint("date('x', 'yyyy-MM')")?.message.contains("no day") == true)
        #expect(complaint("date('x', 'YYYY-MM-dd')")?.message == "'YYYY' is no part of a format")
        #expect(complaint("timestamp('x', 'yyyy-MM-dd hh:mm')")?.message.contains("half day") == true)
        #expect(
            complaint("timestamp('x', 'yyyy-MM-dd', 'Mars/Olympus')")?.message == "there is no time zone 'Mars/Olympus'"
        )
    }

    @Test func aZoneNamedInTheCallWins() throws {
        #expect(
            try evaluate("timestamp('2010-07-01 09:00:00', 'yyyy-MM-dd HH:mm:ss', 'Europe/London')")
                == evaluate("timestamp('2010-07-01T08:00:00Z')"))
    }
}
