/// How a language writes numbers: the sign of the decimals and the signs between groups of digits.
public struct NumberStyle: Hashable, Sendable {
    enum Grouping: Hashable, Sendable {
        /// 1,234,567: always three digits.
        case thousands
        /// 12,34,567: two digits, but three at the end.
        case indian
    }

    var decimal: UInt8
    /// ASCII signs that may separate groups; blanks of every kind may if `blanks`.
    var separators: [UInt8]
    var blanks: Bool
    var grouping: Grouping

    /// Language tags with a style of their own, for messages.
    static let knownLocales = styles.keys.sorted()

    private static let point = NumberStyle(decimal: 0x2E, separators: [0x2C], blanks: true, grouping: .thousands)
    private static let comma = NumberStyle(decimal: 0x2C, separators: [0x2E], blanks: true, grouping: .thousands)
    private static let swiss = NumberStyle(decimal: 0x2E, separators: [0x27], blanks: true, grouping: .thousands)
    private static let indian = NumberStyle(decimal: 0x2E, separators: [0x2C], blanks: false, grouping: .indian)

    private static let styles: [String: NumberStyle] = {
        var table: [String: NumberStyle] = [:]
        for tag in ["en", "he", "ja", "ko", "th", "zh", "ga", "ms", "es-mx", "es-us"] { table[tag] = point }
        for tag in [
            "de", "fr", "es", "it", "nl", "pt", "da", "nb", "nn", "no", "sv", "fi", "pl", "cs", "sk", "sl", "hr", "sr",
            "bs", "hu", "ro", "bg", "uk", "ru", "be", "lt", "lv", "et", "el", "tr", "id", "vi", "is", "ca", "eu", "gl",
            "en-za",
        ] {
            table[tag] = comma
        }
        for tag in ["de-ch", "de-li", "it-ch", "fr-ch", "en-ch", "rm"] { table[tag] = swiss }
        for tag in ["en-in", "hi", "bn", "ta", "te", "mr", "gu", "pa", "kn", "ml", "ur"] { table[tag] = indian }
        return table
    }()
}

extension NumberStyle {
    /// - Parameter locale: A language tag such as `de`, `de-CH`, `en_IN`; nil when neither it nor its language is
    ///   known.
    public init?(locale: String) {
        let tag = String(locale.lowercased().map { $0 == "_" ? "-" : $0 })
        let language = String(tag.prefix { $0 != "-" })
        guard let style = Self.styles[tag] ?? Self.styles[language] else { return nil }
        self = style
    }

    /// Reads a whole text in this style. Groups must be complete: `1.234,5` but not `1.23,4`.
    /// - Returns: nil for everything that is no number in this style, such as signs of currencies and percent.
    public func parse(_ bytes: Span<UInt8>) -> Double? {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var groups = GroupCheck(grouping: grouping)
        var index = 0
        var end = bytes.count
        while let width = Self.blankWidth(bytes, index) { index += width }
        while end > index, NumberReader.isBlank(bytes[end - 1]) { end -= 1 }
        while end - 2 >= index, bytes[end - 2] == 0xC2, bytes[end - 1] == 0xA0 { end -= 2 }
        if index < end, bytes[index] == 0x2B || bytes[index] == 0x2D {
            plain.append(bytes[index])
            index += 1
        }
        var inFraction = false
        while index < end {
            let byte = bytes[index]
            if NumberReader.isDigit(byte) || byte | 32 == 0x65 || (byte == 0x2B || byte == 0x2D) {
                if !NumberReader.isDigit(byte) { inFraction = true }
                plain.append(byte)
                if !inFraction { groups.digit() }
                index += 1
            } else if byte == decimal, !inFraction {
                inFraction = true
                plain.append(0x2E)
                index += 1
            } else if !inFraction, let width = separatorWidth(bytes, index) {
                groups.separator(bytes[index + width - 1])
                index += width
            } else {
                return nil
            }
        }
        return groups.isComplete ? NumberReader.parse(plain.span) : nil
    }

    private func separatorWidth(_ bytes: Span<UInt8>, _ index: Int) -> Int? {
        if separators.contains(bytes[index]) { return 1 }
        // The typographic apostrophe.
        if separators.contains(0x27), Self.holds(bytes, index, [0xE2, 0x80, 0x99]) { return 3 }
        return blanks ? Self.blankWidth(bytes, index) : nil
    }

    /// Space, no-break space, thin space, narrow no-break space.
    private static func blankWidth(_ bytes: Span<UInt8>, _ index: Int) -> Int? {
        if index >= bytes.count { return nil }
        if NumberReader.isBlank(bytes[index]) { return 1 }
        if holds(bytes, index, [0xC2, 0xA0]) { return 2 }
        if holds(bytes, index, [0xE2, 0x80, 0x89]) || holds(bytes, index, [0xE2, 0x80, 0xAF]) { return 3 }
        return nil
    }

    private static func holds(_ bytes: Span<UInt8>, _ index: Int, _ wanted: [UInt8]) -> Bool {
        guard index + wanted.count <= bytes.count else { return false }
        for offset in wanted.indices where bytes[index + offset] != wanted[offset] { return false }
        return true
    }
}

/// Watches whether the groups of the whole part are whole.
private struct GroupCheck {
    let grouping: NumberStyle.Grouping
    private var run = 0
    private var groups = 0
    private var sign: UInt8?
    private var broken = false

    init(grouping: NumberStyle.Grouping) {
        self.grouping = grouping
    }

    mutating func digit() { run += 1 }

    /// - Parameter byte: Last byte of the sign: all signs of a number must be the same.
    mutating func separator(_ byte: UInt8) {
        let full = grouping == .indian && groups > 0 ? 2 : 3
        let first = grouping == .indian ? 1...2 : 1...3
        if groups == 0 ? !first.contains(run) : run != full { broken = true }
        if let sign, sign != byte { broken = true }
        sign = byte
        groups += 1
        run = 0
    }

    var isComplete: Bool { !broken && (groups == 0 || run == 3) }
}
