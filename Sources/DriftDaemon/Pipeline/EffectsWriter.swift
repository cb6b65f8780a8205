import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore

/// Writes what a chunk or a walk brings about, in one transaction: states, history, alerts, refused records, counts
/// and progress, all or nothing (I3, I4, I5). Knows nothing of customers' states, so that it can work while the next
/// ones are computed.
struct EffectsWriter: Sendable {
    let store: Store
    let planner: AlertPlanner
    let model: StoredModel
    /// A commit at a time that is doubted must not make the next start believe it.
    let clockIsBelieved: Bool

    func write(_ effects: ChunkEffects) throws {
        // Of a walk without moves nothing depends on T yet, and the clock says again where it was.
        let isIdle = effects.walk != nil && effects.rows.isEmpty && effects.outcome.isEmpty && effects.changes.isEmpty
        try store.write(isIdle ? .redoable : .durable) { transaction in
            try writeRecords(effects, transaction)
            try effects.changes.write(transaction, model: model)
            if let walk = effects.walk { try write(walk, transaction) }
            if clockIsBelieved { try transaction.setMeta(MetaKey.lastCommit, String(effects.now.microseconds)) }
        }
    }

    private func write(_ walk: WalkStep, _ transaction: borrowing StoreTransaction) throws {
        if walk.isLast { try transaction.setLogicalTime(walk.target, axis: model.axis) }
        try transaction.setMeta(MetaKey.timeTarget, walk.isLast ? nil : String(walk.target.microseconds))
        try transaction.setMeta(MetaKey.timeOrder, walk.isLast ? nil : walk.order.rawValue)
    }

    private func writeMoves(_ effects: ChunkEffects, _ transaction: borrowing StoreTransaction) throws {
        let members = effects.members
        let batch = members.isEmpty ? nil : effects.chunk.batch
        try transaction.append(
            effects.rows, appearances: effects.outcome.appearances, model: model, files: members.map(\.fileID),
            recordedAt: effects.now)
        guard planner.hasTransitionRules, !effects.rows.isEmpty else { return }
        effects.alerts += try planner.plan(
            effects.outcome, quiet: effects.quiet, history: effects.history, now: effects.now, ledger: transaction,
            source: { record in batch.map { members[Int($0.records[record].file)].source } },
            name: { customer in
                guard let name = effects.names[customer] else {
                    throw StoreError.inconsistent("nothing is known of customer \(customer), about whom there is news")
                }
                return name
            },
            // In a storm not everyone is looked at: what is told of the others is what the move itself says.
            customer: { effects.contexts[$0] ?? CustomerContext(name: effects.names[$0] ?? "", placements: []) })
    }

    private func writeRecords(_ effects: ChunkEffects, _ transaction: borrowing StoreTransaction) throws {
        try writeMoves(effects, transaction)
        for (fileID, records) in effects.settled { try transaction.settleRequeued(records, of: fileID) }
        for kept in effects.kept {
            try transaction.insertQuarantined(effects.members[kept.file].fileID, kept.record)
        }
        if let latest = effects.latestAccepted { try note(latest, transaction) }
        for (index, member) in effects.members.enumerated() {
            let share = effects.chunk.shares[index]
            if !share.isEmpty {
                try keepAside(share, of: member, transaction)
                try transaction.advanceFile(
                    member.fileID, nextRecord: max(1, share.nextRecord), position: share.position,
                    adding: effects.counts[index])
                try transaction.addDelays(member.fileID, effects.delays[index])
            }
            if effects.chunk.isLast { try finish(member, effects, transaction) }
        }
    }

    private func note(_ latest: Instant, _ transaction: borrowing StoreTransaction) throws {
        let known = try transaction.meta(MetaKey.latestAccepted).flatMap(Int64.init)
        if let known, known >= latest.microseconds { return }
        try transaction.setMeta(MetaKey.latestAccepted, String(latest.microseconds))
    }

    /// What never reaches the engine.
    private func keepAside(
        _ share: FileShare, of member: ChunkEffects.Member, _ transaction: borrowing StoreTransaction
    ) throws {
        for refused in share.refused { try transaction.insertQuarantined(member.fileID, refused.quarantined) }
        for ignored in share.ignored {
            try transaction.countIgnored(
                member.fileID, code: ignored.code, detail: ignored.detail, adding: ignored.count)
        }
    }

    /// All effects of a file are in.
    private func finish(
        _ member: ChunkEffects.Member, _ effects: ChunkEffects, _ transaction: borrowing StoreTransaction
    ) throws {
        try transaction.setFileState(member.fileID, .committed)
        guard let file = try transaction.file(member.fileID), file.counts.records > 0 else { return }
        effects.alerts += try planner.planIntake(
            IntakeFacts(
                source: file.source, file: file.name, fileID: file.fileID, records: file.counts.records,
                quarantined: file.counts.quarantined), now: effects.now, ledger: transaction)
    }
}
