/// Reads numbers from bytes: the double nearest the text.
public enum NumberReader {
    /// Reads a whole text: blanks around it, an optional sign, digits, `.`, digits, and an exponent.
    /// - Returns: nil for everything else and for what is beyond the range of doubles.
    /// - Complexity: O(bytes); up to 19 digits with a small exponent allocate nothing.
    public static func parse(_ bytes: Span<UInt8>) -> Double? {
        var start = 0
        var end = bytes.count
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        guard let (value, stop) = prefix(bytes, from: start, to: end), stop == end else { return nil }
        return value.isFinite ? value : nil
    }

    /// The same of a string.
    public static func parse(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        return parse(bytes.span)
    }

    /// Space, tab, line feed, vertical tab, form feed, carriage return.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    /// The longest number a range of bytes begins with, and where it ends.
    static func prefix(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> (value: Double, stop: Int)? {
        var index = start
        var negative = false
        if index < end, bytes[index] == 0x2B || bytes[index] == 0x2D {
            negative = bytes[index] == 0x2D
            index += 1
        }
        let numberStart = index
        var significand: UInt64 = 0
        var digits = 0
        var significant = 0
        var exponent = 0
        var afterPoint = false
        while index < end {
            let byte = bytes[index]
            if isDigit(byte) {
                digits += 1
                if significand != 0 || byte != 48 { significant += 1 }
                if significant <= 19 { significand = significand &* 10 &+ UInt64(byte &- 48) }
                if afterPoint { exponent -= 1 }
            } else if byte == 0x2E, !afterPoint {
                afterPoint = true
            } else {
                break
            }
            index += 1
        }
        if digits == 0 { return nil }
        if let (written, stop) = exponentPart(bytes, from: index, to: end) {
            exponent += written
            index = stop
        }
        if significant <= 19, let magnitude = exact(significand, exponent) {
            return (negative ? -magnitude : magnitude, index)
        }
        let magnitude = correctlyRounded(bytes, numberStart..<index)
        return (negative ? -magnitude : magnitude, index)
    }

    /// `e` and an integer, if they stand at `start`; exponents are clamped to ±100,000.
    private static func exponentPart(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> (value: Int, stop: Int)? {
        guard start < end, bytes[start] | 32 == 0x65 else { return nil }
        var index = start + 1
        var negative = false
        if index < end, bytes[index] == 0x2B || bytes[index] == 0x2D {
            negative = bytes[index] == 0x2D
            index += 1
        }
        guard index < end, isDigit(bytes[index]) else { return nil }
        var value = 0
        while index < end, isDigit(bytes[index]) {
            value = min(value * 10 + Int(bytes[index] &- 48), 100_000)
            index += 1
        }
        return (negative ? -value : value, index)
    }

    /// The cases in which one operation on exact doubles rounds correctly (W. D. Clinger, "How to read floating
    /// point numbers accurately", PLDI 1990).
    private static func exact(_ significand: UInt64, _ exponent: Int) -> Double? {
        if significand == 0 { return 0 }
        guard significand <= 1 << 53, exponent >= -22, exponent <= 22 else { return nil }
        let value = Double(significand)
        return exponent < 0 ? value / powersOfTen[-exponent] : value * powersOfTen[exponent]
    }

    static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// 10 to a power of -44…44, off by one last place at most.
    static func powerOfTen(_ exponent: Int) -> Double {
        let half = exponent.magnitude / 2
        let rest = exponent.magnitude - half
        let power = powersOfTen[min(Int(half), 22)] * powersOfTen[min(Int(rest), 22)]
        return exponent < 0 ? 1 / power : power
    }

    /// The standard library's parser, which is exact for every text.
    private static func correctlyRounded(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double {
        var text = ""
        for index in range { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        // It wants digits on both sides of the point.
        if text.hasPrefix(".") { text = "0" + text }
        if let point = text.firstIndex(of: ".") {
            let after = text.index(after: point)
            if after == text.endIndex || !text[after].isNumber { text.insert("0", at: after) }
        }
        return Double(text) ?? .infinity
    }
}
