/// Numbers as people and programs read them, without a locale.
public enum NumberText {
    /// The shortest text that reads back to the same double; whole numbers without `.0`. Valid JSON.
    /// - Returns: `null` for a number that is not finite.
    public static func shortest(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == 0 { return "0" }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A number for people: at most four decimals, and none that are zero.
    public static func brief(_ value: Double) -> String {
        value.magnitude < 1e11 ? shortest((value * 1e4).rounded() / 1e4) : shortest(value)
    }

    /// A number with a fixed count of decimals, halves away from zero.
    /// - Parameter decimals: 0…9.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        precondition((0...9).contains(decimals))
        guard value.isFinite else { return "–" }
        var scale: Int64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value * Double(scale)).rounded(.toNearestOrAwayFromZero)
        guard let whole = Int64(exactly: scaled) else { return shortest(value) }
        let magnitude = whole.magnitude
        let sign = whole < 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(magnitude) }
        let fraction = String(magnitude % UInt64(scale))
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(sign)\(magnitude / UInt64(scale)).\(zeros)\(fraction)"
    }

    /// A whole number with thin groups: `1,234,567`.
    public static func grouped(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var result = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// A share as a percentage: 0.125 → `12.5 %`.
    public static func percent(_ share: Double, decimals: Int = 1) -> String {
        share.isFinite ? fixed(share * 100, decimals) + " %" : "–"
    }

    /// A difference with its sign: `+12`, `-3`, `0`.
    public static func signed(_ value: some BinaryInteger) -> String {
        value > 0 ? "+" + grouped(value) : grouped(value)
    }

    /// A number of bytes in binary units: `1.4 MiB`.
    public static func bytes(_ count: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = Double(count)
        var unit = 0
        while value.magnitude >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        return "\(unit == 0 ? String(count) : fixed(value, 1)) \(units[unit])"
    }

    /// A duration in its two largest units: `15y 128d` (years of 365 days), `3d 4h`, `12m 5s`, `0s`.
    public static func duration(seconds: Int64) -> String {
        var rest = seconds.magnitude
        var parts: [String] = []
        for (length, unit) in [(UInt64(31_536_000), "y"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] {
            if rest >= length || (unit == "s" && parts.isEmpty) { parts.append("\(rest / length)\(unit)") }
            rest %= length
        }
        return (seconds < 0 ? "-" : "") + parts.prefix(2).joined(separator: " ")
    }
}
