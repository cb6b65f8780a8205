public import DriftEngine

/// What the planner asks about a customer, once a move of theirs matches a rule.
public struct CustomerContext {
    public var name: String
    /// Per segmentation, after all transitions of the outcome.
    public var placements: [Placement]
    /// "one purchase": an event that would bring the customer back to where they were in a segmentation; asked
    /// about the last move there, if it goes down.
    public var returnsWith: (Int) -> String?

    public init(
        name: String, placements: [Placement], returnsWith: @escaping (Int) -> String? = { _ in nil }
    ) {
        self.name = name
        self.placements = placements
        self.returnsWith = returnsWith
    }

    /// - Parameter state: After all transitions of the outcome, its next changes refreshed.
    public init(name: String, state: borrowing CustomerState) {
        self.init(name: name, placements: state.placements)
    }
}
