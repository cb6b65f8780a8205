/// Numbers as text, and SQLite's decimal arithmetic on them.
public enum NumberFormat {
    /// The shortest text that reads back as the same double; whole numbers without a point: "30", "2.5", "1e+300".
    public static func shortest(_ value: Double) -> String {
        if value == value.rounded(.towardZero), abs(value) < 1e16 { return String(Int64(value)) }
        return value.description
    }

    /// What `CAST(x AS TEXT)` gives in SQLite 3.40 for a REAL: 15 significant digits ("%!.15g").
    static func real(_ value: Double) -> [UInt8] {
        var digits = DecimalDigits(magnitude: abs(value), rounding: .significantDigits(15), digitsMax: 26)
        var text: [UInt8] = value < 0 ? [0x2D] : []
        let scientific = digits.exponent < -4 || digits.exponent > 14
        let point = scientific ? 0 : digits.exponent
        digits.write(pointAfter: point, fraction: scientific ? 14 : 14 - digits.exponent, to: &text)
        while text.last == 0x30 { text.removeLast() }
        if text.last == 0x2E { text.append(0x30) }
        if scientific { text.append(contentsOf: exponent(digits.exponent)) }
        return text
    }

    private static func exponent(_ value: Int) -> [UInt8] {
        let digits = String(abs(value))
        return Array("e\(value < 0 ? "-" : "+")\(digits.count < 2 ? "0" : "")\(digits)".utf8)
    }

    /// What `round(x, n)` gives in SQLite 3.40: `n` is cut to 0…30; halves go away from zero as the first 16 digits
    /// of the decimal text ("%.*f") with a hair added show them.
    static func rounded(_ value: Double, digits: Int) -> Double {
        let places = min(max(digits, 0), 30)
        if value < -4_503_599_627_370_496 || value > 4_503_599_627_370_496 { return value }
        if places == 0 { return Double(Int64(value + (value < 0 ? -0.5 : 0.5))) }
        var decimal = DecimalDigits(magnitude: abs(value), rounding: .fractionDigits(places), digitsMax: 16)
        var text: [UInt8] = value < 0 ? [0x2D] : []
        decimal.write(pointAfter: decimal.exponent, fraction: places, to: &text)
        return NumberReader.parse(text.span) ?? value
    }
}

/// A number on its way to decimal digits, one after the other, as SQLite's own `printf` does it: in the C
/// compiler's `long double`; beyond a number of digits zeros follow.
private struct DecimalDigits {
    #if arch(x86_64) || arch(i386)
        typealias Wide = Float80
    #else
        typealias Wide = Double
    #endif

    enum Rounding {
        case significantDigits(Int)
        case fractionDigits(Int)
    }

    /// At least 1 and less than 10, or 0.
    private var rest: Wide
    private var left: Int
    /// Power of ten of the first digit.
    private(set) var exponent = 0

    init(magnitude: Double, rounding: Rounding, digitsMax: Int) {
        rest = Wide(magnitude)
        left = digitsMax
        let places =
            switch rounding {
            case .significantDigits(let count): count - 1
            case .fractionDigits(let count): count
            }
        // SQLite's `rounder` and its constants are doubles, what they meet is wide.
        var rounder = Self.halves[places % 10]
        for _ in 0..<(places / 10) { rounder *= Self.tenthBillionth }
        if case .fractionDigits = rounding {
            let binaryExponent = Int(magnitude.bitPattern >> 52 & 0x7FF) - 1023
            if places + binaryExponent / 3 < 15 { rounder = Double(Wide(rounder) + rest * Wide(Self.hair)) }
            rest += Wide(rounder)
        }
        normalize()
        if case .significantDigits = rounding {
            rest += Wide(rounder)
            if rest >= 10 {
                rest *= Wide(Self.tenth)
                exponent += 1
            }
        }
    }

    private static let halves: [Double] = [
        5.0e-01, 5.0e-02, 5.0e-03, 5.0e-04, 5.0e-05, 5.0e-06, 5.0e-07, 5.0e-08, 5.0e-09, 5.0e-10,
    ]

    private static let tenthBillionth: Double = 1.0e-10
    private static let hair: Double = 3e-16
    private static let tenth: Double = 0.1
    private static let hundredDecades: Double = 1e100
    private static let eightDecadesDown: Double = 1e-8

    private mutating func normalize() {
        guard rest > 0 else { return }
        var scale: Wide = 1
        while rest >= Wide(Self.hundredDecades) * scale {
            scale *= Wide(Self.hundredDecades)
            exponent += 100
        }
        while rest >= Wide(1e10) * scale {
            scale *= Wide(1e10)
            exponent += 10
        }
        while rest >= 10 * scale {
            scale *= 10
            exponent += 1
        }
        rest /= scale
        while rest < Wide(Self.eightDecadesDown) {
            rest *= Wide(1e8)
            exponent -= 8
        }
        while rest < 1 {
            rest *= 10
            exponent -= 1
        }
    }

    private mutating func next() -> UInt8 {
        if left <= 0 { return 0x30 }
        left -= 1
        let digit = rest.rounded(.towardZero)
        rest = (rest - digit) * 10
        return 0x30 + UInt8(digit)
    }

    /// Writes the digits with the decimal point after the digit of 10^`place`, then `fraction` further ones.
    mutating func write(pointAfter place: Int, fraction: Int, to text: inout [UInt8]) {
        if place < 0 {
            text.append(0x30)
        } else {
            for _ in 0...place { text.append(next()) }
        }
        text.append(0x2E)
        var remaining = fraction
        if place < -1 {
            for _ in 0..<min(-1 - place, remaining) {
                text.append(0x30)
                remaining -= 1
            }
        }
        for _ in 0..<max(0, remaining) { text.append(next()) }
    }
}
