import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Logging

/// The first pass over claimed files, without effects, and what it decides.
extension IntakeDesk {
    /// First pass over a claimed file, and its verdict.
    func judge(_ fileID: Int64, now: Instant, progress: () -> Bool) throws {
        guard let row = try store.write({ try $0.file(fileID) }), let plan = plan(for: row) else { return }
        guard row.crashes < Self.crashesMax else {
            try refuse(
                row, code: "crashes_reader",
                reason: "reading it ended the process \(row.crashes) times at the same place", records: 0, now: now)
            return
        }
        _ = try store.write(.redoable) { try $0.beginAttempt(fileID) }
        let found: Verdict?
        do {
            let (path, context) = (try path(of: row), try context(row))
            found = try firstPass(row, plan, at: path, context: context, progress: progress)
        } catch let error as IntakeError {
            try refuse(row, error, now: now)
            return
        }
        guard let found else {
            try store.write(.redoable) { try $0.forgiveAttempt(fileID) }
            return
        }
        try decide(row, found, now: now)
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
        defer { mark.clear(.work) }
        mark.set(.work, .judging, fileID: row.fileID, record: 0)
        return try FirstPass.run(path: path, plan: plan, context: context) { _, records in
            mark.set(.work, .judging, fileID: row.fileID, record: records)
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

    /// A read that failed for a reason that may pass is tried again, at once, twice.
    private func retrying<T>(
        _ row: FileRow, _ read: () throws(IntakeError) -> T
    ) throws(IntakeError) -> T {
        for _ in 1..<3 {
            do { return try read() } catch {
                log.warning("file \(row.fileID) (\(row.name)): \(error); trying again")
            }
        }
        return try read()
    }

    private func decide(_ row: FileRow, _ verdict: Verdict, now: Instant) throws {
        if row.requeueOf != nil { return try decideSecondTry(row, verdict, now: now) }
        let content = Content(source: row.source, sha256: verdict.sha256)
        if verdict.failure == nil {
            let earlier =
                try waitingContents[content]
                ?? store.write { try $0.committedFile(sha256: verdict.sha256, source: row.source) }?.fileID
            if let earlier, earlier != row.fileID {
                try store.write { transaction in
                    try transaction.recordVerdict(row.fileID, verdict.ledgerRow)
                    try transaction.markDuplicate(row.fileID, of: earlier, records: verdict.records)
                }
                try settle(row.fileID, now: now)
                return
            }
        }
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
        try accept(row, verdict, now: now)
        waitingContents[content] = row.fileID
    }

    private func accept(_ row: FileRow, _ verdict: Verdict, now: Instant) throws {
        let form = try store.write(.redoable) { transaction in
            try transaction.recordVerdict(row.fileID, verdict.ledgerRow)
            try transaction.setFileState(row.fileID, .valid)
            try transaction.forgiveAttempt(row.fileID)
            return try noteForm(row, verdict, now: now, transaction)
        }
        form.tell(log)
        for warning in verdict.warnings { log.warning("file \(row.fileID) (\(row.name)): \(warning)") }
        verdicts[row.fileID] = verdict
    }

    /// Records given another try: those that still cannot be used stay refused, however many they are.
    private func decideSecondTry(_ row: FileRow, _ verdict: Verdict, now: Instant) throws {
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
        try accept(row, verdict, now: now)
    }

    /// Ends a second try as it began: its records stay quarantined, and can be given another one.
    func giveUp(_ row: FileRow, code: String, reason: String, now: Instant) throws {
        log.warning("file \(row.fileID) (another try for \(row.source)/\(row.name)): \(reason)")
        try store.write { try $0.setFileState(row.fileID, .quarantinePending, code: code, reason: reason) }
        try settle(row.fileID, now: now)
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
                    quarantined: max(1, records)), transaction)
        }
        try settle(row.fileID, now: now)
    }
}
