public import DriftModel

/// Values as people type them on a command line.
public enum ValueLiteral {
    /// Reads a number (`12`, `-2.5e3`), `true`, `false`, `null`, `'text'` or `"text"`, `DATE '2026-01-31'` or
    /// `TIMESTAMP '2026-01-31T10:00:00Z'` (UTC; a blank may stand for the `T`, and the `Z` be left out). Anything
    /// else is text as it stands. Keywords in any case.
    /// - Returns: nil for a `DATE` or `TIMESTAMP` that the calendar does not have.
    public static func parse(_ text: String) -> Value? {
        switch text.lowercased() {
        case "null": return .null
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        default: break
        }
        if let quoted = unquoted(text, "'") ?? unquoted(text, "\"") { return .text(quoted) }
        if let date = keyword("date", text) { return TimeText.parseDate(date).map(Value.date) }
        if let instant = keyword("timestamp", text) { return parseInstant(instant).map(Value.timestamp) }
        if isNumber(text), let number = Double(text), number.isFinite { return .number(number) }
        return .text(text)
    }

    /// `name=value`.
    /// - Returns: nil when there is no `=`, no name before it, or the value is no value.
    public static func parseBinding(_ text: String) -> ExpressionTrial.Binding? {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex,
            let value = parse(String(text[text.index(after: equals)...]))
        else { return nil }
        return ExpressionTrial.Binding(name: String(text[..<equals]), value: value)
    }

    /// Reads `2026-01-31`, `2026-01-31T10:00[:00[.123456]][Z]`, in UTC.
    public static func parseInstant(_ text: String) -> Instant? {
        var text = text
        if text.hasSuffix("Z") || text.hasSuffix("z") { text.removeLast() }
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "T" || $0 == "t" || $0 == " " }
        guard let first = parts.first, let day = TimeText.parseDate(String(first)) else { return nil }
        var micros: Int64 = 0
        if parts.count == 2 {
            guard let clock = parseClock(parts[1]) else { return nil }
            micros = clock
        }
        return Instant(microseconds: Int64(day) * 86_400_000_000 + micros)
    }

    /// Microseconds since midnight of `10:00`, `10:00:00` or `10:00:00.123456`.
    private static func parseClock(_ text: Substring) -> Int64? {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = halves[0].split(separator: ":", omittingEmptySubsequences: false).map { part in
            part.utf8.count == 2 && part.utf8.allSatisfy { (48...57).contains($0) } ? Int64(part) : nil
        }
        guard numbers.count == 2 || numbers.count == 3, let hour = numbers[0], let minute = numbers[1],
            let second = numbers.count == 3 ? numbers[2] : 0, hour < 24, minute < 60, second < 60
        else { return nil }
        var micros = ((hour * 60 + minute) * 60 + second) * 1_000_000
        if halves.count == 2 {
            let digits = halves[1]
            guard (1...6).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let fraction = Int64(digits + String(repeating: "0", count: 6 - digits.utf8.count))
            else { return nil }
            micros += fraction
        }
        return micros
    }

    private static func unquoted(_ text: String, _ quote: Character) -> String? {
        guard text.count >= 2, text.first == quote, text.last == quote else { return nil }
        let halves = String(repeating: quote, count: 2)
        var result = ""
        var rest = text.dropFirst().dropLast()
        while let next = rest.first {
            guard next == quote else {
                result.append(rest.removeFirst())
                continue
            }
            // A quote inside is written twice, as in SQL.
            guard rest.hasPrefix(halves) else { return nil }
            result.append(quote)
            rest = rest.dropFirst(2)
        }
        return result
    }

    private static func keyword(_ word: String, _ text: String) -> String? {
        guard text.lowercased().hasPrefix(word) else { return nil }
        let rest = text.dropFirst(word.count).drop { $0 == " " }
        return rest.count < text.count - word.count || rest.first == "'" ? unquoted(String(rest), "'") : nil
    }

    private static func isNumber(_ text: String) -> Bool {
        guard let last = text.utf8.last, (48...57).contains(last) || last == 46 else { return false }
        return text.utf8.contains { (48...57).contains($0) }
            && text.utf8.allSatisfy { (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }
    }
}
