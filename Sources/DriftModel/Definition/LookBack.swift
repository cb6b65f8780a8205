extension Model {
    /// How far back from logical time a rule or an assumption looks at single moves, in seconds: those of the two days it
    /// compares, or of the customers whose way it follows. Sizes and flows look at counts per day, which are kept for ever.
    public var lookBackSeconds: Int64 {
        let rules = alerts.compactMap { alert -> Int64? in
            switch alert.kind {
            case .population(let rule): rule.compareSeconds
            case .transition(let rule): max(rule.dwellSeconds, rule.cooldownSeconds)
            case .size, .flow, .intake: nil
            }
        }
        let assumed = assumptions.compactMap { assumption -> Int64? in
            if case .reach(_, _, let withinSeconds, _, _) = assumption.kind { withinSeconds } else { nil }
        }
        // A cohort is followed to its end after the last of its customers has come into it.
        return 2 * ((rules + assumed).max() ?? 0) + 32 * 86_400
    }
}
