public import DriftModel

/// A date of the proleptic Gregorian calendar, for texts and for simulated seasons.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.
struct CivilDate: Hashable, Sendable {
    var year: Int
    /// 1…12.
    var month: Int
    /// 1…31.
    var day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(_ number: DayNumber) {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    var number: DayNumber {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return DayNumber(era * 146_097 + dayOfEra - 719_468)
    }

    /// 0 on 1 January.
    var dayOfYear: Int { Int(number - CivilDate(year: year, month: 1, day: 1).number) }
}

/// Dates and instants as ISO 8601 text.
public enum TimeText {
    /// `2026-01-31`.
    public static func date(_ day: DayNumber) -> String {
        let civil = CivilDate(day)
        let year = civil.year
        let digits = String(year.magnitude)
        let filled = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "\(year < 0 ? "-" : "")\(filled)-\(two(civil.month))-\(two(civil.day))"
    }

    /// `2026-01-31T09:30:00Z`; milliseconds or microseconds only when there are some.
    public static func instant(_ instant: Instant) -> String {
        let seconds = instant.secondsFloor
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let micros = instant.microseconds - seconds * 1_000_000
        var fraction = ""
        if micros != 0 {
            let inMillis = micros % 1000 == 0
            let digits = String(inMillis ? micros / 1000 : micros)
            fraction = "." + String(repeating: "0", count: (inMillis ? 3 : 6) - digits.count) + digits
        }
        return "\(date(DayNumber(clamping: day)))T\(clock(Int(seconds - day * 86_400)))\(fraction)Z"
    }

    /// `2026-01-31 09:30`: what a clock on a wall of the zone shows.
    public static func local(_ instant: Instant, _ zone: ZoneRules) -> String {
        let offset = Int64(zone.offset(atUTCSeconds: instant.secondsFloor))
        let text = self.instant(Instant(seconds: instant.secondsFloor + offset))
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
    }

    /// `09:30:00` from the seconds since midnight.
    public static func clock(_ secondOfDay: Int) -> String {
        "\(two(secondOfDay / 3600)):\(two(secondOfDay / 60 % 60)):\(two(secondOfDay % 60))"
    }

    /// Reads `2026-01-31`.
    /// - Returns: nil when it is no such date.
    public static func parseDate(_ text: String) -> DayNumber? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month)
        else { return nil }
        let civil = CivilDate(year: year, month: month, day: day)
        return CivilDate(civil.number) == civil ? civil.number : nil
    }

    /// 1 on Mondays … 7 on Sundays.
    public static func weekday(_ day: DayNumber) -> Int {
        ((Int(day) + 3) % 7 + 7) % 7 + 1
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
