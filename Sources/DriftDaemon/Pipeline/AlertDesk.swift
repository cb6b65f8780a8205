import DriftAlerts
import DriftModel
import DriftStore

/// What becomes of planned alerts between files: dwells that end, groups that close, the digest of a backlog,
/// and the way out of the outbox.
struct AlertDesk {
    let store: Store
    let planner: AlertPlanner
    let dispatcher: Dispatcher
    /// Destinations that are delivered to by the work itself; the others have tasks of their own.
    let served: [String]
    /// What the daemon tells of itself.
    let troubles: OwnTroubleDesk

    /// - Parameters:
    ///   - logicalTime: T; dwells end by it.
    ///   - isSpoolEmpty: Nothing waits: what was caught up with is told, in one digest.
    ///   - closingAllGroups: Groups close whether their time has come or not: this process will not be here then.
    /// - Returns: What was planned.
    func settle(
        logicalTime: Instant?, isSpoolEmpty: Bool, closingAllGroups: Bool, now: Instant
    ) throws -> AlertCounts {
        try store.write { transaction in
            var counts = AlertCounts()
            if let logicalTime {
                counts += try planner.settleDwells(logicalTime: logicalTime, now: now, ledger: transaction)
            }
            counts += try planner.closeGroups(upTo: closingAllGroups ? nil : now, now: now, ledger: transaction)
            if isSpoolEmpty { counts += try planner.closeHistory(now: now, ledger: transaction) }
            return counts
        }
    }

    /// The earliest instant of the wall clock at which there is something to send or a group to close.
    func nextDue() throws -> Instant? {
        try store.write { transaction in
            let delivery = try transaction.nextDeliveryDue(destinations: served)
            let group = try transaction.nextGroupClose()
            return [delivery, group].compactMap { $0 }.min()
        }
    }
}
