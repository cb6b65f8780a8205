/// A point in time: microseconds of UTC since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// The pure modules never ask what time it is; they are given instants.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
    public var microseconds: Int64

    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// - Parameter seconds: Seconds since 1970-01-01T00:00:00Z.
    @inlinable
    public init(seconds: Int64) {
        self.microseconds = seconds &* 1_000_000
    }

    /// Whole seconds since 1970, rounded towards minus infinity.
    @inlinable
    public var secondsFloor: Int64 {
        let quotient = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// This instant moved by a number of seconds.
    @inlinable
    public func advanced(bySeconds seconds: Int64) -> Instant {
        Instant(microseconds: microseconds &+ seconds &* 1_000_000)
    }
}

/// A step of logical time: the number of a local civil day since 1970-01-01 (`grain: day`) or of an hour
/// of UTC since 1970 (`grain: hour`).
public typealias Tick = Int32

/// Whole local civil days since 1970-01-01, in the proleptic Gregorian calendar.
public typealias DayNumber = Int32

/// How long a tick lasts.
public enum Grain: String, Hashable, Sendable {
    case day, hour

    /// Ticks in a day of 24 hours.
    public var ticksPerDay: Int32 { self == .day ? 1 : 24 }
}
