import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Logging
import Systemd

extension WorkLoop {
    /// Applies a set of files as one stream of records in the order of their time.
    /// - Returns: Whether it was applied to its end; false when it was asked to stop in between.
    func apply(_ set: [WaitingFile]) throws -> Bool {
        let rows = try store.write(.redoable) { transaction in
            let first = set.compactMap(\.firstAt).min()
            // Before the first event of all there is no T yet: it begins with that event.
            let time = try transaction.logicalTime() ?? first ?? Instant(microseconds: 0)
            _ = try transaction.fixSet(
                set.map { file in
                    let identity = identity(of: file)
                    return (fileID: file.fileID, mapping: identity.mapping, definition: identity.definition)
                }, logicalBefore: time, logicalAfter: time,
                modelID: desk.stored.modelID)
            return try set.compactMap { try transaction.file($0.fileID) }
        }
        return try applyRows(rows, logicalBefore: rows.first?.logicalBefore)
    }

    /// Goes on with a set that the last stop cut short; the ledger says how far it had come.
    /// - Returns: False when it was asked to stop in between.
    func resumeSet() throws -> Bool {
        let rows = try store.write { try $0.files(in: [.applying]) }
            .sorted { ($0.setID ?? 0, $0.setPosition ?? 0) < ($1.setID ?? 0, $1.setPosition ?? 0) }
        for set in Dictionary(grouping: rows, by: \.setID).sorted(by: { ($0.key ?? 0) < ($1.key ?? 0) }) {
            let members = try intake.beginAgain(set.value, now: world.now())
            guard !members.isEmpty, members.allSatisfy(intake.canApply) else { continue }
            guard try applyRows(members, logicalBefore: members.first?.logicalBefore) else { return false }
        }
        return true
    }

    private func applyRows(_ rows: [FileRow], logicalBefore: Instant?) throws -> Bool {
        guard let logicalBefore else { return true }
        let background = BackgroundWriter(effectsWriter)
        do {
            var inputs: [ApplyInput] = []
            inputs.reserveCapacity(rows.count)
            for row in rows {
                guard let input = try intake.applyInput(row, progress: goesOn) else {
                    try intake.forgiveAttempts(rows)
                    return false
                }
                inputs.append(input)
            }
            let fileIDs = rows.map(\.fileID)
            let stream = ChunkPrefetch(
                try ApplyStream(
                    inputs, chunkRecords: chunkSize(rows),
                    sortBytes: options.sortBytes ?? Int(configuration.memoryBudgetBytes / 4),
                    willRead: { [mark] index, position in
                        guard let index else { return mark.clear(.reader) }
                        mark.set(.reader, .reading, fileID: fileIDs[index], record: position)
                    }, progress: { heart.beat() }), isAhead: !isCareful(rows))
            guard try applyChunks(stream, inputs, rows, logicalBefore, background) else {
                try intake.forgiveAttempts(rows)
                return false
            }
        } catch let error as IntakeError where error.kind != .full {
            // What was read before the trouble is as good as ever.
            _ = try committed(background)
            return try goOn(without: error, rows, logicalBefore)
        } catch {
            _ = try? background.finish()
            desk.forgetUncommitted()
            throw error
        }
        try intake.archive(rows, now: world.now())
        return true
    }

    /// Works out chunk after chunk, each while the one before is written.
    /// - Returns: False when it was asked to stop in between.
    private func applyChunks(
        _ stream: ChunkPrefetch, _ inputs: [ApplyInput], _ rows: [FileRow], _ logicalBefore: Instant,
        _ background: BackgroundWriter
    ) throws -> Bool {
        let members = rows.map {
            ChunkEffects.Member(
                fileID: $0.fileID, source: $0.source, claimedAt: $0.claimedAt, isSecondTry: $0.requeueOf != nil)
        }
        let applier = ChunkApplier(
            store: store, desk: desk, planner: planner, historyRule: historyRule, mark: mark, isCareful: isCareful(rows)
        )
        var chunk = ApplyChunk()
        var isFirst = true
        var spare: ChunkEffects?
        while try stream.next(into: &chunk) {
            try store.verifySameFile()
            let isLast = chunk.isLast
            let effects = spare ?? ChunkEffects()
            try applier.apply(
                &chunk, members: members, isOnly: isFirst && isLast, logicalBefore: logicalBefore, now: world.now(),
                into: effects)
            isFirst = false
            effects.addSamples(inputs)
            spare = try committed(background)
            betweenChunks()
            background.begin(effects)
            if isLast || desk.isLogFull || isStopping() { spare = try committed(background) }
            if desk.isLogFull { try foldStates() }
            if isStopping(), !isLast { return false }
        }
        return true
    }

    /// Waits for what is being written.
    private func committed(_ background: BackgroundWriter) throws -> ChunkEffects? {
        guard let effects = try background.finish() else { return nil }
        desk.settle(effects.changes)
        tally.add(effects)
        note(effects.counts.reduce(into: FileCounts()) { $0.add($1) })
        heart.beat()
        return effects
    }

    func foldStates() throws {
        try desk.fold(store) { [heart] in _ = heart.beat() }
    }

    /// Whether a process ended in the middle of one of these files before.
    private func isCareful(_ rows: [FileRow]) -> Bool { rows.contains { $0.crashes > 0 } }

    /// After attempts that came to no commit, chunks are smaller: a process that is ended again and again gets on
    /// all the same, and a file that ends it is not told by what lies before its poison.
    private func chunkSize(_ rows: [FileRow]) -> Int {
        let chunkRecords = store.isShortOfRoom ? min(chunkRecords, Self.recordsMaxInNeed) : chunkRecords
        let attempts = rows.map(\.attempts).max() ?? 0
        return attempts == 0 ? chunkRecords : min(chunkRecords, max(64, chunkRecords >> (4 * attempts)))
    }

    /// A file of the set changed, vanished or cannot be read: it is put aside, the others go on where they are.
    private func goOn(without error: IntakeError, _ rows: [FileRow], _ logicalBefore: Instant) throws -> Bool {
        log.warning("applying \(rows.count) files: \(error); looking which of them can still be read")
        let readable = try intake.dropUnreadable(rows, now: world.now())
        // All of them are as they were: the trouble may pass by itself.
        guard readable.count < rows.count else { throw error }
        if readable.isEmpty { return true }
        let left = try store.write { transaction in try readable.compactMap { try transaction.file($0.fileID) } }
        return try applyRows(left, logicalBefore: logicalBefore)
    }

    private func note(_ counts: FileCounts) {
        summary.records += Int(counts.records)
        summary.accepted += Int(counts.accepted)
        summary.quarantined += Int(counts.quarantined)
        onApplied(counts)
    }

    private func identity(of file: WaitingFile) -> (mapping: String, definition: Int64?) {
        configuration.sources.indices.contains(file.sourceOrder)
            ? intake.identity(ofSource: configuration.sources[file.sourceOrder].name) : ("", nil)
    }
}
