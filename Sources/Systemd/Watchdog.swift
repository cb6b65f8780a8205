internal import Synchronization

/// How often the service manager wants to hear from the daemon.
public struct WatchdogBudget: Hashable, Sendable {
    /// Silence after which the manager kills the daemon, in microseconds.
    public var intervalMicroseconds: UInt64

    public init(intervalMicroseconds: UInt64) {
        self.intervalMicroseconds = intervalMicroseconds
    }

    /// Reads `WATCHDOG_USEC` and `WATCHDOG_PID`.
    /// - Returns: nil when no watchdog is set, or it is meant for another process.
    public init?(environment: [String: String], processID: Int32) {
        guard let interval = environment["WATCHDOG_USEC"].flatMap(UInt64.init), interval > 0 else { return nil }
        if let process = environment["WATCHDOG_PID"], process != String(processID) { return nil }
        intervalMicroseconds = interval
    }

    /// A third of the interval: two beats may be lost before the daemon is.
    public var beatEveryMicroseconds: UInt64 { max(1, intervalMicroseconds / 3) }
}

/// The daemon's pulse: the *work* calls ``beat()`` whenever it has moved on (a chunk, a part of a pass, a turn
/// of the idle loop), and the watchdog hears of it at most three times per interval.
///
/// There is deliberately no timer here: a timer keeps a wedged daemon looking healthy.
public final class ProgressHeart: Sendable {
    private let notifier: ServiceNotifier
    private let everyMicroseconds: UInt64?
    private let now: @Sendable () -> UInt64
    private let nextBeatAt = Atomic<UInt64>(0)
    private let lastBeatAt: Atomic<UInt64>
    private let isStarting = Atomic<Bool>(false)

    /// While starting: how long each beat asks for, and how often (microseconds).
    private static let startExtension: UInt64 = 60_000_000
    private static let startEvery: UInt64 = 5_000_000

    /// - Parameters:
    ///   - budget: nil: no watchdog, beats do nothing.
    ///   - now: Monotonic microseconds.
    public init(
        notifier: ServiceNotifier, budget: WatchdogBudget?,
        now: @escaping @Sendable () -> UInt64 = MonotonicClock.microseconds
    ) {
        self.notifier = notifier
        self.everyMicroseconds = budget?.beatEveryMicroseconds
        self.watchdogMicroseconds = budget?.intervalMicroseconds
        self.now = now
        lastBeatAt = Atomic(now())
    }

    /// Silence after which the manager kills the daemon, in microseconds; nil: no watchdog is set.
    public let watchdogMicroseconds: UInt64?

    /// How long ago the work last moved on.
    public var silenceMicroseconds: UInt64 {
        let last = lastBeatAt.load(ordering: .relaxed)
        let now = now()
        return now > last ? now - last : 0
    }

    /// From here to ``started()`` every sign of progress also asks the manager for more time: a long recovery is
    /// no failed start.
    public func starting() {
        isStarting.store(true, ordering: .relaxed)
    }

    /// The daemon is ready; from here on the watchdog counts.
    public func started() {
        isStarting.store(false, ordering: .relaxed)
        nextBeatAt.store(0, ordering: .relaxed)
        beat()
    }

    /// The longest that an idle loop may wait before its next ``beat()``, in microseconds; nil: any time.
    public var idleMicrosecondsMax: UInt64? { everyMicroseconds }

    /// Work has moved on. Cheap enough for every few thousand records; thread-safe.
    /// - Returns: Whether the manager was told.
    @discardableResult
    public func beat() -> Bool {
        let now = now()
        lastBeatAt.store(now, ordering: .relaxed)
        let isStarting = isStarting.load(ordering: .relaxed)
        guard let everyMicroseconds = isStarting ? Self.startEvery : everyMicroseconds else { return false }
        let due = nextBeatAt.load(ordering: .relaxed)
        guard now >= due else { return false }
        let next = now + everyMicroseconds
        guard nextBeatAt.compareExchange(expected: due, desired: next, ordering: .relaxed).exchanged else {
            return false
        }
        if isStarting {
            notifier.extendTimeout(microseconds: Self.startExtension)
        } else {
            notifier.watchdog()
        }
        return true
    }
}
