internal import DriftModel

/// The text of a digest: counts, the moves that weigh most, where to look. Fits a phone's screen.
public enum DigestText {
    /// So many pairs of segments and customers are named, fewer where their names are long.
    static let topMax = 5
    /// A small phone shows about 40 characters in a line and a dozen lines of a message.
    static let charactersMax = 480

    /// - Parameter name: What the reader may know a customer by; nil: not named.
    public static func text(_ facts: DigestFacts, name: (DigestFacts.Top) -> String?) -> String {
        var shown = topMax
        while true {
            let text = text(facts, naming: shown, name: name)
            if text.count <= charactersMax || shown == 1 { return text }
            shown -= 1
        }
    }

    private static func text(
        _ facts: DigestFacts, naming shown: Int, name: (DigestFacts.Top) -> String?
    ) -> String {
        let (first, last) = days(facts)
        var text = ""
        let period = first == last ? "of \(first)" : "from \(first) to \(last)"
        switch facts.kind {
        case .group: text = "\(facts.moves) moves: "
        case .storm: text = "\(facts.moves) more moves, told together: "
        case .rate:
            text = "\(facts.moves) more alerts, told together"
            text += (facts.limit.map { " because \($0)" } ?? "") + ": "
        case .history where facts.isFirst == true:
            text = "The first load \(period) is in: \(facts.moves) moves, told once. Most: "
        case .history: text = "History \(period) was caught up with: \(facts.moves) moves, told once. Most: "
        case .activation: text = "A new model is active: \(facts.moves) customers' moves, told once. Most: "
        case .calibration: text = "New cut-offs are active: \(facts.moves) customers' moves, told once. Most: "
        }
        if facts.moves == 0 {
            text = "History \(period) was caught up with. "
            let rules = facts.rules.sorted { $0.key < $1.key }
            text += rules.prefix(shown).map { "\($0.key) would have spoken \(times($0.value))" }.joined(separator: ", ")
            let rest = rules.count - shown
            return text + (rest > 0 ? ", and \(rest) more rule\(rest == 1 ? "" : "s")." : ".")
        }
        text += (facts.pairs.prefix(shown).map(pair) + others(facts, shown)).joined(separator: ", ")
        let rest = facts.pairs.dropFirst(shown).reduce(0) { $0 + $1.customers }
        text += (rest > 0 ? ", other \(rest)." : ".") + topText(facts, shown, name: name)
        return text + " Look: \(query(facts))"
    }

    /// What is in a digest besides moves: alerts of several rules, by rule.
    private static func others(_ facts: DigestFacts, _ shown: Int) -> [String] {
        let moves = facts.pairs.reduce(0) { $0 + $1.customers }
        guard facts.kind == .rate, facts.moves > moves else { return [] }
        let rules = facts.rules.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(shown)
        guard moves > 0 else { return rules.map { "\($0.key) \($0.value)" } }
        return ["\(facts.moves - moves) about files"]
    }

    /// The command that shows every one of these moves: as alerts where they have rows, else in the history.
    public static func query(_ facts: DigestFacts) -> String {
        if let digestID = facts.digestID {
            return "segdrift alerts --digest \(digestID.prefix(12))"
        }
        var command = "segdrift transitions"
        let segmentations = Set(facts.pairs.map(\.segmentation))
        if segmentations.count == 1, let only = segmentations.first { command += " --segmentation \(only)" }
        if facts.pairs.count == 1, let pair = facts.pairs.first {
            if let from = pair.from { command += " --from \(from)" }
            if let to = pair.to { command += " --to \(to)" }
        }
        let since = TimeText.instant(Instant(microseconds: facts.since))
        let until = TimeText.instant(Instant(microseconds: facts.until).advanced(bySeconds: 1))
        return command + " --since \(since) --until \(until)"
    }

    private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }

    private static func days(_ facts: DigestFacts) -> (String, String) {
        func day(_ microseconds: Int64) -> String {
            String(TimeText.instant(Instant(microseconds: microseconds)).prefix { $0 != "T" })
        }
        return (day(facts.since), day(facts.until))
    }

    private static func pair(_ pair: DigestFacts.Pair) -> String {
        "\(pair.from ?? "(none)") -> \(pair.to ?? "(none)") \(pair.customers) (\(pair.segmentation))"
    }

    private static func topText(
        _ facts: DigestFacts, _ shown: Int, name: (DigestFacts.Top) -> String?
    ) -> String {
        let named = facts.top.prefix(shown).compactMap { top in
            name(top).map { $0 + (top.value.map { value in " (\(Sentence.number(value)))" } ?? "") }
        }
        guard !named.isEmpty else { return "" }
        let isOfOneRule = facts.kind == .group || facts.kind == .storm || facts.kind == .rate
        let rest = isOfOneRule ? (facts.customers ?? facts.moves) - named.count : 0
        return " \(isOfOneRule ? "Customers" : "Largest"): " + named.joined(separator: ", ")
            + (rest > 0 ? " and \(rest) more." : ".")
    }
}
