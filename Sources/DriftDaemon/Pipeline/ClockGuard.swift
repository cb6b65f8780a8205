public import DriftModel

/// Decides whether the wall clock may be believed: a wrong clock must not poison logical time.
public struct ClockGuard: Hashable, Sendable {
    /// Why the clock is not believed.
    public enum Doubt: Hashable, Sendable, CustomStringConvertible {
        /// The wall clock moved against the boot-time clock by this many seconds (negative: backwards).
        case stepped(bySeconds: Int64)
        /// The last commit is this many days ago.
        case longAbsence(days: Int64)

        public var description: String {
            switch self {
            case .stepped(let seconds):
                "the wall clock stepped by \(seconds) s against the boot-time clock"
            case .longAbsence(let days):
                "the last commit was \(days) days ago by the wall clock"
            }
        }
    }

    /// A step smaller than this is ordinary clock discipline.
    public static let stepSecondsMax: Int64 = 3_600
    /// A longer absence than this is more likely a wrong clock than a long holiday.
    public static let absenceDaysMax: Int64 = 60

    /// nil: the clock is believed.
    public private(set) var doubt: Doubt?
    private var lastWall: Instant
    private var lastBootSeconds: Int64

    /// - Parameters:
    ///   - wall: The wall clock at start.
    ///   - bootSeconds: Seconds since boot, suspended time included.
    ///   - lastCommit: The wall clock at the last commit of an earlier run.
    public init(wall: Instant, bootSeconds: Int64, lastCommit: Instant?) {
        lastWall = wall
        lastBootSeconds = bootSeconds
        guard let lastCommit else { return }
        let days = (wall.secondsFloor - lastCommit.secondsFloor) / 86_400
        if days > Self.absenceDaysMax { doubt = .longAbsence(days: days) }
    }

    /// Takes a new reading of both clocks.
    public mutating func observe(wall: Instant, bootSeconds: Int64) {
        let step = (wall.secondsFloor - lastWall.secondsFloor) - (bootSeconds - lastBootSeconds)
        if abs(step) > Self.stepSecondsMax { doubt = .stepped(bySeconds: step) }
        lastWall = wall
        lastBootSeconds = bootSeconds
    }

    /// A person, or time synchronisation, vouches for the clock.
    public mutating func accept() {
        doubt = nil
    }
}
