import DriftModel

/// Compact JSON into a reusable buffer: no objects, no Foundation. Numbers are the shortest that read back the
/// same; whole ones have no fraction.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func raw(_ byte: UInt8) { bytes.append(byte) }

    mutating func raw(_ literal: StaticString) {
        literal.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func raw(contentsOf other: some Collection<UInt8>) { bytes += other }

    mutating func null() { raw("null") }

    mutating func integer(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        if rest < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest))
            return
        }
        var digits = 0
        var shorter = rest
        while shorter > 0 {
            shorter /= 10
            digits += 1
        }
        for _ in 0..<digits { bytes.append(0) }
        var place = bytes.count
        while rest > 0 {
            place -= 1
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    mutating func number(_ value: Double) {
        if value == value.rounded(.towardZero), abs(value) < 1e15 {
            integer(Int64(value))
        } else if hundredths(value) {
            return
        } else if value.isFinite {
            bytes.append(contentsOf: value.description.utf8)
        } else {
            null()
        }
    }

    /// Amounts have at most two decimals, mostly: written without the general formatter, which looks for the
    /// shortest of all texts.
    /// - Returns: False when it is no such number, or so large that the text might not read back the same.
    private mutating func hundredths(_ value: Double) -> Bool {
        guard abs(value) < 1e9, abs(value) >= 0.01 else { return false }
        let scaled = (value * 100).rounded()
        guard scaled / 100 == value else { return false }
        let whole = Int64(abs(scaled))
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        integer(whole / 100)
        let tenths = UInt8(truncatingIfNeeded: whole / 10 % 10)
        let rest = UInt8(truncatingIfNeeded: whole % 10)
        bytes.append(UInt8(ascii: "."))
        bytes.append(UInt8(ascii: "0") + tenths)
        if rest != 0 { bytes.append(UInt8(ascii: "0") + rest) }
        return true
    }

    mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { unsafe string(bytes: $0) }
    }

    /// Writes UTF-8 as a string; what JSON forbids inside one is escaped.
    mutating func string(bytes value: some Collection<UInt8>) {
        raw(UInt8(ascii: "\""))
        for byte in value {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x0A: raw("\\n")
            case 0x0D: raw("\\r")
            case 0x09: raw("\\t")
            case 0..<0x20:
                raw("\\u00")
                raw(JSONWriter.hexDigit(byte >> 4))
                raw(JSONWriter.hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        raw(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// A cell; dates and timestamps as ISO text.
    /// - Parameters:
    ///   - text: Where the cell's text lies.
    ///   - quoted: Texts as a person writes them in an expression: `'France'` inside the JSON string.
    mutating func cell(_ cell: Cell, text: [UInt8], quoted: Bool = false) {
        switch cell.tag {
        case .null: null()
        case .number: number(cell.number)
        case .boolean: cell.boolean ? raw("true") : raw("false")
        case .date: date(cell.day)
        case .timestamp: timestamp(cell.instant)
        case .text:
            let range = cell.textRange
            let slice = range.upperBound <= text.count ? text[range] : []
            if quoted { sqlText(slice) } else { string(bytes: slice) }
        }
    }

    /// A value; dates and timestamps as ISO text.
    mutating func value(_ value: Value) {
        switch value {
        case .null: null()
        case .number(let number): self.number(number)
        case .boolean(let boolean): boolean ? raw("true") : raw("false")
        case .date(let day): date(day)
        case .timestamp(let instant): timestamp(instant)
        case .text(let text): string(text)
        }
    }

    /// `'it''s'` as a JSON string.
    private mutating func sqlText(_ slice: ArraySlice<UInt8>) {
        var quoted: [UInt8] = [UInt8(ascii: "'")]
        for byte in slice {
            if byte == UInt8(ascii: "'") { quoted.append(byte) }
            quoted.append(byte)
        }
        quoted.append(UInt8(ascii: "'"))
        string(bytes: quoted)
    }

    private mutating func date(_ day: DayNumber) {
        raw(UInt8(ascii: "\""))
        civil(Int64(day))
        raw(UInt8(ascii: "\""))
    }

    private mutating func timestamp(_ instant: Instant) {
        let seconds = instant.secondsFloor
        let micros = instant.microseconds - seconds * 1_000_000
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = seconds - day * 86_400
        raw(UInt8(ascii: "\""))
        civil(day)
        raw(UInt8(ascii: "T"))
        padded(second / 3600, 2)
        raw(UInt8(ascii: ":"))
        padded(second / 60 % 60, 2)
        raw(UInt8(ascii: ":"))
        padded(second % 60, 2)
        if micros != 0 {
            raw(UInt8(ascii: "."))
            if micros % 1000 == 0 { padded(micros / 1000, 3) } else { padded(micros, 6) }
        }
        raw("Z\"")
    }

    /// `YYYY-MM-DD` of a day number.
    ///
    /// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
    private mutating func civil(_ dayNumber: Int64) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        if year < 0 { raw(UInt8(ascii: "-")) }
        padded(abs(year), 4)
        raw(UInt8(ascii: "-"))
        padded(month, 2)
        raw(UInt8(ascii: "-"))
        padded(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2)
    }

    private mutating func padded(_ value: Int64, _ width: Int) {
        var unit: Int64 = 1
        for _ in 1..<width { unit *= 10 }
        if value >= unit * 10 {
            integer(value)
            return
        }
        while unit > 0 {
            raw(UInt8(ascii: "0") + UInt8(value / unit % 10))
            unit /= 10
        }
    }

    mutating func array<Element>(_ values: some Sequence<Element>, _ body: (inout JSONWriter, Element) -> Void) {
        raw(UInt8(ascii: "["))
        var isFirst = true
        for value in values {
            if !isFirst { raw(UInt8(ascii: ",")) }
            isFirst = false
            body(&self, value)
        }
        raw(UInt8(ascii: "]"))
    }

    mutating func object<Element>(
        _ members: some Sequence<(key: String, value: Element)>, _ body: (inout JSONWriter, Element) -> Void
    ) {
        raw(UInt8(ascii: "{"))
        var isFirst = true
        for member in members {
            if !isFirst { raw(UInt8(ascii: ",")) }
            isFirst = false
            string(member.key)
            raw(UInt8(ascii: ":"))
            body(&self, member.value)
        }
        raw(UInt8(ascii: "}"))
    }
}
