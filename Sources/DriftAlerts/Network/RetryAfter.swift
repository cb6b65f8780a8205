internal import DriftModel

/// `Retry-After`: seconds, or a date; whatever it says, at least a second and at most a day.
enum RetryAfter {
    static let secondsMin: Int64 = 1
    static let secondsMax: Int64 = 86_400

    /// - Returns: Seconds to wait; nil when the value says nothing.
    static func seconds(_ value: String?, now: Instant) -> Int64? {
        guard let text = value?.trimmed else { return nil }
        if let seconds = Int64(text) { return min(max(seconds, secondsMin), secondsMax) }
        // A number too large for 64 bits is still a number: for ever.
        if !text.isEmpty, text.allSatisfy(\.isWholeNumber) { return secondsMax }
        guard let date = date(text) else { return nil }
        return min(max(date - now.secondsFloor, secondsMin), secondsMax)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7) in seconds since 1970.
    static func date(_ text: String) -> Int64? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(whereSeparator: { " ,:".contains($0) }).map(String.init)
        guard parts.count == 8, parts[7] == "GMT", let day = Int64(parts[1]),
            let month = months.firstIndex(of: parts[2]), let year = Int64(parts[3]), (1970...9999).contains(year),
            (1...31).contains(day), let hour = Int64(parts[4]), let minute = Int64(parts[5]),
            let second = Int64(parts[6])
        else { return nil }
        // `days_from_civil`, Howard Hinnant.
        let shiftedYear = month < 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = Int64(month + 10) % 12
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second
    }
}

extension String {
    /// Without blanks at both ends.
    var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
