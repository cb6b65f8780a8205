import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore
import Logging
import Systemd

/// Everything between a file and its alerts, one thing after another on one thread:
/// take in what has arrived, apply it in the order of its time, move logical time on, tell people.
///
/// Holds no decision that is not written in the ledger first, so that it can be killed at any instruction and
/// started again.
final class WorkLoop {
    let world: World
    let mark: WorkMark
    let configuration: Configuration
    let store: Store
    let desk: CustomerDesk
    let intake: IntakeDesk
    let planner: AlertPlanner
    let tally: MoveTally
    let alerts: AlertDesk
    private let retention: RetentionDesk
    private let pageCheck: PageCheckDesk
    let heart: ProgressHeart
    let log: Logger
    let options: RunOptions
    let isStopping: () -> Bool
    /// Most records in one transaction.
    let chunkRecords: Int
    /// The same, and most customers walked, on a disk that is nearly full: the WAL of a transaction takes room too.
    static let recordsMaxInNeed = 64
    /// Held for as long as the loop lives.
    private let lock: InstanceLock
    /// Told what became of each chunk's records, after its commit.
    var onApplied: (FileCounts) -> Void = { _ in }
    var clock: ClockGuard
    var summary = RunSummary()
    /// Alerts planned outside the transactions that record moves: groups and digests.
    private var told = 0
    private var hasGathered = false
    private var needsResume = false
    /// Why files are left waiting; nil: none is, for want of room.
    private(set) var shortage: DiskShortage?
    private var firstLookEndedAt: Int64?
    /// Lets commands of people in where no transaction is open and nothing is half done.
    var betweenChunks: () -> Void = {}
    /// Told now and then how far a long turn has come.
    var onBacklog: (String) -> Void = { _ in }
    private var backlog = Backlog()
    /// What this process did before its configuration was last taken.
    var before = RunSummary()

    init(
        world: World, configuration: Configuration, store: Store, desk: CustomerDesk, intake: IntakeDesk,
        planner: AlertPlanner, tally: MoveTally, alerts: AlertDesk, heart: ProgressHeart, log: Logger,
        options: RunOptions,
        clock: ClockGuard, lock: InstanceLock, mark: WorkMark, chunkRecords: Int, isStopping: @escaping () -> Bool
    ) {
        self.chunkRecords = chunkRecords
        self.mark = mark
        retention = RetentionDesk(
            store: store, configuration: configuration, model: desk.engine.model, files: world.files, log: log)
        pageCheck = PageCheckDesk(store: store, log: log)
        self.world = world
        self.configuration = configuration
        self.store = store
        self.desk = desk
        self.intake = intake
        self.planner = planner
        self.tally = tally
        self.alerts = alerts
        self.heart = heart
        self.log = log
        self.options = options
        self.clock = clock
        self.lock = lock
        self.isStopping = isStopping
        intake.onTaken = { [weak self] claimed, left in self?.sayReading(claimed, left) }
    }

    /// How a turn ended.
    enum Turn: Equatable {
        /// Nothing is left to do before an instant of the wall clock; nil: before something arrives.
        case idle(until: Instant?)
        /// It was asked to stop, and did so at the end of a transaction.
        case stopped
    }

    /// After an error that passes: goes on as after a start, but nothing is held against the files.
    /// - Parameter wasShortOfRoom: The disk was full.
    func recover(fromShortage wasShortOfRoom: Bool) throws {
        if wasShortOfRoom {
            store.isShortOfRoom = true
            // Pages that lie in the WAL as well as in the database are room, and every vain try adds some.
            try store.checkpoint(idle: true)
        }
        try intake.forgiveOpenAttempts()
        try recover()
    }

    /// What was begun before the last stop, first of all: moves of files now, the set being applied and the walk in
    /// the next turn.
    func recover() throws {
        if try intake.isDatabasesDiskNearlyFull() { store.isShortOfRoom = true }
        try alerts.dispatcher.recover(
            configured: configuration.destinations.withOwnJournal.map(\.name), now: world.now())
        try intake.recover(now: world.now())
        try foldStates()
        needsResume = true
    }

    /// Takes up the set being applied and the walk.
    /// - Returns: False when it was asked to stop in between.
    private func resume() throws -> Bool {
        guard needsResume else { return true }
        guard try resumeSet(), try resumeWalk() else { return false }
        needsResume = false
        return true
    }

    /// Says that the work gets on.
    /// - Returns: False when it is asked to stop.
    func goesOn() -> Bool {
        _ = heart.beat()
        return !isStopping()
    }

    /// Does all there is to do now.
    func turn() throws -> Turn {
        let turn = try work()
        // Nobody may be without a name in what people look at while it is stopped.
        if turn == .stopped, desk.hasNewCustomers, desk.isFoldShort { try foldStates() }
        return turn
    }

    private func work() throws -> Turn {
        try store.verifySameFile()
        clock.observe(wall: world.now(), bootSeconds: world.bootSeconds())
        heart.beat()
        guard try resume() else { return .stopped }
        let lookedAt = world.bootSeconds()
        try takeIn()
        if isGathering(lookedAt), let again = intake.lookAgainAt { return .idle(until: again) }
        backlog.begin(at: world.bootSeconds(), finished: intake.finished)
        var heldBack: Instant?
        repeat {
            while let (set, firstWaiting) = try nextSet() {
                try sayBacklog()
                guard try hasRoom(for: set) else {
                    heldBack = firstWaiting
                    break
                }
                guard try moveTime(firstWaiting: firstWaiting), try apply(set) else { return .stopped }
                try takeIn(isBetween: true)
            }
        } while try heldBack == nil && takeInWhatWasLeft()
        // What nobody has read may begin before anything else.
        guard try intake.shortage != nil || moveTime(firstWaiting: heldBack) else { return .stopped }
        // What is told may name them.
        if desk.hasNewCustomers { try foldStates() }
        try tellPeople()
        try foldStates()
        if let time = summary.logicalTime { try store.write(.redoable) { try $0.dropCooldowns(endedBefore: time) } }
        try store.checkpoint(idle: true)
        if try checkPages() || retire() {
            return .idle(until: Instant(microseconds: world.now().microseconds + 50_000))
        }
        if let shortage { return try waitForRoom(shortage) }
        if !options.once, let tick = try store.write({ try $0.nextWakeTick() }) { try desk.warm(tick, store) }
        // A piece at a time: what arrives meanwhile comes first.
        if !options.once, try desk.preload(store) {
            return .idle(until: Instant(microseconds: world.now().microseconds + 2_000))
        }
        if !options.once, try intake.compressArchive(goesOn: goesOnUntilDue()) { return .idle(until: world.now()) }
        return isStopping() ? .stopped : .idle(until: try nextDue())
    }

    /// Has a part of the database's pages checked, if that is due: a piece, or all of it where there is no next turn.
    /// - Returns: Whether there is more.
    private func checkPages() throws -> Bool {
        guard clock.doubt == nil else { return false }
        let goesOn = options.once ? goesOn : try goesOnUntilDue()
        while try pageCheck.step(now: world.now(), goesOn: { goesOn() && (options.once || !intake.arrivals.hasSome) }) {
            if !options.once || !goesOn() { return true }
        }
        return false
    }

    /// For long work that nobody waits for: asks it to end when the next thing is due by itself. What is overdue already
    /// waits for something else.
    private func goesOnUntilDue() throws -> () -> Bool {
        let due = try nextDue()
        let isAhead = due.map { $0 > world.now() } ?? false
        return { [self] in
            if isAhead, let due, world.now() >= due { return false }
            return goesOn()
        }
    }

    /// Deletes what is kept no longer: a piece, or all of it where there is no next turn.
    /// - Returns: Whether there is more.
    private func retire() throws -> Bool {
        // A day that is doubted must not cost anybody a file.
        guard clock.doubt == nil else { return false }
        while try retention.step(now: world.now()) {
            if !options.once || !goesOn() { return true }
        }
        return false
    }

    // MARK: Files

    /// What lay in the spool at the start may have been put there a moment ago: it is taken together, in the order
    /// of its time, as soon as all of it is still. Later arrivals wait for nobody.
    /// - Parameter lookedAt: When the last look began: to take in many files takes longer than to wait for the last.
    private func isGathering(_ lookedAt: Int64) -> Bool {
        guard !options.once, !hasGathered else { return false }
        firstLookEndedAt = firstLookEndedAt ?? world.bootSeconds()
        let waited = lookedAt - (firstLookEndedAt ?? lookedAt)
        hasGathered = !intake.holdsTime || waited >= 2 * Scanner.stillSeconds
        return !hasGathered
    }

    private func takeIn(isBetween: Bool = false) throws {
        try intake.takeIn(
            now: world.now(), isBetween: isBetween, takesEverything: options.once, progress: goesOn)
        shortage = intake.shortage
    }

    /// Files of a source that has more than are taken at a time, once the ones before are done.
    /// - Returns: Whether there is something new to do.
    private func takeInWhatWasLeft() throws -> Bool {
        guard intake.leavesSome, !isStopping() else { return false }
        let finished = intake.finished
        try takeIn(isBetween: true)
        return try intake.finished > finished || store.write(.redoable) { try $0.waitingCount() } > 0
    }

    /// Whether there is room to begin with files. What lies in incoming/ for want of room may come before them.
    private func hasRoom(for set: [WaitingFile]) throws -> Bool {
        if shortage == nil {
            let bytes = try store.write { try $0.bytes(ofFiles: set.lazy.map(\.fileID)) }
            shortage = try intake.shortage(forFilesOf: bytes)
            store.isShortOfRoom = try intake.isDatabasesDiskNearlyFull()
        }
        return shortage == nil
    }

    /// All else is done: time, as far as it may move, and what there is to tell.
    private func waitForRoom(_ shortage: DiskShortage) throws -> Turn {
        guard !options.once else {
            throw DaemonError(
                .failed, "\(shortage)", hint: "nothing is lost, the files are left where they are; free some space")
        }
        return isStopping() ? .stopped : .idle(until: try nextDue())
    }

    /// The files to apply next, and the first event of all that wait; nil when none waits.
    private func nextSet() throws -> (set: [WaitingFile], firstWaiting: Instant?)? {
        guard !isStopping() else { return nil }
        return try store.write { transaction in
            let isStorm = try transaction.waits(moreThan: Self.filesOfAStorm)
            return try intake.nextSet(in: transaction, joining: isStorm ? joining : .none)
        }
    }

    /// How large a set of small files becomes that do not overlap: still one transaction, and no long one.
    private var joining: ApplyOrder.Joining {
        ApplyOrder.Joining(filesMax: 512, recordsMax: min(4_096, Int64(chunkRecords)))
    }

    /// Fewer files than this are told of one by one, in their order.
    private static let filesOfAStorm = 32

    private func sayReading(_ claimed: Int, _ left: Int) {
        if let line = backlog.readingLine(at: world.bootSeconds(), claimed: claimed, left: left) { onBacklog(line) }
    }

    private func sayBacklog() throws {
        let line = try backlog.line(at: world.bootSeconds(), finished: intake.finished) {
            try store.write { try $0.waitingCount() }
        }
        if let line { onBacklog(line) }
    }

    // MARK: Time

    /// Moves logical time as far as the clock and the waiting files allow.
    /// - Returns: Whether the walk reached its end; false when it was asked to stop.
    private func moveTime(firstWaiting: Instant?) throws -> Bool {
        let (current, latest) = try store.write { transaction in
            (
                try transaction.logicalTime(),
                try transaction.meta(MetaKey.latestAccepted).flatMap(Int64.init).map(Instant.init(microseconds:))
            )
        }
        let target = LogicalTime.next(
            current: current, wall: wallTerm(), latestAccepted: latest, firstWaiting: firstWaiting)
        if let target, target != current {
            guard try walk(to: target) else { return false }
        }
        return try lookAtDays()
    }

    /// Rules about whole segments look at each day that has ended.
    /// - Returns: False when it was asked to stop in between.
    private func lookAtDays() throws -> Bool {
        guard alerts.planner.hasDayRules, let time = try store.write({ try $0.logicalTime() }) else { return true }
        let now = world.now()
        let report = try alerts.planner.evaluateDays(
            logicalTime: time, stored: desk.stored, history: historyRule(now), now: now, store: store
        ) { [heart, isStopping] in
            heart.beat()
            return isStopping()
        }
        told += report.counts.sent
        return report.isDone
    }

    private func wallTerm() -> LogicalTime.WallTerm {
        if let asOf = options.asOf { return .at(asOf) }
        switch configuration.wallLag {
        case .never: return .latestEvent
        case .seconds(let lag):
            // A file about to be complete may hold the first event that waits.
            return clock.doubt == nil && !intake.holdsTime ? .at(world.now().advanced(bySeconds: -lag)) : .paused
        }
    }

    private func walk(to target: Instant) throws -> Bool {
        let walker = TimeWalker(
            store: store, desk: desk, writer: effectsWriter, tally: tally, historyRule: historyRule,
            customersByTickMax: options.customersWalkedByTickMax)
        let began = MonotonicClock.microseconds()
        let report = try walker.walk(to: target, now: world.now) { [heart, isStopping] in
            heart.beat()
            return isStopping()
        }
        if report.customers > 0 {
            let tenths = Double((MonotonicClock.microseconds() - began) / 100) / 10
            log.info(
                "logical time \(TimestampText.string(StatusLine.wholeSeconds(target))): \(report.customers) customers walked, \(report.moves) moves, \(tenths) ms"
            )
        }
        return report.isComplete
    }

    /// For what is worked out under the clock as it is now.
    var effectsWriter: EffectsWriter {
        EffectsWriter(
            store: store, planner: planner, model: desk.stored, clockIsBelieved: clock.doubt == nil)
    }

    private func resumeWalk() throws -> Bool {
        let target = try store.write { try $0.meta(MetaKey.timeTarget) }.flatMap(Int64.init)
        return try target.map { try walk(to: Instant(microseconds: $0)) } ?? true
    }

    /// Which moves are no news any more, given when their file was claimed or their walk began.
    func historyRule(_ reference: Instant) -> HistoryRule {
        if options.isLoad { return .everything }
        return configuration.wallLag == .never ? .onlyActivation : .olderThanAlertAge(before: reference)
    }

    // MARK: Alerts

    private func tellPeople() throws {
        let now = world.now()
        let time = try store.write { try $0.logicalTime() }
        summary.logicalTime = time
        summary.files = before.files + intake.finished
        summary.refusedFiles = before.refusedFiles + intake.refused
        summary.transitions = before.transitions + tally.transitions
        let settled = try alerts.settle(
            logicalTime: time, isSpoolEmpty: shortage == nil, closingAllGroups: options.once, now: now)
        told += settled.sent + settled.digests
        summary.alerts = before.alerts + told + tally.alerts.sent
        try alerts.troubles.look(now: now, doubt: clock.doubt)
        let report = try alerts.dispatcher.flush(now: now) { [heart] in _ = heart.beat() }
        summary.delivered += report.delivered
        for (destination, reason) in report.failing.sorted(by: { $0.key < $1.key }) {
            log.warning("destination \(destination) failed: \(reason)")
        }
    }

    /// When the next thing is due by itself: a wake-up of a customer, a delivery, a group.
    private func nextDue() throws -> Instant? {
        let alert = [try alerts.nextDue(), intake.lookAgainAt].compactMap(\.self).min()
        guard case .seconds(let lag) = configuration.wallLag, options.asOf == nil, clock.doubt == nil,
            let tick = try store.write({ try $0.nextWakeTick() })
        else { return alert }
        let wake = desk.engine.axis.start(of: tick).advanced(bySeconds: lag)
        return alert.map { min($0, wake) } ?? wake
    }
}
