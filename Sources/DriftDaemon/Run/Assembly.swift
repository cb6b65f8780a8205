import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore
import Logging
import Systemd

/// Puts the parts together, in the order in which they depend on each other.
struct Assembly {
    let world: World
    let options: RunOptions
    /// What the files say; a reload takes another.
    var setup: Setup
    let zones: SystemZones
    let journal: JournalWriter
    let notifier: ServiceNotifier
    let heart: ProgressHeart
    let log: Logger
    let listenSockets: [ListenSockets.Socket]

    init(options: RunOptions, world: World) throws {
        self.options = options
        self.world = world
        zones = SystemZones()
        let journal = JournalWriter(target: .ofProcess(environment: world.environment))
        self.journal = journal
        log = Logger(label: "segdrift") { JournalLogHandler(label: $0, writer: journal) }
        notifier = ServiceNotifier(environment: world.environment)
        heart = ProgressHeart(
            notifier: notifier,
            budget: WatchdogBudget(environment: world.environment, processID: World.processID))
        listenSockets = ListenSockets(environment: world.environment, processID: World.processID).sockets
        setup = try Setup.load(configPath: options.configPath, world: world, zones: zones)
    }

    /// What outlives a reload: the state directory is this process's alone, and its database is open.
    struct Ground {
        let lock: InstanceLock
        let store: Store
        let mark: WorkMark
    }

    /// Opens the database.
    /// - Parameter lock: On the state directory; nil: it is taken first.
    func ground(lock: InstanceLock? = nil) throws -> Ground {
        Ground(
            lock: try lock ?? self.lock(), store: try open(setup.configuration),
            mark: WorkMark(directory: setup.configuration.stateDirectory))
    }

    /// Makes the loop ready to turn.
    func workLoop(on ground: Ground, arrivals: Arrivals, isStopping: @escaping () -> Bool) throws -> WorkLoop {
        let configuration = setup.configuration
        let now = world.now()
        let store = ground.store
        let running = try RunningModel.choose(setup: setup, store: store, zones: zones, now: now)
        if running.fileDiffers {
            log.notice(
                "\(configuration.model) differs from the active model; going on with version \(running.stored.version.prefix(12)): run 'segdrift plan', then 'segdrift apply'"
            )
        }
        let desk = CustomerDesk(
            engine: running.engine, stored: running.stored, bytesMax: Int(configuration.memoryBudgetBytes),
            threads: options.workThreads)
        let planner = AlertPlanner(
            engine: running.engine,
            settings: AlertSettings(
                instance: configuration.instance, destinations: configuration.destinations,
                naming: CustomerNaming(key: try namingKey(store)),
                hashCustomersInLogs: configuration.privacy.hashCustomersInLogs))
        try store.write { try planner.forgetRemovedRules(now: now, $0) }
        let destinations = configuration.destinations.withOwnJournal
        let dispatcher = Dispatcher(
            sinks: SinkFactory.sinks(
                for: destinations, stateDirectory: configuration.stateDirectory, journal: journal,
                isPatient: options.once),
            outbox: try outbox(store), own: ownAlerts, jitter: world.jitter)
        var clock = ClockGuard(
            wall: now, bootSeconds: world.bootSeconds(),
            lastCommit: try store.write { try $0.meta(MetaKey.lastCommit) }
                .flatMap(Int64.init).map(Instant.init(microseconds:)))
        if options.acceptClock { clock.accept() }
        let tally = MoveTally()
        let intake = try intake(store, running.engine, configuration, arrivals, ground.mark)
        intake.onRefused = { [own = ownAlerts] facts, reason, transaction in
            let now = world.now()
            let planned = try planner.planIntake(facts, now: now, ledger: transaction)
            tally.add(planned)
            // A rule of the model's that is about it says more, or is quiet for a reason.
            guard planned == AlertCounts() else { return }
            try own.tell(.quarantined(facts, reason: reason), now: now, ledger: transaction)
        }
        intake.onFeed = { facts, transaction in
            tally.add(try planner.planFeed(facts, now: world.now(), ledger: transaction))
        }
        return WorkLoop(
            world: world, configuration: configuration, store: store, desk: desk,
            intake: intake, planner: planner, tally: tally,
            alerts: AlertDesk(
                store: store, planner: planner, dispatcher: dispatcher,
                served: destinations.filter { SinkFactory.isLocal($0.kind) }.map(\.name),
                troubles: OwnTroubleDesk(store: store, own: ownAlerts, sources: configuration.sources)), heart: heart,
            log: log,
            options: options, clock: clock, lock: ground.lock, mark: ground.mark,
            chunkRecords: options.chunkRecords(within: configuration.memoryBudgetBytes),
            isStopping: isStopping)
    }

    /// The way out of the database, held to each destination's rate.
    func outbox(_ store: Store) throws -> RatedOutbox {
        let configuration = setup.configuration
        return RatedOutbox(
            store: store, destinations: configuration.destinations.withOwnJournal, instance: configuration.instance,
            naming: CustomerNaming(key: try namingKey(store)),
            hashCustomersInLogs: configuration.privacy.hashCustomersInLogs)
    }

    /// What tells of the daemon's own trouble.
    var ownAlerts: OwnAlerts {
        let configuration = setup.configuration
        return OwnAlerts(
            instance: configuration.instance, destinations: configuration.destinations.withOwnJournal.map(\.name))
    }

    /// One instance per state directory, for as long as the lock lives.
    func lock() throws -> InstanceLock {
        let directory = setup.configuration.stateDirectory
        do {
            try SystemSpoolFiles().createDirectory(directory, mode: 0o750)
            if let lock = try InstanceLock.acquire(directory: directory) { return lock }
        } catch {
            throw DaemonError(
                .cannotCreate, error.description, hint: "the state directory must exist and belong to this user")
        }
        throw DaemonError(
            .busy, "\(directory): another instance is running on this state directory",
            hint: "wait for it, or stop it first")
    }

    private func intake(
        _ store: Store, _ engine: Engine, _ configuration: Configuration, _ arrivals: Arrivals, _ mark: WorkMark
    ) throws -> IntakeDesk {
        var plans: [String: SourcePlan] = [:]
        for source in configuration.sources {
            plans[source.name] = try SourcePlan(
                source: source, model: engine.model, zone: engine.axis.zone, zones: zones.lookup)
        }
        return IntakeDesk(
            store: store, configuration: configuration, plans: plans, asOf: options.asOf, arrivals: arrivals,
            mark: mark, log: log, files: world.files, pause: world.pause)
    }

    private func open(_ configuration: Configuration) throws -> Store {
        do {
            let store = try Store.open(path: configuration.databasePath)
            if store.wasUnclean {
                log.notice(
                    "the last run did not end in order; \(store.recoveredPages) pages were recovered from the database's log, and it was checked and is whole"
                )
            }
            return store
        } catch let error as StoreError where error.needsPerson || error.isIOFailure || Trouble(error) != nil {
            throw error
        } catch let error as StoreError {
            throw DaemonError(
                .cannotCreate, "\(configuration.databasePath): \(error)",
                hint: "the state directory must exist and belong to this user")
        }
    }

    /// What hashes of customers' names are keyed with: made once per database.
    private func namingKey(_ store: Store) throws -> [UInt8] {
        try store.write { transaction in
            if let kept = try transaction.meta(MetaKey.namingKey) { return Array(kept.utf8) }
            let digits = Array("0123456789abcdef".utf8)
            let key = world.secretBytes(32).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            try transaction.setMeta(MetaKey.namingKey, String(decoding: key, as: UTF8.self))
            return key
        }
    }
}

extension Assembly {
    /// What was begun before the last stop.
    /// - Throws: ``DaemonError`` naming what a person must open where the spool cannot be used.
    func recover(_ loop: WorkLoop) throws {
        do {
            try loop.recover()
        } catch let error as IntakeError where error.kind == .otherFileSystem || error.kind == .full {
            throw error
        } catch let error as IntakeError {
            throw DaemonError(
                .cannotCreate, "\(error)",
                hint: "the spool \(setup.configuration.spoolDirectory) and the directories of all sources must lie on "
                    + "one file system and belong to the daemon's user")
        }
    }
}
