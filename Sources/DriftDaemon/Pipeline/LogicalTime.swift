public import DriftModel

/// Where logical time may go: `T = max(T, min(W, F))` (model reference, section 2).
///
/// `W` is what the clock allows, `F` the first event of any file that waits or is being applied: a backlog
/// is lived through in its own time.
public enum LogicalTime {
    /// How far the clock lets logical time go.
    public enum WallTerm: Hashable, Sendable {
        /// The wall clock minus the lag, or the instant given by `--as-of`.
        case at(Instant)
        /// `wall_lag: never`: the latest accepted event.
        case latestEvent
        /// The clock is not believed: time stands still.
        case paused
    }

    /// - Parameters:
    ///   - current: T so far; nil before the first event or walk.
    ///   - wall: The clock's term.
    ///   - latestAccepted: The latest `at` of any accepted event.
    ///   - firstWaiting: `F`; nil when no file waits.
    /// - Returns: The new T, never before `current`; nil while there is neither a T nor anything to set it.
    public static func next(
        current: Instant?, wall: WallTerm, latestAccepted: Instant?, firstWaiting: Instant?
    ) -> Instant? {
        let wallInstant: Instant? =
            switch wall {
            case .at(let instant): instant
            case .latestEvent: latestAccepted
            case .paused: nil
            }
        guard let wallInstant else { return current }
        let allowed = firstWaiting.map { min($0, wallInstant) } ?? wallInstant
        return current.map { max($0, allowed) } ?? allowed
    }
}
