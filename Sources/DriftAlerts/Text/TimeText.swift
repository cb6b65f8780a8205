public import DriftModel

/// Instants and days as ISO 8601 text, the way the database's views write them.
public enum TimeText {
    /// `2026-01-31T00:00:00Z`; milliseconds only when they are not zero.
    public static func instant(_ instant: Instant) -> String {
        let seconds = instant.secondsFloor
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let time = seconds - day * 86_400
        let milliseconds = (instant.microseconds - seconds * 1_000_000) / 1_000
        let fraction = milliseconds == 0 ? "" : "." + padded(milliseconds, to: 3)
        return date(DayNumber(clamping: day)) + "T" + padded(time / 3_600, to: 2) + ":"
            + padded(time / 60 % 60, to: 2) + ":" + padded(time % 60, to: 2) + fraction + "Z"
    }

    /// The same without a fraction: for sentences.
    static func seconds(_ instant: Instant) -> String { self.instant(Instant(seconds: instant.secondsFloor)) }

    /// `2026-01-31`, proleptic Gregorian (Howard Hinnant's `civil_from_days`).
    public static func date(_ day: DayNumber) -> String {
        let shifted = Int64(day) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return padded(year, to: 4) + "-" + padded(month, to: 2) + "-" + padded(dayOfMonth, to: 2)
    }

    private static func padded(_ number: Int64, to digits: Int) -> String {
        let text = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
