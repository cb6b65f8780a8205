import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Glibc
import Logging

/// The first pass over claimed files, without effects, and what it decides.
extension IntakeDesk {
    /// Most files judged in one transaction, and about how many of their bytes: what a crash makes read again.
    private static let judgedAtOnce: (files: Int, bytes: Int64) = (256, 64 << 20)

    /// A file whose first pass is done, and nothing is against it.
    struct Judgement {
        var row: FileRow
        var verdict: Verdict
        var content: Content
        /// One that came with the same bytes before.
        var earlier: Int64?
    }

    /// First passes over claimed files, and their verdicts.
    /// - Parameter progress: Called between files and between their blocks; false ends it early.
    /// - Returns: False when it was ended early: what is not judged then is still claimed.
    func judge(_ fileIDs: [Int64], now: Instant, progress: () -> Bool) throws -> Bool {
        var rest = fileIDs[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.judgedAtOnce.files)
            rest = rest.dropFirst(Self.judgedAtOnce.files)
            // An attempt is known before the file is read.
            let rows = try store.write(.redoable) { transaction in
                try some.compactMap { fileID in
                    guard let row = try transaction.file(fileID), plan(for: row) != nil else { return nil as FileRow? }
                    if row.crashes < Self.crashesMax { try transaction.beginAttempt(fileID) }
                    return row
                }
            }
            guard try judgeSome(rows, now: now, progress: progress) else { return false }
        }
        return true
    }

    /// - Returns: False when it was ended early.
    private func judgeSome(_ rows: [FileRow], now: Instant, progress: () -> Bool) throws -> Bool {
        var good: [Judgement] = []
        var bytes: Int64 = 0
        for (index, row) in rows.enumerated() {
            guard let plan = plan(for: row) else { continue }
            guard row.crashes < Self.crashesMax else {
                try refuse(
                    row, code: "crashes_reader",
                    reason: "reading it ended the process \(row.crashes) times at the same place", records: 0, now: now
                )
                continue
            }
            let found: Verdict?
            do {
                let (path, context) = (try path(of: row), try context(row))
                found =
                    progress() ? try firstPass(row, plan, at: path, context: context, progress: progress) : nil
            } catch let error as IntakeError {
                try refuse(row, error, now: now)
                continue
            }
            guard let found else {
                try accept(&good, now: now)
                try forgiveAttempts(rows[index...].filter { $0.crashes < Self.crashesMax })
                return false
            }
            try decide(row, found, &good, now: now)
            bytes += row.size
            if bytes > Self.judgedAtOnce.bytes {
                try accept(&good, now: now)
                bytes = 0
            }
        }
        try accept(&good, now: now)
        return true
    }

    func firstPass(
        _ row: FileRow, _ plan: SourcePlan, at path: String, context: FileContext, progress: () -> Bool
    ) throws(IntakeError) -> Verdict? {
        return try retrying(row) { () throws(IntakeError) in
            try markedPass(row, plan, at: path, context: context, progress: progress)
        }
    }

    /// A first pass during which an end of the process is held against the file.
    func markedPass(
        _ row: FileRow, _ plan: SourcePlan, at path: String, context: FileContext, progress: () -> Bool
    ) throws(IntakeError) -> Verdict? {
        // After an end in the middle of it one thread reads, and the place is exact.
        let readsAhead = row.crashes == 0 && FirstPass.gainsFromReadingAhead(bytes: row.size)
        let slots: [WorkMark.Slot] = readsAhead ? [.work, .work2] : [.work]
        func note(_ records: Int64) {
            for slot in slots { mark.set(slot, .judging, fileID: row.fileID, record: records) }
        }
        defer { for slot in slots { mark.clear(slot) } }
        note(0)
        return try FirstPass.run(path: path, plan: plan, context: context, readsAhead: readsAhead) { _, records in
            note(records)
            onRead(row.fileID, records)
            return progress()
        }
    }

    func refuse(_ row: FileRow, _ error: IntakeError, now: Instant) throws {
        try refuse(
            row, code: error.kind == .changed ? "unstable" : "unreadable",
            reason: error.kind == .changed
                ? "its content kept changing while it was read; its producer must write elsewhere and rename"
                : error.description, records: 0, now: now)
    }

    /// How long to wait before a file that could not be read is tried again: what is wrong with a disk or the network
    /// may pass, and others wait meanwhile.
    private static let retryMicroseconds: [UInt32] = [50_000, 400_000]

    /// A read that failed for a reason that may pass is tried again twice.
    private func retrying<T>(
        _ row: FileRow, _ read: () throws(IntakeError) -> T
    ) throws(IntakeError) -> T {
        for microseconds in Self.retryMicroseconds {
            do { return try read() } catch {
                log.warning("file \(row.fileID) (\(row.name)): \(error); trying again")
                pause(microseconds)
            }
        }
        return try read()
    }

    /// What a verdict means: refused now, or noted as good.
    private func decide(_ row: FileRow, _ verdict: Verdict, _ good: inout [Judgement], now: Instant) throws {
        if row.requeueOf != nil { return try decideSecondTry(row, verdict, &good, now: now) }
        if let failure = verdict.failure {
            let form = try store.write(.redoable) { transaction in
                try transaction.recordVerdict(row.fileID, verdict.ledgerRow)
                return try noteForm(row, verdict, now: now, transaction)
            }
            form.tell(log)
            try refuse(
                row, code: failure.code, reason: failure.reason, records: verdict.records, now: now,
                byteOffset: failure.byteOffset, examples: verdict.examples,
                // Of files that lack a column it is said once that their columns are others.
                isTold: failure.code != "missing_column" || !form.tellsOfColumns)
            return
        }
        let content = Content(source: row.source, sha256: verdict.sha256)
        let earlier = waitingContents[content] ?? good.first { $0.content == content }?.row.fileID
        good.append(
            Judgement(row: row, verdict: verdict, content: content, earlier: earlier == row.fileID ? nil : earlier))
    }

    /// Writes the verdicts of files against which there is nothing; those whose bytes came before are duplicates.
    private func accept(_ good: inout [Judgement], now: Instant) throws {
        if good.isEmpty { return }
        defer { good.removeAll() }
        let repeated = try store.write { transaction in
            try good.map { found in
                try found.earlier
                    ?? (found.row.requeueOf == nil
                        ? transaction.committedFile(sha256: found.verdict.sha256, source: found.row.source)
                        : nil)
            }
        }
        // A duplicate leaves work/ next: the ledger must know for good why.
        let forms = try store.write(repeated.contains { $0 != nil } ? .durable : .redoable) { transaction in
            try zip(good, repeated).map { found, earlier in
                try write(found, duplicateOf: earlier, now: now, transaction)
            }
        }
        for (found, (earlier, form)) in zip(good, zip(repeated, forms)) {
            form.tell(log)
            guard earlier == nil else { continue }
            for warning in found.verdict.warnings {
                log.warning("file \(found.row.fileID) (\(found.row.name)): \(warning)")
            }
            if found.row.requeueOf == nil { waitingContents[found.content] = found.row.fileID }
            judged[found.row.fileID] = Judged(stamp: found.verdict.stamp, isSorted: found.verdict.isSorted)
        }
        try settle(zip(good, repeated).filter { $1 != nil }.map(\.0.row.fileID), now: now)
    }

    private func write(
        _ found: Judgement, duplicateOf earlier: Int64?, now: Instant, _ transaction: borrowing StoreTransaction
    ) throws -> NotedForm {
        let fileID = found.row.fileID
        try transaction.recordVerdict(fileID, found.verdict.ledgerRow)
        if let earlier {
            try transaction.markDuplicate(fileID, of: earlier, records: found.verdict.records)
            return NotedForm()
        }
        try transaction.setFileState(fileID, .valid)
        try transaction.forgiveAttempt(fileID)
        return try noteForm(found.row, found.verdict, now: now, transaction)
    }

    /// Records given another try: those that still cannot be used stay refused, however many they are.
    private func decideSecondTry(
        _ row: FileRow, _ verdict: Verdict, _ good: inout [Judgement], now: Instant
    ) throws {
        let root = try row.requeueOf.flatMap { root in try store.write { try $0.file(root) } }
        if let scanned = root?.verdict?.scanned, verdict.lastRecord != scanned {
            return try giveUp(
                row, code: "renumbered",
                reason:
                    "the file reads as \(verdict.lastRecord) records now, not \(scanned): which of them were refused cannot be told",
                now: now)
        }
        if let failure = verdict.failure, failure.code != "too_many_quarantined" {
            return try giveUp(row, code: failure.code, reason: failure.reason, now: now)
        }
        good.append(
            Judgement(row: row, verdict: verdict, content: Content(source: row.source, sha256: verdict.sha256)))
    }

    /// Ends a second try as it began: its records stay quarantined, and can be given another one.
    func giveUp(_ row: FileRow, code: String, reason: String, now: Instant) throws {
        log.warning("file \(row.fileID) (another try for \(row.source)/\(row.name)): \(reason)")
        try store.write { try $0.setFileState(row.fileID, .quarantinePending, code: code, reason: reason) }
        try settle([row.fileID], now: now)
    }

    /// Refuses a file whole, before any effect.
    func refuse(
        _ row: FileRow, code: String, reason: String, records: Int64, now: Instant, byteOffset: Int64? = nil,
        examples: [RefusedRecord] = [], isTold: Bool = true
    ) throws {
        if row.requeueOf != nil { return try giveUp(row, code: code, reason: reason, now: now) }
        log.warning("file \(row.fileID) (\(row.source)/\(row.name)) is quarantined: \(reason)")
        try store.write { transaction in
            try transaction.markQuarantined(row.fileID, code: code, reason: reason, records: records)
            try transaction.insertQuarantined(
                row.fileID,
                QuarantinedRecord(record: nil, byteOffset: byteOffset, code: code, reason: reason, sample: nil))
            for example in examples { try transaction.insertQuarantined(row.fileID, example.quarantined) }
            guard isTold else { return }
            try onRefused(
                IntakeFacts(
                    source: row.source, file: row.name, fileID: row.fileID, records: max(1, records),
                    quarantined: max(1, records)), reason, transaction)
        }
        try settle([row.fileID], now: now)
    }
}
