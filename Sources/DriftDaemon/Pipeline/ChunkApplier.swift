import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore

/// Works out what a chunk of mapped records brings about. Writes nothing: ``EffectsWriter`` does.
struct ChunkApplier {
    let store: Store
    let desk: CustomerDesk
    let historyRule: (Instant) -> HistoryRule
    /// Where the record under work is told; nil: nobody wants to know.
    var mark: WorkMark?
    /// A process ended in these files before: each record is applied by itself, so that the mark names the very one.
    var isCareful = false

    /// - Parameters:
    ///   - chunk: Goes over to the effects, in exchange for memory to reuse.
    ///   - members: ``RecordBatch/Record/file`` → file of the ledger.
    ///   - isOnly: The set is this chunk.
    ///   - logicalBefore: T before the set.
    ///   - now: The wall clock.
    func apply(
        _ chunk: inout ApplyChunk, members: [ChunkEffects.Member], isOnly: Bool, logicalBefore: Instant, now: Instant,
        into effects: ChunkEffects
    ) throws {
        effects.removeAll()
        swap(&effects.chunk, &chunk)
        effects.members = members
        effects.now = now
        effects.history = historyRule(members.map(\.claimedAt).min() ?? now)
        effects.counts = effects.chunk.shares.map(\.counts)
        effects.delays = effects.members.map { _ in DelaySketch() }
        settleSecondTries(effects)
        try desk.begin(store, writesNewRows: isOnly)
        if !effects.chunk.batch.records.isEmpty {
            try store.lookUp { lookup in
                try applyRecords(effects, logicalBefore, lookup)
                try desk.noteNews(effects.outcome, in: effects, lookup)
            }
        }
        desk.takeChanges(&effects.changes)
    }

    private func applyRecords(_ effects: ChunkEffects, _ logicalBefore: Instant, _ lookup: CustomerLookup) throws {
        var batch = RecordBatch()
        swap(&batch, &effects.chunk.batch)
        defer { swap(&batch, &effects.chunk.batch) }
        var outcome = Outcome()
        swap(&outcome, &effects.outcome)
        defer { swap(&outcome, &effects.outcome) }
        try resolveCustomers(&batch, lookup)
        var classes = [RecordClass](repeating: .ignored, count: batch.records.count)
        var late: [Int] = []
        let order = Self.orderByCustomer(batch)
        var start = 0
        defer { mark?.clear(.work) }
        while start < order.count {
            let customer = batch.records[order[start]].customer
            var end = start + 1
            while !isCareful, end < order.count, batch.records[order[end]].customer == customer { end += 1 }
            let first = batch.records[order[start]]
            mark?.set(.work, .applying, fileID: effects.members[Int(first.file)].fileID, record: first.number)
            try desk.fetch(customer, lookup)
            desk.engine.apply(
                order[start..<end], of: batch, customer: customer, to: &desk.state, logicalBefore: logicalBefore,
                classes: &classes, late: &late, outcome: &outcome, scratch: &desk.scratch)
            // A customer of whom nothing was ever accepted stays unknown.
            desk.putBack(customer)
            start = end
        }
        for index in late { effects.counts[Int(batch.records[index].file)].late += 1 }
        for (record, verdict) in zip(batch.records, classes) {
            effects.counts[Int(record.file)].add(verdict)
            guard verdict == .accepted else { continue }
            let claimedAt = effects.members[Int(record.file)].claimedAt
            effects.delays[Int(record.file)].add(seconds: claimedAt.secondsFloor - record.at.secondsFloor)
            if let latest = effects.latestAccepted, latest >= record.at { continue }
            effects.latestAccepted = record.at
        }
        keepRefused(batch, classes, outcome, effects)
    }

    /// Records of a second try are not quarantined any more once they are dealt with; those that are refused again
    /// are counted so again.
    private func settleSecondTries(_ effects: ChunkEffects) {
        for (index, member) in effects.members.enumerated() where member.isSecondTry {
            let mapped = effects.chunk.batch.records.filter { $0.file == index }.map(\.number)
            let settled = mapped + effects.chunk.shares[index].asideNumbers
            effects.settled[member.fileID] = settled
            effects.counts[index].quarantined -= Int64(settled.count)
        }
    }

    private func resolveCustomers(_ batch: inout RecordBatch, _ lookup: CustomerLookup) throws {
        for index in batch.records.indices {
            let name = batch.records[index].customerName
            batch.records[index].customer = try desk.number(
                ofCustomerNamed: batch.text.span.extracting(name), lookup)
        }
    }

    /// Indexes of the records, each customer's together and in order; customers by number.
    private static func orderByCustomer(_ batch: borrowing RecordBatch) -> [Int] {
        // One number each sorts several times faster than a comparison of two. Neither a chunk's records nor the
        // numbers of customers come near these widths.
        var keys = [UInt64]()
        keys.reserveCapacity(batch.records.count)
        for index in batch.records.indices {
            keys.append(UInt64(batch.records[index].customer) << 24 | UInt64(index))
        }
        keys.sort()
        return keys.map { Int($0 & 0xFF_FFFF) }
    }

    /// Records the engine refused, and the second content of an id, are kept for people.
    private func keepRefused(
        _ batch: borrowing RecordBatch, _ classes: [RecordClass], _ outcome: borrowing Outcome, _ effects: ChunkEffects
    ) {
        for failure in outcome.failures {
            let record = batch.records[failure.record]
            effects.kept.append(
                ChunkEffects.KeptRecord(
                    file: Int(record.file),
                    record: QuarantinedRecord(
                        record: record.number, byteOffset: record.byteOffset < 0 ? nil : record.byteOffset,
                        code: failure.code, reason: failure.reason, sample: nil)
                ))
        }
        for index in classes.indices where classes[index] == .conflict {
            let record = batch.records[index]
            let id = String(decoding: batch.text[record.id], as: UTF8.self)
            effects.kept.append(
                ChunkEffects.KeptRecord(
                    file: Int(record.file),
                    record: QuarantinedRecord(
                        record: record.number, byteOffset: record.byteOffset < 0 ? nil : record.byteOffset,
                        code: "conflict",
                        reason: "id '\(id)' was seen before with another content; the first one counts", sample: nil)))
        }
    }
}

extension FileCounts {
    /// One more record of a class.
    mutating func add(_ verdict: RecordClass) {
        switch verdict {
        case .accepted: accepted += 1
        case .duplicate: duplicates += 1
        case .conflict: conflicts += 1
        case .beyondHorizon: beyondHorizon += 1
        case .ignored: ignored += 1
        case .quarantined: quarantined += 1
        }
    }

    mutating func add(_ other: FileCounts) {
        accepted += other.accepted
        duplicates += other.duplicates
        conflicts += other.conflicts
        late += other.late
        beyondHorizon += other.beyondHorizon
        ignored += other.ignored
        quarantined += other.quarantined
    }
}
