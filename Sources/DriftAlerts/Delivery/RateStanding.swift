internal import DriftModel

/// How far a destination is from what it may be told: a bucket that holds one message for each that the rate allows,
/// at most twice as many as in one of its periods, and the end of the time in which what goes beyond is gathered.
///
/// A pure value on the clock that it is given. It is kept with the deliveries, so that a restart gives nothing away.
struct RateStanding: Hashable, Codable, Sendable {
    /// What goes beyond is gathered at least and at most so long, in seconds.
    static let holdSecondsMin: Int64 = 10
    static let holdSecondsMax: Int64 = 300

    /// Messages that may be sent at once; nil: as many as fit.
    private var tokens: Double?
    /// When the tokens were counted, microseconds since 1970.
    private var countedAt: Int64?
    /// What is over the rate is told together then, microseconds since 1970; nil: nothing is over it.
    private var holdsUntil: Int64?

    /// Nothing was sent for long.
    init() {}

    /// A period of the rate, but not so short that digests would follow one another, nor so long that they come late.
    static func holdSeconds(_ rate: DeliveryRate) -> Int64 {
        min(max(rate.perSeconds, holdSecondsMin), holdSecondsMax)
    }

    /// Brings the count up to date.
    /// - Returns: How many messages may be sent now.
    mutating func fill(_ rate: DeliveryRate, now: Instant) -> Int {
        // A clock turned back fills nothing and empties nothing.
        let passed = max(0, now.microseconds - (countedAt ?? now.microseconds))
        let room = Double(rate.count) * 2
        tokens = min(room, (tokens ?? room) + Double(passed) * Self.perMicrosecond(rate))
        countedAt = now.microseconds
        return Int(tokens ?? 0)
    }

    /// So many messages are on their way.
    mutating func spend(_ count: Int) { tokens = (tokens ?? 0) - Double(count) }

    /// When the next message may be sent; only after ``fill(_:now:)``.
    func nextAt(_ rate: DeliveryRate, now: Instant) -> Instant {
        let missing = max(0, 1 - (tokens ?? 1)) / Self.perMicrosecond(rate)
        return Instant(microseconds: now.microseconds + Int64(missing.rounded(.up)))
    }

    /// From now on what goes beyond the rate is gathered.
    mutating func hold(_ rate: DeliveryRate, now: Instant) {
        holdsUntil = now.advanced(bySeconds: Self.holdSeconds(rate)).microseconds
    }

    /// Until when it is gathered; nil: it is not.
    func held(_ rate: DeliveryRate, now: Instant) -> Instant? {
        guard let holdsUntil, now.microseconds < holdsUntil,
            // A clock that was turned back must not keep a destination shut.
            holdsUntil <= now.advanced(bySeconds: Self.holdSeconds(rate)).microseconds
        else { return nil }
        return Instant(microseconds: holdsUntil)
    }

    /// The gathering is over, if there was one.
    /// - Returns: Whether there was.
    mutating func endHold() -> Bool {
        defer { holdsUntil = nil }
        return holdsUntil != nil
    }

    private static func perMicrosecond(_ rate: DeliveryRate) -> Double {
        Double(rate.count) / (Double(rate.perSeconds) * 1_000_000)
    }
}
