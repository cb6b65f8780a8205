import DriftIntake
import Logging

/// Hears from the watcher what may have arrived, and wakes the work.
final class ArrivalListener: Sendable {
    private let watcher: Watcher
    private let task: Task<Void, Never>

    /// Starts to listen.
    init(sources: [SourceConfiguration], arrivals: Arrivals, wakeUps: WakeUps, log: Logger) {
        let watcher = Watcher(roots: sources.map(\.directory))
        self.watcher = watcher
        task = Task {
            // Said once per episode.
            var degraded: [Int: String] = [:]
            for await signal in watcher.signals {
                if let reason = signal.degraded, degraded[signal.root] != reason {
                    log.warning("source \(sources[signal.root].name): scanning instead of watching: \(reason)")
                }
                degraded[signal.root] = signal.degraded
                arrivals.note(source: signal.root, signal.completed)
                wakeUps.wake()
            }
        }
    }

    /// Ends it; further signals are nobody's.
    func stop() {
        watcher.stop()
        task.cancel()
    }
}
