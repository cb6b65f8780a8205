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
    let configuration: Configuration
    let store: Store
    let desk: CustomerDesk
    let intake: IntakeDesk
    let moves: MoveRecorder
    let alerts: AlertDesk
    let heart: ProgressHeart
    let log: Logger
    let options: RunOptions
    let isStopping: () -> Bool
    /// Held for as long as the loop lives.
    private let lock: InstanceLock
    var clock: ClockGuard
    var summary = RunSummary()
    /// Alerts planned outside the transactions that record moves: groups and digests.
    private var told = 0

    init(
        world: World, configuration: Configuration, store: Store, desk: CustomerDesk, intake: IntakeDesk,
        moves: MoveRecorder, alerts: AlertDesk, heart: ProgressHeart, log: Logger, options: RunOptions,
        clock: ClockGuard, lock: InstanceLock, isStopping: @escaping () -> Bool
    ) {
        self.world = world
        self.configuration = configuration
        self.store = store
        self.desk = desk
        self.intake = intake
        self.moves = moves
        self.alerts = alerts
        self.heart = heart
        self.log = log
        self.options = options
        self.clock = clock
        self.lock = lock
        self.isStopping = isStopping
    }

    /// How a turn ended.
    enum Turn: Equatable {
        /// Nothing is left to do before an instant of the wall clock; nil: before something arrives.
        case idle(until: Instant?)
        /// It was asked to stop, and did so at the end of a transaction.
        case stopped
    }

    /// What was begun before the last stop, first of all: moves of files, the set being applied, the walk.
    func recover() throws {
        try alerts.dispatcher.recover(configured: configuration.destinations.map(\.name), now: world.now())
        try intake.recover(now: world.now())
        try desk.fold(store) { _ = heart.beat() }
        try resumeSet()
        try resumeWalk()
    }

    /// Does all there is to do now.
    func turn() throws -> Turn {
        try store.verifySameFile()
        clock.observe(wall: world.now(), bootSeconds: world.bootSeconds())
        heart.beat()
        try takeIn()
        while let set = try nextSet() {
            guard try moveTime(firstWaiting: set.compactMap(\.firstAt).min()), try apply(set) else { return .stopped }
            try takeIn()
        }
        guard try moveTime(firstWaiting: nil) else { return .stopped }
        try tellPeople()
        try store.write { try $0.ensureHistoryIndexes() }
        if let time = summary.logicalTime { try store.write { try $0.dropCooldowns(endedBefore: time) } }
        try store.checkpoint(idle: true)
        return isStopping() ? .stopped : .idle(until: try nextDue())
    }

    // MARK: Files

    private func takeIn() throws {
        try intake.takeIn(
            now: world.now(), takesEverything: options.once,
            progress: { [heart, isStopping] in
                heart.beat()
                return !isStopping()
            })
    }

    private func nextSet() throws -> [WaitingFile]? {
        guard !isStopping() else { return nil }
        let rows = try store.write { try $0.files(in: [.valid]) }.filter(intake.canApply)
        let waiting = rows.map { file in
            WaitingFile(
                fileID: file.fileID, sourceOrder: intake.sourceOrder(file.source), name: file.nameBytes,
                firstAt: file.verdict?.firstAt, lastAt: file.verdict?.lastAt)
        }
        let set = ApplyOrder.nextSet(of: waiting)
        return set.isEmpty ? nil : set
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
        guard let target, target != current else { return true }
        return try walk(to: target)
    }

    private func wallTerm() -> LogicalTime.WallTerm {
        if let asOf = options.asOf { return .at(asOf) }
        switch configuration.wallLag {
        case .never: return .latestEvent
        case .seconds(let lag):
            return clock.doubt == nil ? .at(world.now().advanced(bySeconds: -lag)) : .paused
        }
    }

    private func walk(to target: Instant) throws -> Bool {
        let walker = TimeWalker(store: store, desk: desk, moves: moves, historyRule: historyRule)
        return try walker.walk(to: target, now: world.now) { [heart, isStopping] in
            heart.beat()
            return isStopping()
        }
    }

    private func resumeWalk() throws {
        let target = try store.write { try $0.meta(MetaKey.timeTarget) }.flatMap(Int64.init)
        if let target { _ = try walk(to: Instant(microseconds: target)) }
    }

    /// Which moves are no news any more, given when their file was claimed or their walk began.
    func historyRule(_ reference: Instant) -> HistoryRule {
        switch configuration.wallLag {
        case .never: .onlyActivation
        case .seconds: .olderThanAlertAge(before: reference)
        }
    }

    // MARK: Alerts

    private func tellPeople() throws {
        let now = world.now()
        let time = try store.write { try $0.logicalTime() }
        summary.logicalTime = time
        summary.files = intake.finished
        summary.transitions = moves.transitions
        let settled = try alerts.settle(
            logicalTime: time, isSpoolEmpty: true, closingAllGroups: options.once, now: now)
        told += settled.sent + settled.digests
        summary.alerts = told + moves.alerts.sent
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
