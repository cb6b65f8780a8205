/// A date of the proleptic Gregorian calendar.
public struct CivilDate: Hashable, Sendable, CustomStringConvertible {
    public var year: Int
    /// 1…12.
    public var month: Int
    /// 1…31.
    public var day: Int

    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date of a number of days since 1970-01-01.
    ///
    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013): years begin in March, eras of
    /// 400 years have 146,097 days.
    public init(day number: DayNumber) {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    public var dayNumber: DayNumber {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return DayNumber(clamping: era * 146_097 + dayOfEra - 719_468)
    }

    /// Whether there is such a date: no 30 February.
    public var isValid: Bool {
        month >= 1 && month <= 12 && day >= 1 && day <= Self.days(inMonth: month, year: year)
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// 1 is Monday, 7 is Sunday.
    public static func weekday(_ day: DayNumber) -> Int {
        // 1970-01-01 was a Thursday.
        let rest = (Int(day) + 3) % 7
        return (rest < 0 ? rest + 7 : rest) + 1
    }

    /// The day a text `YYYY-MM-DD` names; nil when it is anything else.
    public static func parse(_ text: String) -> DayNumber? {
        let bytes = Array(text.utf8)
        guard bytes.count == 10 else { return nil }
        return TimestampText.day(bytes.span, at: 0)
    }

    /// `YYYY-MM-DD`; years beyond four digits with their sign, as ISO 8601 has them.
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `YYYY-MM-DD`.
    public func append(to bytes: inout [UInt8]) {
        if year < 0 || year > 9999 { bytes.append(year < 0 ? 0x2D : 0x2B) }
        TimestampText.append(abs(year), digits: 4, to: &bytes)
        bytes.append(0x2D)
        TimestampText.append(month, digits: 2, to: &bytes)
        bytes.append(0x2D)
        TimestampText.append(day, digits: 2, to: &bytes)
    }
}
