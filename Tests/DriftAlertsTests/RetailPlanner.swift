import DriftAlerts
import DriftEngine
import DriftModel

@testable import DriftAlerts

extension RetailModel {
    /// A planner of the shop with some rules.
    /// - Parameter destinations: Names of files that alerts go to.
    static func planner(_ rules: [AlertRule] = [], destinations: [String] = ["log"]) throws -> AlertPlanner {
        AlertPlanner(
            model: model(alerts: rules), axis: TimeAxis(zone: .utc, grain: .day), comparisons: try comparisons(),
            settings: AlertSettings(
                instance: "test",
                destinations: destinations.map { DestinationConfiguration(name: $0, kind: .file(path: $0)) },
                naming: CustomerNaming(key: [1])))
    }
}

extension AlertPlanner {
    /// Plans moves as the daemon does in the transaction that writes them.
    @discardableResult
    func plan<Ledger: AlertLedger & ~Copyable>(
        _ moves: Moves, history: HistoryRule = .onlyActivation, now: Instant, ledger: borrowing Ledger
    ) throws -> AlertCounts {
        try plan(
            moves.outcome(for: model), history: history, now: now, ledger: ledger, source: { _ in "shop" },
            name: { "C-\($0)" }, customer: { moves.context($0) })
    }
}
