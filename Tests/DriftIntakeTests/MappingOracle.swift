import DriftModel
import Foundation

/// What the documents say about mappings, written down a second time: slow, over strings, and with Foundation's
/// calendar and time zones instead of ours.
struct MappingOracle {
    /// A field as the file has it; nil: missing.
    typealias Fields = [String: String]

    /// A value, or why there is none.
    struct Result {
        var text: String?
        /// `number`, `date` or `timestamp` met a text that they cannot read.
        var isUnreadable = false
        var number: Double?
        var seconds: Double?

        static let null = Result()
        static let unreadable = Result(isUnreadable: true)
        static func text(_ text: String?) -> Result { Result(text: text) }
        static func number(_ value: Double) -> Result { Result(text: NumberFormat.shortest(value), number: value) }
    }

    /// An expression as it is written, and what it means.
    struct Rule {
        var text: String
        var value: @Sendable (Fields) -> Result

        init(_ text: String, _ value: @escaping @Sendable (Fields) -> Result) {
            self.text = text
            self.value = value
        }
    }

    /// A condition as it is written, and its truth: nil is NULL.
    struct Condition {
        var text: String
        var value: @Sendable (Fields) -> Bool?
    }

    // MARK: Reading

    static func matches(_ text: String, _ pattern: String) -> [String]? {
        guard
            let found = try? NSRegularExpression(pattern: "^(?:\(pattern))$").firstMatch(
                in: text, range: NSRange(text.startIndex..., in: text))
        else { return nil }
        return (0..<found.numberOfRanges).map { Range(found.range(at: $0), in: text).map { String(text[$0]) } ?? "" }
    }

    static func number(_ text: String) -> Double? {
        matches(text, #"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*"#).flatMap { Double(tidy($0[1])) }
            .flatMap { $0.isFinite ? $0 : nil }
    }

    private static func tidy(_ text: String) -> String {
        text.replacingOccurrences(of: #"\.(?=$|[eE])"#, with: ".0", options: .regularExpression)
            .replacingOccurrences(of: #"^([+-]?)\."#, with: "$10.", options: .regularExpression)
    }

    /// Dots or blanks between groups of three, a comma before the decimals.
    static func germanNumber(_ text: String) -> Double? {
        guard
            let parts = matches(
                text, #"\s*([+-]?)(\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:,(\d*))?\s*"#)
        else { return nil }
        let whole = parts[2].filter { $0 != "." && $0 != " " }
        return Double("\(parts[1])\(whole).\(parts[3].isEmpty ? "0" : parts[3])")
    }

    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "UTC")!
        let parts = DateComponents(year: year, month: month, day: day)
        guard parts.isValidDate(in: calendar), let date = calendar.date(from: parts) else { return nil }
        return Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
    }

    /// The instant of a clock's reading: the first of two, and past a gap as far as before it.
    static func instant(_ local: Double, _ zone: String) -> Double {
        let rules = TimeZone(identifier: zone)!
        func offset(_ seconds: Double) -> Double {
            Double(rules.secondsFromGMT(for: Date(timeIntervalSince1970: seconds)))
        }
        let offsets = Set([offset(local - 90_000), offset(local + 90_000)])
        let fitting = offsets.map { local - $0 }.filter { offset($0) == local - $0 }
        return fitting.min() ?? local - offset(local - 90_000)
    }

    static func date(_ text: String) -> Int? {
        if let parts = matches(text, #"\s*(\d{4})-(\d\d)-(\d\d)\s*"#) {
            return days(Int(parts[1])!, Int(parts[2])!, Int(parts[3])!)
        }
        guard iso(text, "UTC") != nil else { return nil }
        return date(String(text.trimmingCharacters(in: .whitespaces).prefix(10)))
    }

    /// RFC 3339, a local date, a local date and time.
    static func iso(_ text: String, _ zone: String) -> Double? {
        let pattern =
            #"\s*(\d{4})-(\d\d)-(\d\d)(?:[ Tt](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?( ?[zZ]| ?[+-]\d\d:?\d\d)?)?\s*"#
        guard let parts = matches(text, pattern), let day = days(Int(parts[1])!, Int(parts[2])!, Int(parts[3])!) else {
            return nil
        }
        let (hour, minute, second) = (Int(parts[4]) ?? 0, Int(parts[5]) ?? 0, Int(parts[6]) ?? 0)
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        let local = Double(day * 86_400 + hour * 3_600 + minute * 60 + second) + (Double("0" + parts[7]) ?? 0)
        let offset = parts[8].trimmingCharacters(in: .whitespaces)
        if offset.isEmpty { return instant(local, zone) }
        if offset.lowercased() == "z" { return local }
        let digits = offset.dropFirst().filter { $0 != ":" }
        let east = Double(digits.prefix(2))! * 3_600 + Double(digits.suffix(2))! * 60
        return local - (offset.hasPrefix("-") ? -east : east)
    }

    /// What `at` accepts where nothing is said about its form.
    static func plainInstant(_ text: String, _ zone: String) -> Double? {
        if let found = iso(text, zone) { return found }
        guard let parts = matches(text, #"\s*(-?)(\d{1,14})(\.\d+)?\s*"#) else { return nil }
        let plausible = matches(parts[2], #"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?"#) != nil
        if plausible, parts[1].isEmpty, parts[3].isEmpty { return nil }
        let value = Double(parts[2])! + (Double("0" + parts[3]) ?? 0)
        let seconds = parts[2].count > 11 ? value / 1_000 : value
        return parts[1].isEmpty ? seconds : -seconds
    }

    static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    // MARK: Writing, as `words` does

    static func show(_ seconds: Double) -> String {
        TimestampText.string(Instant(microseconds: Int64((seconds * 1_000_000).rounded())))
    }
}
