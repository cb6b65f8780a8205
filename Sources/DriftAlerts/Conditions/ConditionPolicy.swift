internal import DriftAnalytics
public import DriftStore

/// What becomes of a condition at the end of a day, and why: a pure function of facts and what is remembered.
public enum ConditionDecision: Hashable, Sendable {
    /// It holds now and did not before: told.
    case begins(reason: String)
    /// It holds as before: nothing to tell.
    case goesOn
    /// It held before and does not any more.
    case ends(reason: String)
    /// It does not hold, as before.
    case nothing(reason: String)
}

/// The decisions about rules at the ends of days.
public enum ConditionPolicy {
    /// Whether a rule's condition holds, with the reason in words.
    public static func holds(_ facts: ConditionFacts) -> (holds: Bool, reason: String) {
        switch facts.kind {
        case .population(let population): return holds(population)
        case .size(_, let before, let after, let below, let above):
            guard before > 0 else { return (false, "the segment was empty before") }
            let change = Double(after - before) / Double(before)
            if let below, change < below { return (true, "change below its limit") }
            if let above, change > above { return (true, "change above its limit") }
            return (false, "change within its limits")
        case .flow(_, _, let moves, let usual, let times, let atLeast):
            guard moves >= atLeast else { return (false, "fewer than at_least") }
            return Double(moves) >= times * usual
                ? (true, "at least \(ConditionText.number(times)) times the usual number")
                : (false, "less than \(ConditionText.number(times)) times the usual number")
        case .assumption(let finding):
            let state = state(finding)
            return (state == .falsified, state.rawValue)
        }
    }

    private static func holds(_ population: ConditionFacts.Population) -> (holds: Bool, reason: String) {
        if let limit = population.effectAbove, population.effect <= limit {
            return (false, "effect not above its limit")
        }
        switch population.test {
        case "psi", "jsd":
            let value = population.test == "psi" ? population.distance.psi : population.distance.jsd
            return value > population.valueAbove ?? 0
                ? (true, "\(population.test) above its limit") : (false, "\(population.test) not above its limit")
        default:
            return population.paired.pValue < population.pBelow ?? 0.01
                ? (true, "p below its limit") : (false, "p not below its limit")
        }
    }

    /// - Parameter heldBefore: Whether it held at the end of the day before.
    public static func decide(_ facts: ConditionFacts, heldBefore: Bool) -> ConditionDecision {
        let (holds, reason) = holds(facts)
        switch (heldBefore, holds) {
        case (false, true): return .begins(reason: reason)
        case (true, true): return .goesOn
        case (true, false): return .ends(reason: reason)
        case (false, false): return .nothing(reason: reason)
        }
    }

    /// How an assumption stands: falsified when the whole interval speaks against it, held when the share itself is
    /// as claimed, otherwise there are too few to say.
    public static func state(_ finding: AssumptionFinding) -> AssumptionState {
        let interval = finding.interval
        switch finding.claim {
        case .reach(_, _, _, let atLeast, let minCustomers):
            if finding.cases < max(1, minCustomers) { return .tooFew }
            if interval.high < atLeast { return .falsified }
            return interval.share >= atLeast ? .held : .tooFew
        case .share(_, let low, let high):
            if finding.cases == 0 { return .tooFew }
            if interval.high < low || interval.low > high { return .falsified }
            return interval.share >= low && interval.share <= high ? .held : .tooFew
        }
    }

    /// Whether an assumption's new state is news: any change is, but the first answer only if it is a bad one.
    public static func isNews(_ state: AssumptionState, before: AssumptionState?) -> Bool {
        guard let before else { return state == .falsified }
        return state != before
    }
}
