internal import DriftAnalytics
internal import DriftModel
internal import DriftStore

/// What a rule about whole segments says, in plain words.
public enum ConditionText {
    /// Segments named with their gain or loss.
    static let segmentsMax = 3

    /// The sentence for people: what changed, by how much, whether chance explains it, where to look.
    public static func text(_ facts: ConditionFacts) -> String {
        switch facts.kind {
        case .population(let population): populationText(facts, population)
        case .size(let segment, let before, let after, let below, let above):
            "\(segment) (\(facts.segmentation)) has \(after) customers, \(signed(change(before, after))) against "
                + "\(before) on \(day(facts.since))"
                + limits(below, above) + ". Look: " + query(facts)
        case .flow(let from, let to, let moves, let usual, let times, let atLeast):
            "\(moves) customers moved \(from ?? "(none)") -> \(to ?? "(none)") (\(facts.segmentation)) on "
                + "\(day(facts.day)); usual are \(number(usual)) a day since \(day(facts.since)) (limit "
                + "\(number(times)) times, at least \(atLeast)). Look: " + query(facts)
        case .assumption(let finding): assumptionText(facts, finding)
        }
    }

    private static func populationText(_ facts: ConditionFacts, _ population: ConditionFacts.Population) -> String {
        var text =
            "\(facts.segmentation): segments shifted by \(percent(population.effect)) of customers between "
            + "\(day(facts.since)) and \(day(facts.day))"
        switch population.test {
        case "psi":
            text +=
                " (PSI \(number(population.distance.psi)), limit \(number(population.valueAbove ?? 0)); chance "
                + "alone gives up to \(number(population.distance.psiCritical)))."
        case "jsd":
            text +=
                " (JSD \(number(population.distance.jsd)), limit \(number(population.valueAbove ?? 0)); chance "
                + "alone gives up to \(number(population.distance.jsdCritical)))."
        default:
            text +=
                ", which is not chance (p \(probability(population.paired.pValue)), limit "
                + "\(number(population.pBelow ?? 0.01)))."
        }
        let changed = population.sizes.filter { $0.before != $0.after }.sorted {
            let (left, right) = (($0.after - $0.before).magnitude, ($1.after - $1.before).magnitude)
            return left == right ? $0.segment < $1.segment : left > right
        }
        let named = changed.prefix(segmentsMax).map { entry in
            let change = entry.after - entry.before
            return "\(entry.segment) \(change > 0 ? "+" : "")\(change) (now \(entry.after))"
        }
        if !named.isEmpty { text += " Most: " + named.joined(separator: ", ") + "." }
        return text + " Look: " + query(facts)
    }

    private static func assumptionText(_ facts: ConditionFacts, _ finding: AssumptionFinding) -> String {
        let interval = finding.interval
        var text: String
        switch ConditionPolicy.state(finding) {
        case .falsified: text = "The model's assumption \(finding.name) is wrong now: "
        case .held: text = "The model's assumption \(finding.name) holds: "
        case .tooFew: text = "The model's assumption \(finding.name) can be neither held nor refuted now: "
        }
        switch finding.claim {
        case .reach(let entered, let reach, let withinDays, let atLeast, let minCustomers):
            text +=
                "of \(finding.cases) customers who entered \(entered), \(finding.hits) "
                + "(\(percent(interval.share))) reached \(reach.joined(separator: " or ")) within \(withinDays) days; "
                + "assumed: at least \(percent(atLeast)) of \(minCustomers) or more"
        case .share(let segment, let low, let high):
            text +=
                "\(segment) has \(percent(interval.share)) of \(finding.cases) customers; assumed: "
                + "\(percent(low)) to \(percent(high))"
        }
        if finding.cases > 0 { text += " (95 % interval \(percent(interval.low)) to \(percent(interval.high)))" }
        return text + "."
    }

    /// The command that shows the moves behind it.
    static func query(_ facts: ConditionFacts) -> String {
        var command = "segdrift transitions --segmentation \(facts.segmentation)"
        if case .flow(let from, let to, _, _, _, _) = facts.kind {
            if let from { command += " --from \(from)" }
            if let to { command += " --to \(to)" }
            return command + " --since \(day(facts.day))"
        }
        if let since = facts.since { command += " --since \(day(since + 1))" }
        return command
    }

    private static func limits(_ below: Double?, _ above: Double?) -> String {
        let limits = [below, above].compactMap(\.self).map(signed)
        return limits.isEmpty ? "" : " (limit\(limits.count > 1 ? "s" : "") \(limits.joined(separator: ", ")))"
    }

    private static func change(_ before: Int, _ after: Int) -> Double {
        before == 0 ? 0 : Double(after - before) / Double(before)
    }

    private static func day(_ day: DayNumber?) -> String { day.map(TimeText.date) ?? "the beginning" }

    private static func signed(_ share: Double) -> String { (share > 0 ? "+" : "") + percent(share) }

    /// `12.3 %`.
    static func percent(_ share: Double) -> String { "\(Sentence.number((share * 1_000).rounded() / 10)) %" }

    /// Three digits that count: 0.0123, 12.3, 1230.
    static func number(_ number: Double) -> String {
        guard number != 0, number.isFinite else { return number == 0 ? "0" : "\(number)" }
        var scale = 1.0
        while number.magnitude * scale < 100 { scale *= 10 }
        return Sentence.number((number * scale).rounded() / scale)
    }

    private static func probability(_ p: Double) -> String { p < 0.0001 ? "< 0.0001" : "= \(number(p))" }
}
