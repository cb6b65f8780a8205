import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore

/// Works out what a chunk of mapped records brings about. Writes nothing: ``EffectsWriter`` does.
struct ChunkApplier {
    let store: Store
    let desk: CustomerDesk
    let planner: AlertPlanner
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
        try desk.resolveCustomers(of: &effects.chunk.batch, lookup)
        desk.order.sort(effects.chunk.batch)
        let work = CustomerWork(
            desk: desk, lookup: lookup, batch: effects.chunk.batch, order: desk.order.indexes, members: effects.members,
            logicalBefore: logicalBefore, mark: mark,
            quiet: isCareful ? nil : planner.quietMoves(effects.history))
        var conflicts: [Int] = []
        if isCareful {
            for position in desk.order.indexes.indices {
                try work.run(position..<(position + 1), at: &desk.keepers[0].workplace, slot: .work)
                take(&desk.keepers[0].workplace, into: effects, &conflicts)
            }
        } else {
            try work.runTogether()
            for keeper in desk.keepers { take(&keeper.workplace, into: effects, &conflicts) }
        }
        keepRefused(conflicts, effects)
    }

    /// Takes over what a thread has brought about.
    private func take(_ workplace: inout Workplace, into effects: ChunkEffects, _ conflicts: inout [Int]) {
        effects.take(&workplace)
        let tally = workplace.tally
        for file in tally.counts.indices {
            effects.counts[file].add(tally.counts[file])
            effects.delays[file].add(tally.delays[file])
        }
        conflicts += tally.conflicts
        if let latest = tally.latestAccepted { effects.latestAccepted = max(effects.latestAccepted ?? latest, latest) }
        desk.takeIn(&workplace)
        workplace.clear()
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

    /// Records the engine refused, and the second content of an id, are kept for people.
    private func keepRefused(_ conflicts: [Int], _ effects: ChunkEffects) {
        for failure in effects.outcome.failures {
            effects.keep(failure.record, code: failure.code, reason: failure.reason)
        }
        for index in conflicts.sorted() {
            let id = String(decoding: effects.chunk.batch.text[effects.chunk.batch.records[index].id], as: UTF8.self)
            effects.keep(
                index, code: "conflict", reason: "id '\(id)' was seen before with another content; the first one counts"
            )
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
