public import DriftModel

/// What becomes of a move under one rule, and why.
public enum TransitionDecision: Hashable, Sendable {
    /// Told on its own.
    case send
    /// Told with others of the same key, when their group closes.
    case join(groupKey: String)
    /// Told if the customer is still there then.
    case dwell(until: Instant)
    /// Not told: the rule spoke about this customer less than its cooldown ago.
    case cooldown(until: Instant)
    /// Told in the digest of what was caught up with.
    case history
    /// Not what the rule is about.
    case noMatch
}

/// The decision about a move: a pure function of facts and durable state.
public struct TransitionPolicy: Sendable {
    public var rule: TransitionRule

    public init(rule: TransitionRule) {
        self.rule = rule
    }

    /// - Parameters:
    ///   - matches: Whether the move and its `when` are what the rule is about.
    ///   - isHistory: Whether the move lies too far back to be news.
    ///   - effectiveAt: Of the move; cooldown and dwell are measured on it, never on the wall clock.
    ///   - dwellServed: Whether the customer has already stayed long enough.
    ///   - cooldownUntil: End of the silence after the rule's last word on this customer.
    ///   - groupKey: The move's values of `group_by`.
    public func decide(
        matches: Bool, isHistory: Bool, effectiveAt: Instant, dwellServed: Bool, cooldownUntil: Instant?,
        groupKey: String
    ) -> TransitionDecision {
        guard matches else { return .noMatch }
        if isHistory { return .history }
        if rule.dwellSeconds > 0 && !dwellServed {
            return .dwell(until: effectiveAt.advanced(bySeconds: rule.dwellSeconds))
        }
        if let cooldownUntil, effectiveAt < cooldownUntil { return .cooldown(until: cooldownUntil) }
        return rule.groupBy.isEmpty ? .send : .join(groupKey: groupKey)
    }
}

/// When a move is history rather than news.
public enum HistoryRule: Hashable, Sendable {
    /// More than the model's `alert_age` before an instant: the claim of the file, or the start of the walk.
    case olderThanAlertAge(before: Instant)
    /// `wall_lag: never`: only what activation and calibration move.
    case onlyActivation
    /// `load`: all of it.
    case everything

    /// Whether a move is history.
    public func holds(effectiveAt: Instant, cause: Cause, alertAgeSeconds: Int64) -> Bool {
        if cause == .model || cause == .calibration { return true }
        switch self {
        case .olderThanAlertAge(let instant): return effectiveAt < instant.advanced(bySeconds: -alertAgeSeconds)
        case .onlyActivation: return false
        case .everything: return true
        }
    }
}
