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
    private var isReady = false
    /// What the daemon waits for to pass, and how often it has tried in vain.
    private var trouble: (kind: Trouble, tries: Int)?

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
        var watching: Watching?
        defer { watching?.stop() }
        var needsRecovery = true
        while !wakeUps.isStopping {
            do {
                if needsRecovery {
                    try trouble == nil ? loop.recover() : loop.recoverFromTrouble()
                    needsRecovery = false
                    // The directories are there now; what came before is found by the first scan.
                    if watching == nil { watching = Watching(assembly, wakeUps) }
                    readyAgain(loop)
                }
                if wakeUps.takeReload() { reload() }
                guard case .idle(let until) = try loop.turn() else { continue }
                endTrouble()
                summary = loop.summary
                notifier.status(StatusLine.text(loop))
                await wakeUps.wait(microsecondsMax: pause(until: until))
            } catch {
                guard let trouble = Trouble(error) else { throw error }
                needsRecovery = true
                await sitOut(trouble, error)
            }
        }
        notifier.stopping(status: "stopped")
        summary = loop.summary
        try loop.store.close()
        _ = assembly.journal.flush(waitMilliseconds: 1_000)
    }

    // MARK: Trouble

    private func readyAgain(_ loop: WorkLoop) {
        if isReady { return }
        isReady = true
        assembly.notifier.ready(status: "ready")
        assembly.log.info("ready: \(StatusLine.text(loop))")
    }

    /// Pauses: said once per episode in the log, all the time in the status line.
    private func sitOut(_ found: Trouble, _ error: any Error) async {
        if trouble?.kind != found {
            assembly.log.error("paused: \(found) (\(found.hint)): \(error)")
            trouble = (found, trouble?.tries ?? 0)
        }
        let seconds = Trouble.pauseSeconds(afterTries: trouble?.tries ?? 0)
        trouble?.tries += 1
        assembly.notifier.status("paused: \(found); trying again every \(seconds) s")
        let end = MonotonicClock.microseconds() + UInt64(seconds) * 1_000_000
        while !wakeUps.isStopping {
            let now = MonotonicClock.microseconds()
            guard now < end else { return }
            assembly.heart.beat()
            let beat = assembly.heart.idleMicrosecondsMax.map { Int64($0) } ?? .max
            await wakeUps.wait(microsecondsMax: min(Int64(end - now), beat))
        }
    }

    private func endTrouble() {
        guard let over = trouble else { return }
        assembly.log.notice("going on: it was \(over.kind)")
        trouble = nil
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
