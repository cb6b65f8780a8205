import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore

/// What a chunk of records, or a stretch of logical time, brings about: everything its transaction writes. Computed
/// by one thread, then written by another while the first one goes on.
final class ChunkEffects: @unchecked Sendable {
    /// A file of the set being applied.
    struct Member {
        var fileID: Int64
        var source: String
        var claimedAt: Instant
        /// Its records count as quarantined already, and are taken out of that count one by one.
        var isSecondTry = false
    }

    /// A record that is kept for people.
    struct KeptRecord {
        /// Its file's position in the set.
        var file: Int
        var record: QuarantinedRecord
    }

    /// ``RecordBatch/Record/file`` → file of the ledger; empty: time alone.
    var members: [Member] = []
    var chunk = ApplyChunk()
    /// Without the moves that are quiet.
    var outcome = Outcome()
    /// Of all moves.
    var rows = MoveRows()
    /// Those that no rule is about; nil: none were parted from the others.
    var quiet: QuietMoves?
    var changes = StateChanges()
    /// One per file.
    var counts: [FileCounts] = []
    /// How late each file's accepted records came.
    var delays: [DelaySketch] = []
    var kept: [KeptRecord] = []
    /// Records of second tries that are dealt with, by file.
    var settled: [Int64: [Int64]] = [:]
    /// The latest `at` among accepted records.
    var latestAccepted: Instant?
    /// The customers about whom there is news: their names, and of the first of them what alerts may ask.
    var names: [Int64: String] = [:]
    var contexts: [Int64: CustomerContext] = [:]
    var history = HistoryRule.onlyActivation
    /// The step of a walk that this is; nil: a chunk of records.
    var walk: WalkStep?
    /// The wall clock.
    var now = Instant(microseconds: 0)
    /// What was planned when it was written.
    var alerts = AlertCounts()

    init() {}

    /// Forgets the contents, keeps the memory.
    func removeAll() {
        members.removeAll(keepingCapacity: true)
        outcome.removeAll()
        rows.removeAll()
        quiet = nil
        changes.removeAll()
        counts.removeAll(keepingCapacity: true)
        delays.removeAll(keepingCapacity: true)
        kept.removeAll(keepingCapacity: true)
        settled.removeAll()
        latestAccepted = nil
        walk = nil
        names.removeAll(keepingCapacity: true)
        contexts.removeAll(keepingCapacity: true)
        alerts = AlertCounts()
    }
}

extension ChunkEffects {
    /// Takes over the moves that a workplace has worked out, behind those that are there.
    func take(_ workplace: inout Workplace) {
        if outcome.isEmpty { swap(&outcome, &workplace.outcome) } else { outcome.append(workplace.outcome) }
        if rows.isEmpty { swap(&rows, &workplace.rows) } else { rows.append(workplace.rows) }
        guard let more = workplace.quiet else { return }
        if quiet == nil { quiet = more } else { quiet?.append(more) }
    }

    /// Keeps a record of the batch for people.
    func keep(_ index: Int, code: String, reason: String) {
        let record = chunk.batch.records[index]
        kept.append(
            KeptRecord(
                file: Int(record.file),
                record: QuarantinedRecord(
                    record: record.number, byteOffset: record.byteOffset < 0 ? nil : record.byteOffset, code: code,
                    reason: reason, sample: nil)))
    }

    /// Gives the kept records their first bytes, as those have that never reached the engine.
    func addSamples(_ inputs: [ApplyInput]) {
        for file in Set(kept.map(\.file)) {
            let numbers = Set(kept.filter { $0.file == file }.compactMap(\.record.record))
            let samples = SampleReader.samples(of: numbers, in: inputs[file])
            for index in kept.indices where kept[index].file == file {
                guard let number = kept[index].record.record, let sample = samples[number] else { continue }
                kept[index].record.sample = String(decoding: sample, as: UTF8.self)
            }
        }
    }
}
