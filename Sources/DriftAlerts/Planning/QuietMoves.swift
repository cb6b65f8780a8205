public import DriftEngine
internal import DriftModel

/// The moves of customers with whom no rule has anything to do, counted where they are worked out: a first load has
/// millions of them, and handing each on to be counted later is most of what it would cost. Every thread has one.
public struct QuietMoves: Sendable {
    private let table: RuleTable
    private let alertAgeSeconds: Int64
    private let history: HistoryRule
    /// Of those that are history; of the others there is nothing to remember.
    private(set) var tallies: HistoryTallies

    fileprivate init(table: RuleTable, alertAgeSeconds: Int64, history: HistoryRule) {
        self.table = table
        self.alertAgeSeconds = alertAgeSeconds
        self.history = history
        tallies = HistoryTallies(table: table)
    }

    /// Takes a customer's moves if no rule is about any of them.
    /// - Parameter first: Index of the customer's first move; all that follow are the same customer's.
    /// - Returns: False when a rule is about one of them: the planner has to see them all.
    /// - Complexity: O(moves taken).
    public mutating func take(_ outcome: borrowing Outcome, from first: Int) -> Bool {
        for index in first..<outcome.transitions.count {
            guard outcome.transitions[index].alertRules.isEmpty,
                table.dwelling[Int(outcome.transitions[index].segmentation)].isEmpty
            else { return false }
        }
        guard !table.entries.isEmpty else { return true }
        for index in first..<outcome.transitions.count {
            let transition = outcome.transitions[index]
            let isHistory = history.holds(
                effectiveAt: transition.effectiveAt, cause: transition.cause, alertAgeSeconds: alertAgeSeconds)
            if isHistory { tallies.count(transition, rules: [], table: table) }
        }
        return true
    }

    /// Whether there is nothing to remember.
    public var isEmpty: Bool { tallies.isEmpty }

    /// Adds what another thread has counted.
    public mutating func append(_ other: borrowing QuietMoves) { tallies.append(other.tallies) }
}

extension AlertPlanner {
    /// For counting the moves of one transaction that are quiet.
    /// - Parameter history: Which moves are not news.
    public func quietMoves(_ history: HistoryRule) -> QuietMoves {
        QuietMoves(table: table, alertAgeSeconds: model.alertAgeSeconds, history: history)
    }
}
