import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// What one transaction's moves mean for history and alerts: appended and planned together, in the transaction
/// of the states that made them.
final class MoveRecorder {
    /// Where the engine puts what it brings about.
    var outcome = Outcome()
    /// Transitions recorded and alerts planned since the start.
    private(set) var transitions = 0
    private(set) var alerts = AlertCounts()

    private let desk: CustomerDesk
    private let planner: AlertPlanner

    init(desk: CustomerDesk, planner: AlertPlanner) {
        self.desk = desk
        self.planner = planner
    }

    /// Starts a transaction's worth.
    func begin() {
        outcome.removeAll()
    }

    /// The origin of the moves of a transaction.
    struct Origin {
        /// nil: time alone.
        var batch: RecordBatch?
        /// ``RecordBatch/Record/file`` → the ledger's number, and the source's name.
        var files: [Int64] = []
        var sources: [String] = []
        var history: HistoryRule
    }

    /// Writes the history and plans the alerts.
    func commit(_ origin: borrowing Origin, now: Instant, _ transaction: borrowing StoreTransaction) throws {
        try transaction.append(
            outcome, batch: origin.batch, model: desk.stored, files: origin.files, recordedAt: now)
        transitions += outcome.transitions.count
        guard planner.hasTransitionRules, !outcome.transitions.isEmpty else { return }
        let batch = origin.batch
        let sources = origin.sources
        alerts += try planner.plan(
            outcome, history: origin.history, now: now, ledger: transaction,
            source: { record in batch.map { sources[Int($0.records[record].file)] } },
            customer: { try self.context(of: $0, transaction) })
    }

    /// Plans what is said about a file of which too much could not be used.
    func planIntake(_ facts: IntakeFacts, now: Instant, _ transaction: borrowing StoreTransaction) throws {
        alerts += try planner.planIntake(facts, now: now, ledger: transaction)
    }

    /// What alerts want to know about a customer who moved, from the state just put back.
    private func context(of customer: Int64, _ transaction: borrowing StoreTransaction) throws -> CustomerContext {
        try desk.fetch(customer, transaction)
        let state = desk.state
        let engine = desk.engine
        return CustomerContext(
            name: try desk.name(of: customer, transaction), placements: state.placements,
            returnsWith: { segmentation in
                let tick = state.lastEventAt.map(engine.axis.tick) ?? 0
                let since = state.placements[segmentation].since.map(engine.axis.tick) ?? tick
                let explanation = engine.explain(state, at: max(tick, since))
                return explanation.segmentations[segmentation].returns.first.map {
                    "one \(engine.model.eventTypes[$0.eventType].name)"
                }
            })
    }
}
