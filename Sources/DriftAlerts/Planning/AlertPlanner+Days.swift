internal import DriftAnalytics
public import DriftModel
public import DriftStore

/// Which days are still to be looked at.
public struct DayReport: Sendable {
    public var counts = AlertCounts()
    /// Whether all days are done; false when it was asked to stop.
    public var isDone = true
}

extension AlertPlanner {
    private static let scope = "days"
    private static let key = "evaluated"
    /// Days looked at in one transaction, unless they have too many moves.
    static let daysMax: DayNumber = 64
    /// Moves held in memory at a time: 40 bytes each.
    static let movesMax = 500_000

    /// Whether anything is looked at at the ends of days.
    public var hasDayRules: Bool {
        !model.assumptions.isEmpty
            || model.alerts.contains {
                switch $0.kind {
                case .population, .size, .flow: true
                case .transition, .intake: false
                }
            }
    }

    /// Looks at population, size and flow rules and at assumptions at the end of each day that logical time has
    /// passed since the last call, in order, each day once. To be called after logical time was moved.
    /// - Parameters:
    ///   - logicalTime: T: days that ended by it are looked at.
    ///   - history: Which days are no news.
    ///   - pause: Called between transactions; true ends the work, to be taken up again later.
    public func evaluateDays(
        logicalTime: Instant, stored: StoredModel, history: HistoryRule, now: Instant, store: Store,
        pause: () -> Bool
    ) throws -> DayReport {
        var report = DayReport()
        guard hasDayRules else { return report }
        let last = stored.axis.zone.localDay(of: logicalTime) - 1
        while let first = try store.write({ try nextDay($0) }), first <= last {
            if pause() {
                report.isDone = false
                return report
            }
            report.counts += try store.write { transaction in
                var counts = AlertCounts()
                let days = try stretch(from: first, upTo: last, stored, transaction)
                let moves = try DayMoves(planner: self, days: days, stored: stored, transaction: transaction)
                let turn = DayTurn(stored: stored, moves: moves, history: history, now: now)
                for day in days { counts += try evaluate(day, turn, transaction) }
                try transaction.remember(scope: Self.scope, key: Self.key, value: String(days.upperBound))
                return counts
            }
        }
        return report
    }

    /// What a rule said that the model no longer has is over; should it come back, it begins anew. To be called once
    /// with every new model.
    public func forgetRemovedRules(now: Instant, _ transaction: borrowing StoreTransaction) throws {
        for (scope, known) in [("condition", model.alerts.map(\.name)), ("assumption", model.assumptions.map(\.name))] {
            for (rule, memory) in try transaction.allRemembered(scope: scope) where !known.contains(rule) {
                if let told = memory.split(separator: " ").last {
                    try transaction.resolveAlert(String(told), at: now)
                }
                try transaction.remember(scope: scope, key: rule, value: nil)
            }
        }
    }

    private func nextDay(_ transaction: borrowing StoreTransaction) throws -> DayNumber? {
        if let done = try transaction.remembered(scope: Self.scope, key: Self.key).flatMap(DayNumber.init) {
            return done + 1
        }
        return try transaction.firstDay()
    }

    /// As many days as have not too many moves to be held in memory.
    private func stretch(
        from first: DayNumber, upTo last: DayNumber, _ stored: StoredModel, _ transaction: borrowing StoreTransaction
    ) throws -> ClosedRange<DayNumber> {
        let end = min(last, first + Self.daysMax - 1)
        var perDay: [DayNumber: Int] = [:]
        for (segmentation, back) in populationDays {
            let counts = try transaction.movesPerDay(
                segmentation: stored.segmentationIDs[segmentation], days: (first - back)...end)
            perDay.merge(counts) { $0 + $1 }
        }
        var moves = perDay.filter { $0.key <= first }.values.reduce(0, +)
        var day = first
        while day < end {
            moves += perDay[day + 1] ?? 0
            if moves > Self.movesMax { break }
            day += 1
        }
        return first...day
    }

    /// Segmentations with a population rule, and how many days the longest of them looks back.
    var populationDays: [Int: DayNumber] {
        var days: [Int: DayNumber] = [:]
        for alert in model.alerts {
            guard case .population(let rule) = alert.kind else { continue }
            days[rule.segmentation] = max(days[rule.segmentation] ?? 0, DayNumber(rule.compareSeconds / 86_400))
        }
        return days
    }

    private func evaluate(
        _ day: DayNumber, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        var tested = Set<Int>()
        for alert in model.alerts {
            let facts: ConditionFacts?
            switch alert.kind {
            case .population(let rule):
                facts = try population(rule, day, turn, transaction)
                if let facts, tested.insert(rule.segmentation).inserted {
                    try record(facts, segmentation: turn.stored.segmentationIDs[rule.segmentation], transaction)
                }
            case .size(let rule): facts = try size(rule, day, turn, transaction)
            case .flow(let rule): facts = try flow(rule, day, turn, transaction)
            case .transition, .intake: continue
            }
            guard let facts else { continue }
            counts += try settle(facts, alert, turn, transaction)
        }
        for assumption in model.assumptions {
            counts += try evaluate(assumption, day, turn, transaction)
        }
        return counts
    }

    // MARK: What becomes of a condition

    private func settle(
        _ facts: ConditionFacts, _ alert: AlertRule, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> AlertCounts {
        let held = try transaction.remembered(scope: "condition", key: alert.name)
        switch ConditionPolicy.decide(facts, heldBefore: held != nil) {
        case .goesOn, .nothing: return AlertCounts()
        case .ends:
            if let held { try transaction.resolveAlert(held, at: turn.now) }
            try transaction.remember(scope: "condition", key: alert.name, value: nil)
            return AlertCounts()
        case .begins:
            let told = Told(rule: alert.name, severity: alert.severity, notify: alert.notify)
            let (alertID, counts) = try tell(facts, told, turn, transaction)
            try transaction.remember(scope: "condition", key: alert.name, value: alertID)
            return counts
        }
    }

    /// Whom a condition is told to, and how loud.
    struct Told {
        var rule: String
        var severity: Severity
        var notify: [String]
    }

    func tell(
        _ facts: ConditionFacts, _ told: Told, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> (alertID: String, counts: AlertCounts) {
        let day = TimeText.date(facts.day)
        let alertID = AlertID.make(
            instance: settings.instance, rule: told.rule, subject: day, segmentation: facts.segmentation)
        let end = turn.end(of: facts.day)
        var row = AlertRow(
            alertID: alertID, rule: told.rule, severity: told.severity, kind: facts.word, state: .due,
            createdAt: turn.now, effectiveAt: end, segmentation: facts.segmentation,
            summary: ConditionText.text(facts))
        var counts = AlertCounts()
        if turn.history.holds(effectiveAt: end, cause: .time, alertAgeSeconds: model.alertAgeSeconds) {
            (row.state, row.suppressedBy) = (.suppressed, "history")
            if try transaction.insertAlert(row) {
                try remember(condition: told.rule, at: end, ledger: transaction)
                counts.history = 1
            }
        } else if let silence = try transaction.silence(
            rule: told.rule, segmentation: facts.segmentation, customer: nil, at: turn.now)
        {
            (row.state, row.suppressedBy) = (.suppressed, "silence \(silence)")
            if try transaction.insertAlert(row) { counts.silenced = 1 }
        } else if try transaction.insertAlert(row) {
            let body = events.condition(
                facts, alertID: alertID, rule: told.rule, severity: told.severity, time: end)
            try deliver(alertID, to: told.notify, now: turn.now, ledger: transaction) { _ in body }
            counts.sent = 1
        }
        return (alertID, counts)
    }
}

/// What holds for all days of one transaction.
struct DayTurn {
    var stored: StoredModel
    var moves: DayMoves
    var history: HistoryRule
    var now: Instant

    /// The first instant after a day.
    func end(of day: DayNumber) -> Instant {
        if stored.axis.grain == .day { return stored.axis.start(of: Tick(day + 1)) }
        // Hours: the first instant of the next local day is within a day of UTC's.
        var instant = Instant(seconds: Int64(day) * 86_400)
        while stored.axis.zone.localDay(of: instant) <= day { instant = instant.advanced(bySeconds: 3_600) }
        return instant
    }
}
