import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// Moves logical time on: every customer whose time has come is walked to the tick on which something happens, in
/// transactions of bounded size. Nobody else is looked at (I6).
///
/// Few customers are walked tick by tick, so that their moves are recorded in the order in which they happen. Many, as
/// after a first load, are walked in the order of the table, each to the end at once: by ticks every one of them would
/// be a random place. No move depends on the order.
struct TimeWalker {
    let store: Store
    let desk: CustomerDesk
    let writer: EffectsWriter
    let tally: MoveTally
    let historyRule: (Instant) -> HistoryRule
    /// Customers in one transaction.
    static let customersPerTransactionMax = 65_536
    /// More than so many are walked in the order of the table.
    var customersByTickMax = TimeWalker.customersPerTransactionMax

    /// What a walk did.
    struct Report {
        /// Whether it reached its target.
        var isComplete = false
        var customers = 0
        var moves = 0
    }

    /// Walks to a target. A walk that was cut short goes on from the database alone: where it was going, and in which
    /// order, is written with its first transaction, and customers already walked no longer wait for a tick so early.
    /// - Parameters:
    ///   - target: The new T.
    ///   - now: The wall clock.
    ///   - pause: Called between transactions; true ends the walk, to be taken up again later.
    func walk(to target: Instant, now: () -> Instant, pause: () -> Bool) throws -> Report {
        let tick = desk.engine.axis.tick(of: target)
        try desk.begin(store, writesNewRows: false)
        let begun = try store.write { try $0.meta(MetaKey.timeOrder) }.flatMap(WalkStep.Order.init)
        let order = try begun ?? (areMany(tick) ? .table : .ticks)
        // By ticks, who is due is found by the rows.
        if order == .ticks, let wake = desk.earliestKeptWake, wake <= tick { try desk.fold(store) { _ = pause() } }
        let background = BackgroundWriter(writer)
        do {
            return try walk(WalkStep(target: target, order: order), to: tick, background, now: now, pause: pause)
        } catch {
            _ = try? background.finish()
            desk.forgetUncommitted()
            throw error
        }
    }

    private func areMany(_ tick: Tick) throws -> Bool {
        let kept = desk.keptCustomers(dueBy: tick).count
        guard kept <= customersByTickMax else { return true }
        let room = customersByTickMax - kept
        return try store.lookUp { try $0.dueCount(upTo: tick, limit: min(room, Int(Int32.max)) + 1) } > room
    }

    private func walk(
        _ step: WalkStep, to tick: Tick, _ background: BackgroundWriter, now: () -> Instant, pause: () -> Bool
    ) throws -> Report {
        var report = Report()
        var byTicks = WalkByTicks()
        var byTable = WalkByTable()
        while true {
            let effects = ChunkEffects()
            effects.now = now()
            effects.history = historyRule(effects.now)
            let quiet = writer.planner.quietMoves(effects.history)
            try desk.begin(store, writesNewRows: false)
            var step = step
            let most = store.isShortOfRoom ? WorkLoop.recordsMaxInNeed : Self.customersPerTransactionMax
            let walked = try store.lookUp { lookup in
                let walked =
                    switch step.order {
                    case .ticks: try byTicks.next(upTo: tick, most: most, desk, lookup, quiet, into: effects)
                    case .table: try byTable.next(upTo: tick, most: most, desk, lookup, quiet, into: effects)
                    }
                try desk.noteNews(effects.outcome, in: effects, lookup)
                return walked
            }
            step.isLast = walked.isLast
            effects.walk = step
            desk.takeChanges(&effects.changes)
            report.customers += walked.customers
            report.moves += effects.rows.count
            try committed(background)
            background.begin(effects)
            if walked.isLast || desk.isLogFull { try committed(background) }
            if walked.isLast {
                report.isComplete = true
                return report
            }
            if desk.isLogFull {
                try desk.fold(store) { _ = pause() }
                byTicks = WalkByTicks()
                byTable.rowsAreCurrent()
            }
            if pause() {
                try committed(background)
                return report
            }
        }
    }

    private func committed(_ background: BackgroundWriter) throws {
        guard let effects = try background.finish() else { return }
        tally.add(effects)
    }
}

/// What a transaction of a walk says about the walk.
struct WalkStep {
    /// In which order customers are walked.
    enum Order: String {
        case ticks, table
    }

    var target: Instant
    var order: Order
    /// Nobody is due any more: T is at the target.
    var isLast = false
}

/// Customers walked in one transaction.
struct WalkedCustomers {
    var customers = 0
    /// Nobody is due any more.
    var isLast = false
}
