import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// A walk in the order of customers' numbers, each of them to the walk's end at once, by several threads.
struct WalkByTable {
    /// The last customer walked.
    private var last: Int64 = 0
    /// Customers beyond it whose states are in memory alone and who are due, ascending; nil: not looked for yet.
    private var kept: ArraySlice<Int64>?

    /// All rows say how things are: nobody is in memory alone any more.
    mutating func rowsAreCurrent() { kept = [] }

    /// The customers of one transaction.
    mutating func next(
        upTo end: Tick, most limit: Int, _ desk: CustomerDesk, _ lookup: CustomerLookup, _ quiet: QuietMoves,
        into effects: ChunkEffects
    ) throws -> WalkedCustomers {
        var waiting = kept ?? desk.keptCustomers(dueBy: end)[...]
        var due: [Int64] = []
        // Of those in memory alone the rows may say anything.
        try lookup.forEachDueCustomer(after: last, upTo: end) { customer in
            while let first = waiting.first, first < customer, due.count < limit { due.append(waiting.removeFirst()) }
            if due.count < limit, !desk.isKept(customer) { due.append(customer) }
            return due.count < limit
        }
        while due.count < limit, let first = waiting.popFirst() { due.append(first) }
        kept = waiting
        last = due.last ?? last
        try WalkWork(desk: desk, lookup: lookup, quiet: quiet, customers: due, tick: end).runTogether(
            upTo: end, into: effects)
        return WalkedCustomers(customers: due.count, isLast: due.count < limit)
    }
}
