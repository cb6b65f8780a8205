/// The sentence an operator reads at three in the morning:
/// `C-1042 loyal -> at_risk (value, down): recency 60 -> 61, limit 60 (time). Start: retention call within two
/// days. Would return with one purchase.`
public enum Sentence {
    /// Reasons told in full; of more, the number is told.
    static let reasonsMax = 3

    /// - Parameter customer: What the reader may know the customer by; nil: "a customer".
    public static func text(_ facts: TransitionFacts, customer: String?) -> String {
        var sentence = move(
            customer: customer, from: facts.from, to: facts.to, facts.segmentation, facts.direction)
        let reason = reason(facts.reasons)
        sentence += reason.isEmpty ? " (\(facts.cause))." : ": \(reason) (\(facts.cause))."
        sentence += actions(facts.actions)
        if let event = facts.returnsWith { sentence += " Would return with \(event)." }
        return sentence
    }

    /// `C-1042 loyal -> at_risk (value, down)`.
    static func move(
        customer: String?, from: String?, to: String?, _ segmentation: String, _ direction: String?
    ) -> String {
        "\(customer ?? "A customer") \(segment(from)) -> \(segment(to)) (\(segmentation)"
            + (direction.map { ", \($0)" } ?? "") + ")"
    }

    /// `recency 60 -> 61, limit 60; orders 3 -> 2, limit 3`: comparisons of the same value are told together. Of a score
    /// in bands it is told what the step means: `recency above 60 (r 3 -> 2)`.
    public static func reason(_ parts: [TransitionFacts.ReasonPart]) -> String {
        var clauses: [(subject: String, limits: [String])] = []
        for part in parts {
            let change =
                part.before == part.after ? "\(value(part.after))" : "\(value(part.before)) -> \(value(part.after))"
            let subject = "\(part.subject) \(change)"
            let limit = part.limit ?? part.text
            if let meaning = part.meaning {
                let step = "\(meaning) (\(subject))"
                if !clauses.contains(where: { $0.subject == step }) { clauses.append((step, [])) }
                continue
            }
            if let index = clauses.firstIndex(where: { $0.subject == subject }) {
                if !clauses[index].limits.contains(limit) { clauses[index].limits.append(limit) }
            } else {
                clauses.append((subject, [limit]))
            }
        }
        let told = clauses.prefix(reasonsMax).map { clause in
            clause.limits.isEmpty
                ? clause.subject
                : "\(clause.subject), limit\(clause.limits.count > 1 ? "s" : "") \(list(clause.limits))"
        }
        let rest = clauses.count - told.count
        return told.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
    }

    /// A value for people: whole numbers without a point, others with at most six decimals, nothing as "none".
    public static func value(_ value: FactValue) -> String {
        switch value {
        case .null: "none"
        case .boolean(let boolean): boolean ? "true" : "false"
        case .text(let text): text
        case .number(let number): self.number(number)
        }
    }

    static func number(_ number: Double) -> String {
        let millionths = (number * 1_000_000).rounded() / 1_000_000
        guard millionths.magnitude < 1e15 else { return "\(number)" }
        if millionths == millionths.rounded() { return String(Int64(millionths)) }
        return "\(millionths)"
    }

    private static func segment(_ id: String?) -> String { id ?? "(none)" }

    private static func actions(_ actions: ActionDifference) -> String {
        var text = ""
        if !actions.start.isEmpty { text += " Start: \(list(actions.start.map { lowered($0.action) }, "; "))." }
        if !actions.stop.isEmpty { text += " Stop: \(list(actions.stop.map { lowered($0.action) }, "; "))." }
        if !actions.change.isEmpty {
            let changes = actions.change.map { "\(lowered($0.from)) -> \(lowered($0.to))" }
            text += " Change: \(list(changes, "; "))."
        }
        return text
    }

    private static func list(_ items: [String], _ separator: String = ", ") -> String {
        items.joined(separator: separator)
    }

    /// "Retention call" → "retention call"; "VIP line" and "E-mail" keep what is more than a first letter.
    static func lowered(_ text: String) -> String {
        guard let first = text.first, first.isUppercase else { return text }
        let second = text.dropFirst().first
        if let second, second.isUppercase { return text }
        return first.lowercased() + text.dropFirst()
    }
}
