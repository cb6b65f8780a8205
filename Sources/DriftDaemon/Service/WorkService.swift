import DriftIntake
import DriftAlerts
import DriftModel
import DriftStore
import Logging
import ServiceLifecycle
import Synchronization
import Systemd

/// The work loop as a service: ready after recovery, turning whenever something wakes it, ending at the end of a
/// transaction.
actor WorkService: Service {
    private let executor = WorkExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private var assembly: Assembly
    private let lock: InstanceLock
    private let wakeUps: WakeUps
    private let status: DaemonStatus
    private let control: ControlDesk
    private(set) var summary = RunSummary()
    /// What the daemon waits for to pass, and how often it has tried in vain.
    private var trouble: (kind: Trouble, tries: Int)?
    /// What people are told of it.
    private var pauseAlert: PauseAlert?
    private let teller = TroubleTeller()

    /// A look at every directory happens at least so often, whatever the watcher says (seconds).
    private static let scanEverySeconds = 60.0

    init(assembly: Assembly, lock: InstanceLock, wakeUps: WakeUps, status: DaemonStatus, control: ControlDesk) {
        self.assembly = assembly
        self.lock = lock
        self.wakeUps = wakeUps
        self.status = status
        self.control = control
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await work()
        } onGracefulShutdown: { [wakeUps, status, notifier = assembly.notifier] in
            status.set(unready: "stopping")
            notifier.stopping(status: "finishing the transaction under way")
            wakeUps.requestStop()
        }
    }

    private func work() async throws {
        let notifier = assembly.notifier
        notifier.status("recovering")
        assembly.heart.starting()
        for warning in assembly.setup.warnings { assembly.log.warning("\(warning)") }
        defer { control.close() }
        var openGround: Assembly.Ground?
        var attended: Attended?
        defer { attended?.listener.stop() }
        var needsRecovery = false
        while !wakeUps.isStopping {
            do {
                // The database too is opened here: a disk may be full when the machine starts.
                let ground = try opened(&openGround)
                if attended == nil {
                    attended = try attend(on: ground)
                    if let attended { becomeReady(attended.loop) }
                }
                guard let current = attended else { continue }
                if needsRecovery {
                    try current.loop.recover(fromShortage: trouble?.kind.isForWantOfRoom ?? false)
                    needsRecovery = false
                }
                serveCommands(on: ground, current)
                if wakeUps.takeReload(), let reloaded = await reload(current, on: ground) { attended = reloaded }
                guard let loop = attended?.loop, case .idle(let until) = try loop.turn() else { continue }
                attended?.deliveries.wake()
                summary = loop.summary
                try await rest(loop, until: until, on: ground, attended)
            } catch {
                guard let trouble = Trouble(error) else { throw error }
                needsRecovery = attended != nil
                tell(of: trouble, on: openGround, attended)
                await sitOut(trouble, error, on: openGround)
            }
        }
        await attended?.deliveries.stop()
        try end(attended?.loop, openGround)
    }

    private func opened(_ ground: inout Assembly.Ground?) throws -> Assembly.Ground {
        if let ground { return ground }
        let opened = try assembly.ground(lock: lock)
        ground = opened
        return opened
    }

    private func end(_ loop: WorkLoop?, _ ground: Assembly.Ground?) throws {
        assembly.notifier.stopping(status: "stopped")
        try ground?.store.close()
        if let store = ground?.store, !store.isMarkedClosed {
            assembly.log.warning("the database could not be marked as closed: the next start checks it")
        }
        if let loop {
            summary = loop.summary
            assembly.log.info("stopped: \(StatusLine.text(loop))")
        }
        _ = assembly.journal.flush(waitMilliseconds: 1_000)
    }

    // MARK: Trouble

    private func becomeReady(_ loop: WorkLoop) {
        assembly.notifier.ready(status: "ready")
        assembly.heart.started()
        status.set(unready: nil)
        assembly.log.info("ready: \(StatusLine.text(loop)); SQLite \(Store.sqliteVersion)")
    }

    /// Nothing is left to do, or nothing that there is room for.
    private func rest(
        _ loop: WorkLoop, until due: Instant?, on ground: Assembly.Ground, _ current: Attended?
    ) async throws {
        let pause = pause(until: due)
        guard let shortage = loop.shortage else {
            // What was written now is delivered in a turn of its own.
            if try teller.write(by: assembly.ownAlerts, in: ground.store) { wakeUps.wake() }
            endTrouble()
            assembly.notifier.status(StatusLine.text(loop))
            return await wakeUps.wait(microsecondsMax: pause)
        }
        tell(of: Trouble(shortage), on: ground, current)
        begin(Trouble(shortage), "\(shortage)")
        assembly.notifier.status("paused: \(Trouble(shortage)): \(shortage)")
        let room = RoomWatch(shortage, files: assembly.world.files)
        let end = MonotonicClock.microseconds() + UInt64(pause)
        while !wakeUps.isStopping, !wakeUps.takeNews(), !room.hasMore() {
            let now = MonotonicClock.microseconds()
            guard now < end else { return }
            await wakeUps.wait(microsecondsMax: min(Int64(end - now), RoomWatch.lookEveryMicroseconds))
        }
    }

    /// An error that may pass: waits a while, or until there is room.
    private func sitOut(_ found: Trouble, _ error: any Error, on ground: Assembly.Ground?) async {
        begin(found, "\(error)")
        let seconds = Trouble.pauseSeconds(afterTries: trouble?.tries ?? 0)
        trouble?.tries += 1
        let configuration = assembly.setup.configuration
        let room = RoomWatch(
            found.isForWantOfRoom ? [configuration.stateDirectory, configuration.spoolDirectory] : [],
            files: assembly.world.files)
        let wake = found.isForWantOfRoom ? "when there is room, or every \(seconds) s" : "every \(seconds) s"
        assembly.notifier.status("paused: \(found); trying again \(wake)")
        let end = MonotonicClock.microseconds() + UInt64(seconds) * 1_000_000
        while !wakeUps.isStopping, !room.hasMore() {
            let now = MonotonicClock.microseconds()
            guard now < end else { return }
            assembly.heart.beat()
            if let ground { serveCommands(on: ground) }
            await wakeUps.wait(microsecondsMax: min(Int64(end - now), RoomWatch.lookEveryMicroseconds))
        }
    }

    /// Pauses: said once per episode in the log, all the time in the status line and to whoever asks whether it is ready.
    private func begin(_ found: Trouble, _ details: String) {
        guard trouble?.kind != found else { return }
        assembly.log.error("paused: \(found) (\(found.hint)): \(details)")
        trouble = (found, trouble?.tries ?? 0)
        status.set(unready: "paused: \(found)")
    }

    private func endTrouble() {
        guard let over = trouble else { return }
        assembly.log.notice("going on: it was \(over.kind)")
        trouble = nil
        status.set(unready: nil)
        pauseAlert = nil
    }

    /// Tells people, as soon as the trouble is one for them.
    private func tell(of found: Trouble, on ground: Assembly.Ground?, _ current: Attended?) {
        let now = assembly.world.now()
        var alert = pauseAlert ?? PauseAlert(found, since: now)
        if let due = alert.takeDue(now: now) {
            let way = assembly.wayPastTheDatabase(current?.deliveries)
            teller.tell(due, by: assembly.ownAlerts, in: ground?.store, now: now, pastIt: way)
        }
        pauseAlert = alert
        // Local destinations are served by the work, which stands still.
        _ = try? current?.loop.alerts.dispatcher.flush(now: now)
        current?.deliveries.wake()
    }

    // MARK: Commands

    /// Does what came in through the control socket.
    private func serveCommands(on ground: Assembly.Ground, _ current: Attended? = nil) {
        control.serve {
            ControlGround(
                store: ground.store, configuration: assembly.setup.configuration, now: assembly.world.now(),
                trouble: trouble.map { "\($0.kind) (\($0.kind.hint))" },
                retried: { current?.retry($0) })
        }
    }

    // MARK: Loop and watcher

    /// A loop that has recovered, and what wakes it.
    private struct Attended {
        var loop: WorkLoop
        var listener: ArrivalListener
        /// Destinations that take their time.
        var deliveries: DeliveryRunner

        func retry(_ destination: String?) {
            loop.alerts.dispatcher.forgive(destination)
            deliveries.retry(destination)
        }
    }

    /// Builds the loop, finishes what was begun, watches. A directory's first signal comes when its watch is armed,
    /// so that nothing falls between the first scan and the watch.
    private func attend(on ground: Assembly.Ground, after before: WorkLoop? = nil) throws -> Attended {
        let arrivals = Arrivals()
        let loop = try assembly.workLoop(
            on: ground, arrivals: arrivals, isStopping: { [wakeUps] in wakeUps.isStopping })
        let configuration = assembly.setup.configuration
        loop.onBacklog = { [notifier = assembly.notifier] in notifier.status($0) }
        let deliveries = try assembly.deliveries(on: ground)
        loop.betweenChunks = { [control, world = assembly.world] in
            control.serve {
                ControlGround(
                    store: ground.store, configuration: configuration, now: world.now(), retried: deliveries.retry)
            }
        }
        if let before {
            loop.before = before.summary
            loop.summary = before.summary
            loop.clock = before.clock
        }
        try assembly.recover(loop)
        let way = assembly.wayPastTheDatabase(deliveries)
        let listener = ArrivalListener(
            sources: assembly.setup.configuration.sources, arrivals: arrivals, wakeUps: wakeUps, log: assembly.log,
            onOverflow: { [teller, own = assembly.ownAlerts, world = assembly.world, wakeUps] in
                let now = world.now()
                teller.tell(.overflow(now: now), by: own, in: ground.store, now: now, pastIt: way)
                wakeUps.wake()
            })
        deliveries.start()
        return Attended(loop: loop, listener: listener, deliveries: deliveries)
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

    // MARK: Reload

    /// Waits for the deliveries under way, at most as long as each may take, and says meanwhile that all is well.
    private func settle(_ deliveries: DeliveryRunner) async {
        deliveries.requestStop()
        assembly.notifier.status("reloading: deliveries under way come to their end")
        let isDone = Mutex(false)
        let ending = Task { [wakeUps] in
            await deliveries.stop()
            isDone.withLock { $0 = true }
            wakeUps.wake()
        }
        while !wakeUps.isStopping, !isDone.withLock({ $0 }) {
            assembly.heart.beat()
            await wakeUps.wait(microsecondsMax: assembly.heart.idleMicrosecondsMax.map { Int64($0) } ?? 60_000_000)
        }
        await ending.value
    }

    /// Reads the files again, between two turns: nothing is under way.
    /// - Returns: What goes on from here; nil: what was there.
    private func reload(_ current: Attended, on ground: Assembly.Ground) async -> Attended? {
        let log = assembly.log
        assembly.notifier.reloading(monotonicMicroseconds: MonotonicClock.microseconds())
        defer { assembly.notifier.ready() }
        let old = assembly.setup
        do {
            let new = try Setup.load(configPath: assembly.options.configPath, world: assembly.world)
            switch Reload.decide(old: old, new: new) {
            case .nothingNew:
                log.info("reload: nothing has changed")
                return nil
            case .restartNeeded(let keys):
                log.warning("reload: nothing taken: a new \(keys.joined(separator: " and ")) needs a restart")
                return nil
            case .take(let setup, let waiting):
                for warning in setup.warnings { log.warning("\(warning)") }
                assembly.setup = setup
                // What is under way ends with the old destinations; the next attempt takes the new.
                await settle(current.deliveries)
                let reloaded = try attend(on: ground, after: current.loop)
                current.listener.stop()
                let rest = waiting.isEmpty ? "" : "; \(waiting.joined(separator: ", ")) is taken at the next restart"
                log.notice("reload: the new configuration is in force\(rest)")
                return reloaded
            }
        } catch {
            assembly.setup = old
            current.deliveries.start()
            log.error("reload: the old configuration stays in force: \(error)")
            return nil
        }
    }
}
