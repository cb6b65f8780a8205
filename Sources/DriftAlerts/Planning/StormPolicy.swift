internal import DriftModel

/// How much one rule may say before the rest is told together.
enum StormPolicy {
    /// Alerts that a rule without `group_by` tells one by one within a window; those beyond it make one digest.
    static let toldOneByOneMax = 50
    /// Length of the window in seconds of the wall clock.
    static let windowSeconds: Int64 = 300
    /// Key of the group that gathers the rest.
    static let groupKey = "storm"

    /// Whether the n-th alert of a window is still told on its own.
    static func isToldAlone(_ number: Int) -> Bool { number <= toldOneByOneMax }
}

/// Whether a customer goes to and fro: four moves in one segmentation within thirty days.
enum FlapPolicy {
    static let movesMin = 4
    static let windowSeconds: Int64 = 30 * 86_400

    enum Decision: Hashable {
        /// Nothing unusual.
        case calm
        /// Told once, instead of the move.
        case begins
        /// Silent until thirty days pass without a move.
        case goesOn
        /// Thirty days have passed without a move: told as ever.
        case ends
    }

    /// - Parameters:
    ///   - moves: `effective_at` of this move and those before it in the segmentation, the latest first; at most
    ///     ``movesMin`` matter.
    ///   - isFlapping: Whether it was said, and no thirty quiet days were seen since.
    static func decide(moves: [Instant], isFlapping: Bool) -> Decision {
        guard let latest = moves.first else { return .calm }
        let start = latest.advanced(bySeconds: -windowSeconds)
        if isFlapping {
            guard moves.count > 1 else { return .ends }
            return moves[1] > start ? .goesOn : .ends
        }
        guard moves.count >= movesMin else { return .calm }
        return moves[movesMin - 1] > start ? .begins : .calm
    }
}
