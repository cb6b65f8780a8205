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

/// At most so many in so long, with a reserve for bursts of twice as many.
public struct TokenBucket: Hashable, Sendable {
    private let rate: DeliveryRate
    private var tokens: Double
    private var filledAt: Instant?

    public init(_ rate: DeliveryRate) {
        self.rate = rate
        tokens = Double(rate.count) * 2
    }

    /// Takes one if there is one.
    /// - Returns: nil when it was taken; otherwise when the next one is there.
    public mutating func take(now: Instant) -> Instant? {
        let perMicrosecond = Double(rate.count) / (Double(rate.perSeconds) * 1_000_000)
        // A clock turned back fills nothing and empties nothing.
        let passed = max(0, now.microseconds - (filledAt ?? now).microseconds)
        tokens = min(Double(rate.count) * 2, tokens + Double(passed) * perMicrosecond)
        filledAt = now
        guard tokens < 1 else {
            tokens -= 1
            return nil
        }
        return Instant(microseconds: now.microseconds + Int64(((1 - tokens) / perMicrosecond).rounded(.up)))
    }
}
