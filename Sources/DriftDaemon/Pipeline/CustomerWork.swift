import DriftAlerts
import DriftEngine
import DriftModel
import DriftStore

/// The records of a chunk, customer by customer, as work for one or several threads. No result depends on how many:
/// a customer's records stay together, and what each thread brings about is put together in the order of customers.
struct CustomerWork: @unchecked Sendable {
    let desk: CustomerDesk
    let lookup: CustomerLookup
    let batch: RecordBatch
    /// Indexes into the batch, each customer's together and in order; customers by number.
    let order: [Int]
    let members: [ChunkEffects.Member]
    let logicalBefore: Instant
    let mark: WorkMark?
    /// Empty; each thread begins with it. nil: every move is handed on, quiet or not, because a customer's records are
    /// not worked out together.
    let quiet: QuietMoves?

    /// Works all of it out.
    func runTogether() throws {
        try desk.runTogether(
            order.count,
            endOfRun: { position in
                var end = position
                while end > 0, end < order.count, customer(end) == customer(end - 1) { end += 1 }
                return end
            }
        ) { number, positions, workplace in
            try run(positions, at: &workplace, slot: .ofRun(number))
        }
    }

    private static let touchedAtOnce = 48

    private func customer(_ position: Int) -> Int64 { batch.records[order[position]].customer }

    /// Works out the records at some positions of the order.
    func run(_ positions: Range<Int>, at workplace: inout Workplace, slot: WorkMark.Slot) throws {
        workplace.begin(records: batch.records.count, files: members.count)
        workplace.quiet = quiet
        var late: [Int] = []
        defer { mark?.clear(slot) }
        var start = positions.lowerBound
        var touched = start
        while start < positions.upperBound {
            if start >= touched {
                touched = min(positions.upperBound, start + Self.touchedAtOnce)
                for index in order[start..<touched] {
                    workplace.sink &+= batch.touch(index) &+ desk.touch(batch.records.span[index].customer)
                }
            }
            let first = batch.records[order[start]]
            var end = start + 1
            while end < positions.upperBound, customer(end) == first.customer { end += 1 }
            mark?.set(slot, .applying, fileID: members[Int(first.file)].fileID, record: first.number)
            try desk.fetch(first.customer, lookup, to: &workplace)
            let before = workplace.outcome.mark
            workplace.engine.apply(
                order[start..<end], of: batch, customer: first.customer, to: &workplace.state,
                logicalBefore: logicalBefore, classes: &workplace.classes, late: &late, outcome: &workplace.outcome,
                scratch: &workplace.scratch)
            // A customer of whom nothing was ever accepted stays unknown.
            desk.putBack(first.customer, from: &workplace)
            workplace.settleMoves(since: before, of: batch)
            for index in order[start..<end] {
                let record = batch.records[index]
                workplace.tally.add(
                    index, record, workplace.classes[index], claimedAt: members[Int(record.file)].claimedAt)
            }
            start = end
        }
        for index in late { workplace.tally.addLate(file: batch.records[index].file) }
    }
}
