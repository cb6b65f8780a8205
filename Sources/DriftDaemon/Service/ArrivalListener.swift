import DriftIntake
import Logging
import Systemd

/// Hears from the watcher what may have arrived, and wakes the work.
final class ArrivalListener: Sendable {
    private let watcher: Watcher
    private let task: Task<Void, Never>

    /// An overflow is told again after so long (microseconds).
    private static let overflowSilence: UInt64 = 600_000_000

    /// Starts to listen.
    init(
        sources: [SourceConfiguration], arrivals: Arrivals, wakeUps: WakeUps, log: Logger,
        onOverflow: @escaping @Sendable () -> Void
    ) {
        let watcher = Watcher(roots: sources.map(\.directory))
        self.watcher = watcher
        task = Task {
            // Said once per episode.
            var degraded: [Int: String] = [:]
            var overflowToldAt: UInt64?
            for await signal in watcher.signals {
                let name = sources[signal.root].name
                if let reason = signal.degraded, degraded[signal.root] != reason {
                    log.warning("source \(name): scanned every few seconds instead of watched: \(reason)")
                } else if signal.degraded == nil, degraded[signal.root] != nil {
                    log.notice("source \(name): watched again")
                }
                degraded[signal.root] = signal.degraded
                if signal.hasOverflowed {
                    arrivals.forget(source: signal.root)
                    let now = MonotonicClock.microseconds()
                    if overflowToldAt.map({ now > $0 + Self.overflowSilence }) ?? true {
                        overflowToldAt = now
                        log.warning(
                            "more happened in the spool than the kernel could tell (fs.inotify.max_queued_events): all of it is scanned, nothing is missed"
                        )
                        onOverflow()
                    }
                }
                arrivals.note(source: signal.root, unwatched: signal.degraded)
                arrivals.note(source: signal.root, signal.signs)
                if signal.isUrgent { wakeUps.wake() }
            }
        }
    }

    /// Ends it; further signals are nobody's.
    func stop() {
        watcher.stop()
        task.cancel()
    }
}
