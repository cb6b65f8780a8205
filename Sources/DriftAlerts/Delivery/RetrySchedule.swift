/// When a failed delivery is tried again: 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h after the
/// attempt before, about three days in all; then it is dead until a person retries it.
public enum RetrySchedule {
    /// Seconds to wait before each attempt; the first is made at once.
    public static let secondsBeforeAttempt: [Int64] = [
        0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]
    /// No delivery is ever due later than so many seconds from now.
    public static let secondsMax: Int64 = 86_400 * 6 / 5
    /// Share of the wait by which attempts are spread, either way.
    public static let jitterShare = 0.2

    /// - Parameters:
    ///   - attempts: Made so far, at least 1.
    ///   - jitter: −1 to 1.
    /// - Returns: Microseconds to wait; nil: no further attempt.
    public static func microsecondsToWait(afterAttempts attempts: Int, jitter: Double) -> Int64? {
        guard attempts >= 1, attempts < secondsBeforeAttempt.count else { return nil }
        let seconds = Double(secondsBeforeAttempt[attempts])
        return Int64(seconds * (1 + jitterShare * min(1, max(-1, jitter))) * 1_000_000)
    }
}
