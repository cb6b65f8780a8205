/// A compiled format of dates and times: `yyyy yy MM M MMM dd d HH H hh h mm ss SSS a Z`; text in single quotes
/// and everything that is no letter (and `T`) stands for itself.
struct TimePattern: Hashable, Sendable {
    enum Item: Hashable, Sendable {
        case year4, year2
        /// Exactly two digits, or one or two.
        case month(Int), day(Int), hour24(Int), hour12(Int)
        case monthName, minute, second, fraction, halfDay, offset
        case literal(UInt8)
    }

    enum Parts: Sendable { case date }

    /// Why a format is none.
    struct Flaw: Error {
        var message: String
        var hint: String?
    }

    private(set) var items: [Item] = []

    private static let letters: [String: Item] = [
        "yyyy": .year4, "yy": .year2, "MM": .month(2), "M": .month(1), "MMM": .monthName, "dd": .day(2), "d": .day(1),
        "HH": .hour24(2), "H": .hour24(1), "hh": .hour12(2), "h": .hour12(1), "mm": .minute, "ss": .second,
        "SSS": .fraction, "a": .halfDay, "Z": .offset,
    ]

    private static let accepted = "accepted: yyyy yy MM M MMM dd d HH H hh h mm ss SSS a Z; other text in quotes"

    init(_ format: String, needing parts: Parts) throws(Flaw) {
        let scalars = Array(format.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "'" {
                index = try quoted(scalars, from: index)
            } else if Lexer.isWordStart(scalar), scalar != "_", scalar != "T" {
                var end = index
                while end < scalars.count, scalars[end] == scalar { end += 1 }
                let run = String(String.UnicodeScalarView(scalars[index..<end]))
                guard let item = Self.letters[run] else {
                    throw Flaw(message: "'\(run)' is no part of a format", hint: Self.accepted)
                }
                items.append(item)
                index = end
            } else {
                items.append(contentsOf: String(scalar).utf8.map { .literal($0) })
                index += 1
            }
        }
        try checkDateParts(format)
    }

    private mutating func quoted(_ scalars: [Unicode.Scalar], from start: Int) throws(Flaw) -> Int {
        var index = start + 1
        if index < scalars.count, scalars[index] == "'" {
            items.append(.literal(0x27))
            return index + 1
        }
        while index < scalars.count, scalars[index] != "'" {
            items.append(contentsOf: String(scalars[index]).utf8.map { .literal($0) })
            index += 1
        }
        if index == scalars.count { throw Flaw(message: "a quote in the format never ends", hint: Self.accepted) }
        return index + 1
    }

    private func checkDateParts(_ format: String) throws(Flaw) {
        let year = items.contains { $0 == .year4 || $0 == .year2 }
        let month = items.contains { $0 == .month(1) || $0 == .month(2) || $0 == .monthName }
        let day = items.contains { $0 == .day(1) || $0 == .day(2) }
        let missing = [(year, "year (yyyy)"), (month, "month (MM)"), (day, "day (dd)")].filter { !$0.0 }.map(\.1)
        if !missing.isEmpty {
            throw Flaw(
                message: "the format '\(format)' has no \(missing.joined(separator: ", no "))", hint: Self.accepted)
        }
        if items.contains(where: { $0 == .hour12(1) || $0 == .hour12(2) }), !items.contains(.halfDay) {
            throw Flaw(
                message: "the format '\(format)' has hours of the half day, but not which", hint: "add a, or write HH")
        }
    }

    /// What a text says when read by the pattern.
    struct Reading {
        var year = 1970
        var month = 1
        var day = 1
        var hour = 0
        var afternoon: Bool?
        var minute = 0
        var second = 0
        var microseconds: Int64 = 0
        var offset: Int?

        /// The day, if there is such a date.
        var dayNumber: DayNumber? {
            let date = CivilDate(year: year, month: month, day: day)
            return date.isValid ? date.dayNumber : nil
        }

        /// Seconds on the clock since 1970-01-01T00:00:00 of that clock.
        var localSeconds: Int64? {
            guard let dayNumber else { return nil }
            var hours = hour
            if let afternoon {
                if hour < 1 || hour > 12 { return nil }
                hours = hour % 12 + (afternoon ? 12 : 0)
            }
            guard hours < 24, minute < 60, second < 60 else { return nil }
            return Int64(dayNumber) * 86_400 + Int64(hours * 3_600 + minute * 60 + second)
        }
    }

    /// Reads a whole text; blanks around it are fine.
    func read(_ bytes: Span<UInt8>) -> Reading? {
        var index = 0
        var end = bytes.count
        while index < end, NumberReader.isBlank(bytes[index]) { index += 1 }
        while end > index, NumberReader.isBlank(bytes[end - 1]) { end -= 1 }
        var reading = Reading()
        for item in items {
            guard let next = Self.read(item, bytes, index, end, into: &reading) else { return nil }
            index = next
        }
        return index == end ? reading : nil
    }

    private static func read(
        _ item: Item, _ bytes: Span<UInt8>, _ index: Int, _ end: Int, into reading: inout Reading
    ) -> Int? {
        /// Reads `least` to `most` digits.
        func number(_ least: Int, _ most: Int, _ value: inout Int) -> Int? {
            var stop = index
            while stop < end, stop - index < most, NumberReader.isDigit(bytes[stop]) { stop += 1 }
            guard stop - index >= least, let found = TimestampText.digits(bytes, index, stop - index) else {
                return nil
            }
            value = found
            return stop
        }
        switch item {
        case .literal(let byte): return index < end && bytes[index] == byte ? index + 1 : nil
        case .year4: return number(4, 4, &reading.year)
        case .year2:
            let stop = number(2, 2, &reading.year)
            reading.year += reading.year < 70 ? 2000 : 1900
            return stop
        case .month(let least): return number(least, 2, &reading.month)
        case .day(let least): return number(least, 2, &reading.day)
        case .hour24(let least), .hour12(let least): return number(least, 2, &reading.hour)
        case .minute: return number(2, 2, &reading.minute)
        case .second: return number(2, 2, &reading.second)
        case .monthName:
            guard let month = monthName(bytes, index, end) else { return nil }
            reading.month = month
            return index + 3
        case .fraction:
            guard let (value, stop) = TimestampText.fraction(bytes, from: index, to: end) else { return nil }
            reading.microseconds = value
            return stop
        case .halfDay:
            guard index + 2 <= end, bytes[index + 1] | 32 == 0x6D else { return nil }
            guard bytes[index] | 32 == 0x61 || bytes[index] | 32 == 0x70 else { return nil }
            reading.afternoon = bytes[index] | 32 == 0x70
            return index + 2
        case .offset:
            guard let (value, stop) = TimestampText.offset(bytes, from: index, to: end) else { return nil }
            reading.offset = value
            return stop
        }
    }

    /// English, three letters, any case.
    private static func monthName(_ bytes: Span<UInt8>, _ index: Int, _ end: Int) -> Int? {
        guard index + 3 <= end else { return nil }
        let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        for (month, name) in names.enumerated() {
            var matches = true
            for (offset, letter) in name.utf8.enumerated() where bytes[index + offset] | 32 != letter {
                matches = false
            }
            if matches { return month + 1 }
        }
        return nil
    }
}
