/// Dates and instants as ISO 8601 text, read and written.
public enum TimestampText {
    // MARK: Reading

    /// Reads RFC 3339, `YYYY-MM-DD[ T]HH:MM[:SS[.fff]]` and `YYYY-MM-DD`, the latter two on the zone's clock.
    /// Blanks around are fine. A local time that was skipped moves forward by the gap, of one that was repeated
    /// it is the first.
    /// - Returns: nil for everything else.
    public static func parse(_ bytes: Span<UInt8>, zone: ZoneRules) -> Instant? {
        let range = trimmed(bytes)
        return parse(bytes, range, zone)
    }

    /// Reads what ``parse(_:zone:)`` does, and seconds or milliseconds since 1970, with or without a fraction:
    /// up to 11 digits are seconds (until the year 5138), 12 to 14 are milliseconds. What could as well be a year,
    /// month or day of 1900…2099 (`2026`, `202601`, `20260131`) is refused.
    public static func parseDefault(_ bytes: Span<UInt8>, zone: ZoneRules) -> Instant? {
        if let instant = wholeSecondsUTC(bytes) { return instant }
        let range = trimmed(bytes)
        return parse(bytes, range, zone) ?? epoch(bytes, range)
    }

    /// Reads exactly `YYYY-MM-DDTHH:MM:SSZ`, which most files have, at one go.
    /// - Returns: nil for everything else, whether it is a time or not.
    private static func wholeSecondsUTC(_ bytes: Span<UInt8>) -> Instant? {
        guard bytes.count == 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54, bytes[13] == 0x3A,
            bytes[16] == 0x3A, bytes[19] == 0x5A
        else { return nil }
        var beyond: UInt8 = 0
        func pair(_ index: Int) -> Int {
            let high = bytes[index] &- 48
            let low = bytes[index + 1] &- 48
            beyond |= (high > 9 ? 1 : 0) | (low > 9 ? 1 : 0)
            return Int(high) * 10 + Int(low)
        }
        let date = CivilDate(year: pair(0) * 100 + pair(2), month: pair(5), day: pair(8))
        let (hour, minute, second) = (pair(11), pair(14), pair(17))
        guard beyond == 0, hour < 24, minute < 60, second < 60, date.isValid else { return nil }
        let ofDay = Int64(hour * 3_600 + minute * 60 + second)
        return Instant(seconds: Int64(date.dayNumber) * 86_400 + ofDay)
    }

    /// The local date at the start of a text: `YYYY-MM-DD` or the date part of a timestamp.
    public static func parseDate(_ bytes: Span<UInt8>) -> DayNumber? {
        let range = trimmed(bytes)
        guard range.count >= 10, let day = day(bytes, at: range.lowerBound) else { return nil }
        if range.count == 10 { return day }
        // The rest must be a time, whatever its zone.
        return parse(bytes, range, .utc) == nil ? nil : day
    }

    private static func trimmed(_ bytes: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = bytes.count
        while start < end, NumberReader.isBlank(bytes[start]) { start += 1 }
        while end > start, NumberReader.isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>, _ zone: ZoneRules) -> Instant? {
        guard range.count >= 10, let day = day(bytes, at: range.lowerBound) else { return nil }
        var index = range.lowerBound + 10
        let midnight = Int64(day) * 86_400
        if index == range.upperBound { return Instant(seconds: zone.instantSeconds(ofLocalSeconds: midnight)) }
        guard bytes[index] == 0x20 || bytes[index] | 32 == 0x74 else { return nil }
        index += 1
        guard index + 5 <= range.upperBound, bytes[index + 2] == 0x3A, let hour = digits(bytes, index, 2), hour < 24,
            let minute = digits(bytes, index + 3, 2), minute < 60
        else { return nil }
        index += 5
        var second = 0
        var microseconds: Int64 = 0
        if index < range.upperBound, bytes[index] == 0x3A {
            // A leap second counts as the first of the next minute.
            guard index + 3 <= range.upperBound, let value = digits(bytes, index + 1, 2), value <= 60 else {
                return nil
            }
            second = value
            index += 3
            if index < range.upperBound, bytes[index] == 0x2E || bytes[index] == 0x2C {
                guard let fraction = fraction(bytes, from: index + 1, to: range.upperBound) else { return nil }
                (microseconds, index) = fraction
            }
        }
        let local = midnight + Int64(hour * 3_600 + minute * 60 + second)
        if index == range.upperBound {
            return Instant(microseconds: zone.instantSeconds(ofLocalSeconds: local) * 1_000_000 + microseconds)
        }
        if bytes[index] == 0x20 { index += 1 }
        guard let (offset, stop) = offset(bytes, from: index, to: range.upperBound), stop == range.upperBound else {
            return nil
        }
        return Instant(microseconds: (local - Int64(offset)) * 1_000_000 + microseconds)
    }

    /// The day of ten bytes `YYYY-MM-DD`.
    static func day(_ bytes: Span<UInt8>, at start: Int) -> DayNumber? {
        guard start + 10 <= bytes.count, bytes[start + 4] == 0x2D, bytes[start + 7] == 0x2D,
            let year = digits(bytes, start, 4), let month = digits(bytes, start + 5, 2),
            let day = digits(bytes, start + 8, 2)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        return date.isValid ? date.dayNumber : nil
    }

    /// A number of exactly `count` digits.
    static func digits(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        guard start + count <= bytes.count else { return nil }
        var value = 0
        for index in start..<(start + count) {
            guard NumberReader.isDigit(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] &- 48)
        }
        return value
    }

    /// At least one digit of a fraction, in microseconds; further ones than six are cut off.
    static func fraction(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> (Int64, Int)? {
        var index = start
        var value: Int64 = 0
        var unit: Int64 = 100_000
        while index < end, NumberReader.isDigit(bytes[index]) {
            value += Int64(bytes[index] &- 48) * unit
            unit /= 10
            index += 1
        }
        return index == start ? nil : (value, index)
    }

    /// `Z`, `±HH`, `±HHMM` or `±HH:MM`, in seconds east of UTC.
    static func offset(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> (Int, Int)? {
        guard start < end else { return nil }
        if bytes[start] | 32 == 0x7A { return (0, start + 1) }
        guard bytes[start] == 0x2B || bytes[start] == 0x2D, start + 3 <= end, let hours = digits(bytes, start + 1, 2),
            hours < 24
        else { return nil }
        var index = start + 3
        var minutes = 0
        if index < end {
            let colon = bytes[index] == 0x3A
            if colon || NumberReader.isDigit(bytes[index]) {
                let first = index + (colon ? 1 : 0)
                guard first + 2 <= end, let value = digits(bytes, first, 2), value < 60 else { return nil }
                minutes = value
                index = first + 2
            }
        }
        let seconds = hours * 3_600 + minutes * 60
        return (bytes[start] == 0x2D ? -seconds : seconds, index)
    }

    private static func epoch(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Instant? {
        var index = range.lowerBound
        let negative = index < range.upperBound && bytes[index] == 0x2D
        if negative { index += 1 }
        let start = index
        var whole: Int64 = 0
        while index < range.upperBound, NumberReader.isDigit(bytes[index]) {
            if index - start >= 14 { return nil }
            whole = whole * 10 + Int64(bytes[index] &- 48)
            index += 1
        }
        let count = index - start
        if count == 0 || !negative && index == range.upperBound && looksLikeDate(whole, count) { return nil }
        var microseconds: Int64 = 0
        if index < range.upperBound {
            guard bytes[index] == 0x2E, let part = fraction(bytes, from: index + 1, to: range.upperBound),
                part.1 == range.upperBound
            else { return nil }
            microseconds = part.0
        }
        let total = count <= 11 ? whole * 1_000_000 + microseconds : whole * 1_000 + microseconds / 1_000
        return Instant(microseconds: negative ? -total : total)
    }

    /// Whether digits are a plausible `YYYY`, `YYYYMM` or `YYYYMMDD`.
    private static func looksLikeDate(_ number: Int64, _ digits: Int) -> Bool {
        let (year, month, day): (Int64, Int64, Int64)
        switch digits {
        case 4: (year, month, day) = (number, 1, 1)
        case 6: (year, month, day) = (number / 100, number % 100, 1)
        case 8: (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        default: return false
        }
        return (1900...2099).contains(year) && (1...12).contains(month) && (1...31).contains(day)
    }

    // MARK: Writing

    /// Appends `YYYY-MM-DD`.
    public static func append(day: DayNumber, to bytes: inout [UInt8]) {
        CivilDate(day: day).append(to: &bytes)
    }

    /// `YYYY-MM-DD`.
    public static func string(day: DayNumber) -> String { CivilDate(day: day).description }

    /// Appends `YYYY-MM-DDTHH:MM:SSZ`, with milliseconds or microseconds only where they are not zero.
    public static func append(_ instant: Instant, to bytes: inout [UInt8]) {
        let seconds = instant.secondsFloor
        let days = floorDivide(seconds, 86_400)
        let ofDay = Int(seconds - days * 86_400)
        let fraction = Int(instant.microseconds - seconds * 1_000_000)
        append(day: DayNumber(clamping: days), to: &bytes)
        bytes.append(0x54)
        append(ofDay / 3_600, digits: 2, to: &bytes)
        bytes.append(0x3A)
        append(ofDay / 60 % 60, digits: 2, to: &bytes)
        bytes.append(0x3A)
        append(ofDay % 60, digits: 2, to: &bytes)
        if fraction != 0 {
            bytes.append(0x2E)
            let inMilliseconds = fraction % 1_000 == 0
            append(inMilliseconds ? fraction / 1_000 : fraction, digits: inMilliseconds ? 3 : 6, to: &bytes)
        }
        bytes.append(0x5A)
    }

    /// `2026-01-31T08:26:00Z`.
    public static func string(_ instant: Instant) -> String {
        var bytes: [UInt8] = []
        append(instant, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends a number ≥ 0 with at least so many digits.
    static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(0x30 + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
