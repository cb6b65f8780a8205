/// A length of time as written: `90d`, `36h`, `30s`, `2w`, `5m`.
public struct YamlDuration: Hashable, Sendable {
    public enum Unit: Character, CaseIterable, Hashable, Sendable {
        case second = "s"
        case minute = "m"
        case hour = "h"
        case day = "d"
        case week = "w"

        /// Days of 24 hours.
        public var seconds: Int64 {
            switch self {
            case .second: 1
            case .minute: 60
            case .hour: 3600
            case .day: 86_400
            case .week: 604_800
            }
        }
    }

    public var count: Int64
    public var unit: Unit

    public init(count: Int64, unit: Unit) {
        self.count = count
        self.unit = unit
    }

    /// - Returns: nil when the text is no whole number followed by a unit, or longer than 1,000 years.
    public init?(_ text: String) {
        guard let unit = text.last.flatMap(Unit.init(rawValue:)), text.count <= 15 else { return nil }
        let digits = text.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let count = Int64(digits),
            count <= 31_556_952_000 / unit.seconds
        else { return nil }
        self.count = count
        self.unit = unit
    }

    /// In seconds; a day has 24 hours.
    public var seconds: Int64 { count * unit.seconds }
}

extension YamlReader {
    /// A length of time, or one of the words accepted in its place.
    public enum DurationOrWord: Hashable, Sendable {
        case duration(YamlDuration)
        case word(String)
    }

    /// A length of time: `90d`. A bare `0` is zero.
    /// - Parameters:
    ///   - words: Words accepted besides, such as `never`.
    ///   - isZeroAllowed: Whether nothing at all is a length.
    public mutating func durationOrWord(
        _ node: YamlNode, _ what: String, words: [String], isZeroAllowed: Bool = true
    ) -> DurationOrWord? {
        let text = node.rawText ?? ""
        if words.contains(text) { return .word(text) }
        if let duration = text == "0" ? YamlDuration(count: 0, unit: .second) : YamlDuration(text) {
            if duration.count > 0 || isZeroAllowed { return .duration(duration) }
            error(node, "\(what) must be longer than nothing")
            return nil
        }
        let forms = ["30s", "5m", "36h", "90d", "2w"] + words
        var hint = "a whole number and a unit: \(spokenList(forms))"
        if let close = DidYouMean.closest(to: text, among: words) { hint = "did you mean '\(close)'?" }
        mismatch(node, what, expected: "a length of time", hint: hint)
        return nil
    }

    /// A length of time: `90d`. A bare `0` is zero.
    public mutating func duration(_ node: YamlNode, _ what: String, isZeroAllowed: Bool = true) -> YamlDuration? {
        guard case .duration(let duration) = durationOrWord(node, what, words: [], isZeroAllowed: isZeroAllowed)
        else { return nil }
        return duration
    }

    /// A number of bytes: `128MiB`, `4GiB`, `1000`.
    public mutating func bytes(_ node: YamlNode, _ what: String, atLeast minimum: Int64 = 1) -> Int64? {
        guard let text = node.rawText, let bytes = parseBytes(text) else {
            mismatch(node, what, expected: "a size", hint: "a number and a unit: 64KiB, 128MiB, 4GiB")
            return nil
        }
        if bytes < minimum {
            error(node, "\(what) must be at least \(spokenBytes(minimum))", hint: "found \(text)")
            return nil
        }
        return bytes
    }
}

private let byteUnits: [(name: String, bytes: Double)] = [
    ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
    ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
]

private func parseBytes(_ text: String) -> Int64? {
    let unit = byteUnits.first { text.hasSuffix($0.name) }
    var digits = text.dropLast(unit?.name.count ?? 0)
    while digits.last == " " { digits.removeLast() }
    guard case .number(let value) = YamlScalar(plain: String(digits)), value >= 0 else { return nil }
    let bytes = value * (unit?.bytes ?? 1)
    return bytes < 9e18 ? Int64(bytes) : nil
}

private func spokenBytes(_ bytes: Int64) -> String {
    for unit in byteUnits.prefix(4).reversed() where Double(bytes) >= unit.bytes {
        return plainNumber(Double(bytes) / unit.bytes) + unit.name
    }
    return "\(bytes)B"
}
