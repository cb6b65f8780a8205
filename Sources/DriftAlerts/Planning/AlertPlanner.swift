public import DriftEngine
public import DriftModel
internal import DriftStore

/// What alerts need to know besides the model.
public struct AlertSettings: Sendable {
    /// Names this daemon.
    public var instance: String
    public var destinations: [DestinationConfiguration]
    public var naming: CustomerNaming
    /// `privacy.hash_customers_in_logs`: the journal gets hashes whatever the destination says.
    public var hashCustomersInLogs: Bool

    public init(
        instance: String, destinations: [DestinationConfiguration], naming: CustomerNaming,
        hashCustomersInLogs: Bool = false
    ) {
        self.instance = instance
        self.destinations = destinations
        self.naming = naming
        self.hashCustomersInLogs = hashCustomersInLogs
    }

    /// What a destination learns about customers; nil: there is no such destination.
    func detail(of destination: String) -> CustomerDetail? {
        guard let found = destinations.first(where: { $0.name == destination }) else { return nil }
        return found.kind == .journal && hashCustomersInLogs && found.customers == .full ? .hashed : found.customers
    }
}

/// What planning did, for status and logs.
public struct AlertCounts: Hashable, Sendable {
    /// Told on their own.
    public var sent = 0
    public var grouped = 0
    public var waiting = 0
    /// Not told because of a cooldown.
    public var cooledDown = 0
    /// Moves counted for the digest.
    public var history = 0
    /// Dwells that were not served out.
    public var cancelled = 0
    /// Not told because a person silenced them.
    public var silenced = 0
    /// Not told because the customer goes to and fro.
    public var flapping = 0
    public var digests = 0

    public init() {}

    public static func += (left: inout AlertCounts, right: AlertCounts) {
        left.sent += right.sent
        left.grouped += right.grouped
        left.waiting += right.waiting
        left.cooledDown += right.cooledDown
        left.history += right.history
        left.cancelled += right.cancelled
        left.silenced += right.silenced
        left.flapping += right.flapping
        left.digests += right.digests
    }
}

/// Turns moves into alerts and deliveries, inside the transaction that records the moves.
///
/// Everything it remembers is in the ledger, so the same moves worked through again make no second alert.
public struct AlertPlanner: Sendable {
    /// So many members of a group have their full sentence in the list of alerts; those after them a line.
    static let groupFactsMax = 100

    let model: Model
    let settings: AlertSettings
    let table: RuleTable
    let builder: FactsBuilder
    let events: CloudEvent

    public init(engine: Engine, settings: AlertSettings) {
        self.init(
            model: engine.model, axis: engine.axis, comparisons: engine.comparisons, settings: settings)
    }

    /// - Parameter comparisons: ``Engine/comparisons``.
    init(model: Model, axis: TimeAxis, comparisons: [EngineComparison], settings: AlertSettings) {
        self.model = model
        self.settings = settings
        table = RuleTable(model: model)
        builder = FactsBuilder(model: model, axis: axis, comparisons: comparisons)
        events = CloudEvent(instance: settings.instance, naming: settings.naming)
    }

    /// Whether any rule could speak about moves; if not, there is no need to call ``plan``.
    public var hasTransitionRules: Bool { !table.entries.isEmpty }

    /// Plans the alerts of an outcome's transitions. To be called in the transaction that appends them.
    /// - Parameters:
    ///   - quiet: Moves of the same transaction that were counted already, and are not in the outcome.
    ///   - history: Which moves are not news.
    ///   - now: The wall clock: when groups close, when deliveries are due.
    ///   - source: Name of the source of a record of the batch.
    ///   - name: Of a customer, as the files have it.
    ///   - customer: Asked at most once per customer with a move that is told or kept for telling.
    /// - Complexity: O(transitions), and some work for each that a rule is about.
    public func plan<Ledger: AlertLedger & ~Copyable>(
        _ outcome: Outcome, quiet: QuietMoves? = nil, history: HistoryRule, now: Instant, ledger: borrowing Ledger,
        source: (Int) -> String?, name: (Int64) throws -> String, customer: (Int64) throws -> CustomerContext
    ) throws -> AlertCounts {
        var counts = AlertCounts()
        guard hasTransitionRules else { return counts }
        var tally = quiet?.tallies ?? HistoryTallies(table: table)
        var turn: PlanningTurn?
        var laterMoves = LaterMoves()
        var start = 0
        while start < outcome.transitions.count {
            let run = start..<outcome.endOfRun(from: start)
            var context: CustomerContext?
            for index in run {
                let transition = outcome.transitions[index]
                if !table.dwelling[Int(transition.segmentation)].isEmpty {
                    turn = try turn ?? PlanningTurn(now: now, ledger: ledger)
                    try settleDwells(before: transition, now: now, turn: turn, ledger: ledger, counts: &counts)
                }
                let rules = outcome.alertRules[transition.alertRules].compactMap(table.position(ofAlert:))
                if isHistory(transition, history) {
                    tally.count(transition, rules: rules, table: table)
                    continue
                }
                if rules.isEmpty { continue }
                let known = try turn ?? PlanningTurn(now: now, ledger: ledger)
                turn = known
                let from = transition.record.flatMap(source)
                let brief = MoveBrief(
                    transition, customer: try name(transition.customer), source: from, model: model)
                for position in rules {
                    counts += try tell(
                        brief,
                        facts: {
                            let customer = try context ?? customer(transition.customer)
                            context = customer
                            let later = laterMoves.after(
                                index, run: run, in: outcome, placements: customer.placements)
                            return builder.facts(
                                of: index, in: outcome, later: later, context: customer, source: from)
                        }, by: table.entries[position], turn: known, ledger: ledger)
                }
            }
            start = run.upperBound
        }
        counts.history = tally.moves
        try remember(tally, ledger: ledger)
        return counts
    }

    private func isHistory(_ transition: Transition, _ rule: HistoryRule) -> Bool {
        rule.holds(
            effectiveAt: transition.effectiveAt, cause: transition.cause, alertAgeSeconds: model.alertAgeSeconds)
    }
}

extension Outcome {
    /// The end of the transitions of one customer that follow one another.
    func endOfRun(from start: Int) -> Int {
        var end = start + 1
        while end < transitions.count && transitions[end].customer == transitions[start].customer { end += 1 }
        return end
    }
}

/// What is asked once per transaction, not once per move.
struct PlanningTurn {
    /// The wall clock.
    var now: Instant
    var hasSilences: Bool

    init<Ledger: AlertLedger & ~Copyable>(now: Instant, ledger: borrowing Ledger) throws {
        self.now = now
        hasSilences = try ledger.hasSilences(at: now)
    }
}
