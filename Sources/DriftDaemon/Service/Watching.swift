import DriftIntake
import Logging

/// The watcher of all sources' directories, and the task that passes on what it sees.
struct Watching {
    private let watcher: Watcher
    private let listening: Task<Void, Never>

    init(_ assembly: Assembly, _ wakeUps: WakeUps) {
        let sources = assembly.setup.configuration.sources
        let watcher = Watcher(roots: sources.map(\.directory))
        self.watcher = watcher
        listening = Task { [arrivals = assembly.arrivals, log = assembly.log] in
            // Said once per episode.
            var degraded: [Int: String] = [:]
            for await signal in watcher.signals {
                if let reason = signal.degraded, degraded[signal.root] != reason {
                    log.warning("source \(sources[signal.root].name): scanning every few seconds instead: \(reason)")
                }
                degraded[signal.root] = signal.degraded
                arrivals.note(source: signal.root, signal.completed)
                wakeUps.wake()
            }
        }
    }

    func stop() {
        watcher.stop()
        listening.cancel()
    }
}
