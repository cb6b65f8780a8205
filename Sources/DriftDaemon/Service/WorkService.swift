import DriftIntake
import DriftModel
import DriftStore
import Logging
import ServiceLifecycle
import Systemd

/// The work loop as a service: ready after recovery, turning whenever something wakes it, ending at the end of a
/// transaction.
actor WorkService: Service {
    private let executor = WorkExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private let assembly: Assembly
    private let wakeUps: WakeUps
    private(set) var summary = RunSummary()

    /// A look at every directory happens at least so often, whatever the watcher says (seconds).
    private static let scanEverySeconds = 60.0

    init(assembly: Assembly, wakeUps: WakeUps) {
        self.assembly = assembly
        self.wakeUps = wakeUps
    }

    func run() async throws {
        let wakeUps = wakeUps
        let notifier = assembly.notifier
        try await withGracefulShutdownHandler {
            try await work()
        } onGracefulShutdown: {
            notifier.stopping(status: "finishing the transaction under way")
            wakeUps.requestStop()
        }
    }

    private func work() async throws {
        let notifier = assembly.notifier
        notifier.status("recovering")
        let loop = try assembly.workLoop(isStopping: { [wakeUps] in wakeUps.isStopping })
        let watcher = Watcher(roots: assembly.setup.configuration.sources.map(\.directory))
        let listening = Task { [arrivals = assembly.arrivals, wakeUps, log = assembly.log] in
            for await signal in watcher.signals {
                if let reason = signal.degraded { log.warning("source \(signal.root): scanning instead: \(reason)") }
                arrivals.note(source: signal.root, signal.completed)
                wakeUps.wake()
            }
        }
        defer {
            watcher.stop()
            listening.cancel()
        }
        try loop.recover()
        notifier.ready(status: "ready")
        assembly.log.info("ready: \(StatusLine.text(loop))")
        while !wakeUps.isStopping {
            if wakeUps.takeReload() { reload() }
            switch try loop.turn() {
            case .stopped: break
            case .idle(let until):
                summary = loop.summary
                notifier.status(StatusLine.text(loop))
                await wakeUps.wait(microsecondsMax: pause(until: until))
            }
        }
        notifier.stopping(status: "stopped")
        summary = loop.summary
        try loop.store.close()
        _ = assembly.journal.flush(waitMilliseconds: 1_000)
    }

    /// How long to sleep: until something is due, at most until the next scan, and never past a watchdog beat.
    private func pause(until due: Instant?) -> Int64 {
        let jitter = 1 + assembly.world.jitter() / 10
        var pause = Int64(Self.scanEverySeconds * jitter * 1_000_000)
        if let due {
            // What is overdue right after a turn cannot be helped yet (a destination that is down): no busy loop.
            let ahead = due.microseconds - assembly.world.now().microseconds
            pause = min(pause, ahead > 0 ? ahead : 1_000_000)
        }
        if let beat = assembly.heart.idleMicrosecondsMax { pause = min(pause, Int64(beat)) }
        return pause
    }

    /// Checks the files again; what can be taken without a restart is taken, the rest is said.
    private func reload() {
        assembly.notifier.reloading(monotonicMicroseconds: MonotonicClock.microseconds())
        do {
            let setup = try Setup.load(configPath: assembly.options.configPath, world: assembly.world)
            if setup.configuration == assembly.setup.configuration
                && setup.model.version == assembly.setup.model.version
            {
                assembly.log.info("reload: nothing has changed")
            } else {
                assembly.log.notice("reload: the files are valid and differ; they are taken at the next restart")
            }
        } catch {
            assembly.log.error("reload: the old configuration stays in force: \(error)")
        }
        assembly.notifier.ready()
    }
}
