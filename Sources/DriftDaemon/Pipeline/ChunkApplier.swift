import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore

/// Applies one chunk of mapped records in one transaction: states, history, alerts, refused records, counts and
/// progress all or nothing (I3, I4, I5).
struct ChunkApplier {
    /// A file of the set being applied.
    struct Member {
        var fileID: Int64
        var source: String
        var claimedAt: Instant
    }

    let store: Store
    let desk: CustomerDesk
    let moves: MoveRecorder
    let historyRule: (Instant) -> HistoryRule
    /// A commit at a time that is doubted must not make the next start believe it.
    let clockIsBelieved: Bool

    /// - Parameters:
    ///   - chunk: Its records' customers are filled in.
    ///   - members: ``RecordBatch/Record/file`` → file of the ledger.
    ///   - logicalBefore: T before the set.
    ///   - now: The wall clock.
    /// - Returns: What became of all records of the chunk.
    func apply(
        _ chunk: inout ApplyChunk, members: [Member], logicalBefore: Instant, now: Instant
    ) throws -> FileCounts {
        do {
            var total = FileCounts()
            try store.write { transaction in
                var counts = chunk.shares.map(\.counts)
                try desk.begin(isLogging: !chunk.isLast, transaction)
                try applyRecords(&chunk, members, logicalBefore, now, &counts, transaction)
                for (index, member) in members.enumerated() {
                    let share = chunk.shares[index]
                    total.add(counts[index])
                    if !share.isEmpty { try keepAside(share, of: member, transaction) }
                    if !share.isEmpty {
                        try transaction.advanceFile(
                            member.fileID, nextRecord: max(1, share.nextRecord), position: share.position,
                            adding: counts[index])
                    }
                    if chunk.isLast { try finish(member, now, transaction) }
                }
                try desk.end(transaction)
                if clockIsBelieved { try transaction.setMeta(MetaKey.lastCommit, String(now.microseconds)) }
            }
            return total
        } catch {
            desk.forgetUncommitted()
            throw error
        }
    }

    /// What never reaches the engine.
    private func keepAside(
        _ share: FileShare, of member: Member, _ transaction: borrowing StoreTransaction
    ) throws {
        for refused in share.refused { try transaction.insertQuarantined(member.fileID, refused.quarantined) }
        for ignored in share.ignored {
            try transaction.countIgnored(
                member.fileID, code: ignored.code, detail: ignored.detail, adding: ignored.count)
        }
    }

    /// All effects of a file are in.
    private func finish(_ member: Member, _ now: Instant, _ transaction: borrowing StoreTransaction) throws {
        try transaction.setFileState(member.fileID, .committed)
        guard let file = try transaction.file(member.fileID), file.counts.records > 0 else { return }
        try moves.planIntake(
            IntakeFacts(
                source: file.source, file: file.name, fileID: file.fileID, records: file.counts.records,
                quarantined: file.counts.quarantined), now: now, transaction)
    }

    private func applyRecords(
        _ chunk: inout ApplyChunk, _ members: [Member], _ logicalBefore: Instant, _ now: Instant,
        _ counts: inout [FileCounts], _ transaction: borrowing StoreTransaction
    ) throws {
        moves.begin()
        guard !chunk.batch.records.isEmpty else { return }
        try resolveCustomers(&chunk.batch, transaction)
        var classes = [RecordClass](repeating: .ignored, count: chunk.batch.records.count)
        var late: [Int] = []
        for group in groups(chunk.batch) {
            let customer = chunk.batch.records[group[group.startIndex]].customer
            try desk.fetch(customer, transaction)
            desk.engine.apply(
                group, of: chunk.batch, customer: customer, to: &desk.state, logicalBefore: logicalBefore,
                classes: &classes, late: &late, outcome: &moves.outcome, scratch: &desk.scratch)
            // A customer of whom nothing was ever accepted stays unknown.
            if desk.state.isKnown { try desk.putBack(customer, transaction) }
        }
        for index in late { counts[Int(chunk.batch.records[index].file)].late += 1 }
        count(chunk.batch, classes, &counts)
        try keepRefused(chunk.batch, classes, members, transaction)
        try noteLatest(chunk.batch, classes, transaction)
        let oldestClaim = members.map(\.claimedAt).min() ?? now
        try moves.commit(
            MoveRecorder.Origin(
                batch: chunk.batch, files: members.map(\.fileID), sources: members.map(\.source),
                history: historyRule(oldestClaim)), now: now, transaction)
    }

    private func resolveCustomers(_ batch: inout RecordBatch, _ transaction: borrowing StoreTransaction) throws {
        for index in batch.records.indices {
            batch.records[index].customer = try desk.number(
                ofCustomerNamed: batch.text[batch.records[index].customerName], transaction)
        }
    }

    /// Indexes of each customer's records, in order; customers by number, which is the order of the database's
    /// pages.
    private func groups(_ batch: RecordBatch) -> [ArraySlice<Int>] {
        let order = batch.records.indices.sorted { left, right in
            let (a, b) = (batch.records[left].customer, batch.records[right].customer)
            return a == b ? left < right : a < b
        }
        var groups: [ArraySlice<Int>] = []
        var start = 0
        for index in order.indices
        where index + 1 == order.count
            || batch.records[order[index + 1]].customer != batch.records[order[index]].customer
        {
            groups.append(order[start...index])
            start = index + 1
        }
        return groups
    }

    private func count(
        _ batch: RecordBatch, _ classes: [RecordClass], _ counts: inout [FileCounts]
    ) {
        for (record, verdict) in zip(batch.records, classes) { counts[Int(record.file)].add(verdict) }
    }

    /// Records the engine refused, and the second content of an id, are kept for people.
    private func keepRefused(
        _ batch: RecordBatch, _ classes: [RecordClass], _ members: [Member],
        _ transaction: borrowing StoreTransaction
    ) throws {
        for failure in moves.outcome.failures {
            let record = batch.records[failure.record]
            try transaction.insertQuarantined(
                members[Int(record.file)].fileID,
                QuarantinedRecord(
                    record: record.number, byteOffset: nil, code: failure.code, reason: failure.reason, sample: nil))
        }
        for index in classes.indices where classes[index] == .conflict {
            let record = batch.records[index]
            let id = String(decoding: batch.text[record.id], as: UTF8.self)
            try transaction.insertQuarantined(
                members[Int(record.file)].fileID,
                QuarantinedRecord(
                    record: record.number, byteOffset: nil, code: "conflict",
                    reason: "id '\(id)' was seen before with another content; the first one counts", sample: nil))
        }
    }

    private func noteLatest(
        _ batch: RecordBatch, _ classes: [RecordClass], _ transaction: borrowing StoreTransaction
    ) throws {
        var latest: Instant?
        for (record, verdict) in zip(batch.records, classes) where verdict == .accepted {
            latest = latest.map { max($0, record.at) } ?? record.at
        }
        guard let latest else { return }
        let known = try transaction.meta(MetaKey.latestAccepted).flatMap(Int64.init)
        if let known, known >= latest.microseconds { return }
        try transaction.setMeta(MetaKey.latestAccepted, String(latest.microseconds))
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
