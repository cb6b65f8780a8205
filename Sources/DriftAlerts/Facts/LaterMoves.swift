internal import DriftEngine

/// What else a customer did in an outcome after a move.
struct LaterMoves {
    /// Transitions of each customer, ascending; nil: nobody has asked for what does not stand together.
    private var byCustomer: [Int64: [Int]]?

    /// A customer's transitions after one, ascending.
    /// - Parameters:
    ///   - run: The customer's transitions that stand together with it.
    ///   - placements: Of the customer, after all transitions of the outcome.
    /// - Complexity: O(the customer's transitions). A walk over several ticks parts them: then O(transitions), once.
    mutating func after(
        _ index: Int, run: Range<Int>, in outcome: Outcome, placements: [Placement]
    ) -> [Int] {
        let together = Array(index + 1..<run.upperBound)
        let end = outcome.transitions[run.upperBound - 1].effectiveAt
        guard placements.contains(where: { $0.since.map { $0 > end } ?? false }) else { return together }
        if byCustomer == nil {
            byCustomer = Dictionary(grouping: outcome.transitions.indices) { outcome.transitions[$0].customer }
        }
        return (byCustomer?[outcome.transitions[index].customer] ?? []).filter { $0 > index }
    }
}
