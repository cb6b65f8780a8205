public import DriftModel

/// What is noted of an attempt: a pure function of its result, what is known of the delivery, and now.
public enum DeliveryPolicy {
    /// Attempts after which a destination's dislike of an alert is believed.
    public static let rejectionsMax = 3
    /// Nothing is given up before it is so old, however the jitter fell: three days and a bit.
    public static let ageMinSeconds: Int64 = 75 * 3_600

    /// - Parameters:
    ///   - attempts: Made so far, this one included.
    ///   - createdAt: When the alert was made.
    ///   - jitter: −1 to 1.
    public static func note(
        _ result: DeliveryResult, attempts: Int, createdAt: Instant, now: Instant, jitter: Double
    ) -> SettledDelivery.Note {
        switch result {
        case .delivered: return .delivered
        case .refused(let reason): return .failed(reason: reason, retryAt: nil)
        case .gone(let reason): return .failed(reason: reason, retryAt: nil)
        case .rejected(let reason):
            guard attempts < rejectionsMax else { return .failed(reason: reason, retryAt: nil) }
            return .failed(reason: reason, retryAt: retryAt(attempts, createdAt, now, jitter))
        case .failed(let reason, _, let retryAfter):
            var at = retryAt(attempts, createdAt, now, jitter)
            if let wanted = retryAfter, let planned = at { at = max(planned, now.advanced(bySeconds: wanted)) }
            return .failed(reason: reason, retryAt: at)
        }
    }

    private static func retryAt(_ attempts: Int, _ createdAt: Instant, _ now: Instant, _ jitter: Double) -> Instant? {
        if let wait = RetrySchedule.microsecondsToWait(afterAttempts: attempts, jitter: jitter) {
            return Instant(microseconds: now.microseconds + wait)
        }
        let earliestEnd = createdAt.advanced(bySeconds: ageMinSeconds)
        guard now < earliestEnd else { return nil }
        return min(earliestEnd, now.advanced(bySeconds: RetrySchedule.secondsMax))
    }
}
