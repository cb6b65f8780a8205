import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Systemd

extension WorkLoop {
    /// Applies a set of files as one stream of records in the order of their time.
    /// - Returns: Whether it was applied to its end; false when it was asked to stop in between.
    func apply(_ set: [WaitingFile]) throws -> Bool {
        let rows = try store.write { transaction in
            let first = set.compactMap(\.firstAt).min()
            // Before the first event of all there is no T yet: it begins with that event.
            let time = try transaction.logicalTime() ?? first ?? Instant(microseconds: 0)
            _ = try transaction.fixSet(
                set.map { (fileID: $0.fileID, mapping: mappingID(of: $0)) }, logicalBefore: time, logicalAfter: time,
                modelID: desk.stored.modelID)
            return try set.compactMap { try transaction.file($0.fileID) }
        }
        return try applyRows(rows, logicalBefore: rows.first?.logicalBefore)
    }

    /// Goes on with a set that the last stop cut short; the ledger says how far it had come.
    func resumeSet() throws {
        let rows = try store.write { try $0.files(in: [.applying]) }
            .sorted { ($0.setID ?? 0, $0.setPosition ?? 0) < ($1.setID ?? 0, $1.setPosition ?? 0) }
        for set in Dictionary(grouping: rows, by: \.setID).sorted(by: { ($0.key ?? 0) < ($1.key ?? 0) }) {
            guard set.value.allSatisfy(intake.canApply), try !intake.givesUp(on: set.value, now: world.now()) else {
                continue
            }
            _ = try applyRows(set.value, logicalBefore: set.value.first?.logicalBefore)
        }
    }

    private func applyRows(_ rows: [FileRow], logicalBefore: Instant?) throws -> Bool {
        guard let logicalBefore else { return true }
        let members = rows.map {
            ChunkApplier.Member(fileID: $0.fileID, source: $0.source, claimedAt: $0.claimedAt)
        }
        let applier = ChunkApplier(store: store, desk: desk, moves: moves, historyRule: historyRule)
        let inputs = try rows.map { try intake.applyInput($0) }
        let stream = ChunkPrefetch(try ApplyStream(inputs, chunkRecords: options.chunkRecords))
        try store.write { try $0.prepareHistory(forRecords: rows.reduce(0) { $0 + ($1.verdict?.scanned ?? 0) }) }
        var chunk = ApplyChunk()
        while try stream.next(into: &chunk) {
            let counts = try applier.apply(&chunk, members: members, logicalBefore: logicalBefore, now: world.now())
            note(counts)
            heart.beat()
            try store.checkpoint()
            if desk.isLogFull { try foldStates() }
            if isStopping(), !chunk.isLast {
                try intake.forgiveAttempts(rows)
                return false
            }
        }
        try foldStates()
        try intake.archive(rows, now: world.now())
        return true
    }

    private func foldStates() throws {
        try desk.fold(store) { [heart] in _ = heart.beat() }
    }

    private func note(_ counts: FileCounts) {
        summary.records += Int(counts.records)
        summary.accepted += Int(counts.accepted)
        summary.quarantined += Int(counts.quarantined)
    }

    private func mappingID(of file: WaitingFile) -> String {
        configuration.sources.indices.contains(file.sourceOrder)
            ? intake.mappingID(ofSource: configuration.sources[file.sourceOrder].name) : ""
    }
}
