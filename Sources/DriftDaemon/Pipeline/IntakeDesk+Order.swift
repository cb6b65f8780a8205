import DriftIntake
import DriftModel
import DriftStore

extension IntakeDesk {
    /// The files to apply next, and the first event of all that wait; nil when none waits.
    func nextSet(
        in transaction: borrowing StoreTransaction, joining: ApplyOrder.Joining
    ) throws -> (set: [WaitingFile], firstWaiting: Instant?)? {
        try ApplyOrder.next(
            in: transaction, sources: configuration.sources.map(\.name), joining: joining
        ) { row in canApply(row.fileID, of: row.source) }
    }
}
