import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Logging

/// Everything about files before and after their records are applied: seen, claimed, read once without effects,
/// judged; and afterwards moved to where they belong. What it does is in the ledger first.
final class IntakeDesk {
    let store: Store
    let configuration: Configuration
    let log: Logger
    private let plans: [String: SourcePlan]
    private let asOf: Instant?
    private let layout: SpoolLayout
    private let files: any SpoolFiles
    private let archiver: Archiver
    private let claimer: Claimer
    private let arrivals: Arrivals
    private var scanners: [Scanner]
    /// Verdicts of files that wait, by number: what a second pass needs besides the ledger. After a restart they
    /// are found again by reading the file once more.
    private var verdicts: [Int64: Verdict] = [:]
    /// Files that wait or are being applied, by what identifies their content.
    private var waitingContents: [Content: Int64] = [:]
    /// Rows whose file is gone from work/: a person has to look.
    private var lost: Set<Int64> = []

    /// Called, in the transaction that refuses a file whole, with what there is to tell.
    var onRefused: (IntakeFacts, borrowing StoreTransaction) throws -> Void = { _, _ in }
    /// When a file that is still growing should be looked at again; nil: no file is.
    private(set) var lookAgainAt: Instant?
    /// Files that an earlier run claimed and did not judge.
    private var unjudged: [Int64] = []
    /// A file appeared so recently that it may be complete soon: until then the first event that waits is not known.
    private(set) var holdsTime = false
    /// Sources whose directory could not be read at the last look, and why: said once.
    private var troubles: [Int: IntakeError] = [:]
    /// Files that could not be taken, as they were then.
    private var barred: [Barred: (stamp: FileStamp, at: Instant)] = [:]
    /// Files that reached a final state since the start.
    private(set) var finished = 0

    /// Attempts at a file, each ended by the end of the process before it came to any commit, after which it is
    /// taken for poison. Power cuts and kills end attempts too: few would refuse good files.
    static let attemptsMax = 10

    private struct Content: Hashable {
        var source: String
        var sha256: String
    }

    private struct Barred: Hashable {
        var source: Int
        var name: [UInt8]
    }

    init(
        store: Store, configuration: Configuration, plans: [String: SourcePlan], asOf: Instant?, arrivals: Arrivals,
        log: Logger, files: any SpoolFiles = SystemSpoolFiles()
    ) {
        self.store = store
        self.configuration = configuration
        self.plans = plans
        self.asOf = asOf
        self.arrivals = arrivals
        self.log = log
        self.files = files
        layout = SpoolLayout(root: configuration.spoolDirectory)
        archiver = Archiver(layout: layout, files: files)
        claimer = Claimer(layout: layout, files: files)
        scanners = configuration.sources.map { Scanner(source: $0) }
    }

    // MARK: Start

    /// Makes the directories and finishes what the last run left half done.
    func recover(now: Instant) throws {
        try layout.prepare(sources: configuration.sources, files: files)
        let report = try SpoolRecovery(layout: layout, files: files).run(
            sources: configuration.sources, store: store, now: now)
        finished += report.settled.count
        for row in report.lost {
            lost.insert(row.fileID)
            log.error(
                "file \(row.fileID) (\(row.name)) is gone from \(layout.work): put it back as \(layout.workPath(row.fileID)) and start again"
            )
        }
        for row in report.toResume where row.state != .claimed { remember(row) }
        unjudged = report.toResume.filter { $0.state == .claimed }.map(\.fileID) + report.adopted.map(\.fileID)
    }

    private func remember(_ row: FileRow) {
        guard let sha256 = row.verdict?.sha256 else { return }
        waitingContents[Content(source: row.source, sha256: sha256)] = row.fileID
    }

    // MARK: Arrival

    /// Claims and judges what has arrived.
    /// - Parameters:
    ///   - takesEverything: Takes what is there without waiting whether it still grows (`--once`).
    ///   - progress: Called between blocks; false ends it early.
    func takeIn(now: Instant, takesEverything: Bool, progress: () -> Bool) throws {
        lookAgainAt = nil
        holdsTime = false
        while let fileID = unjudged.first {
            guard progress() else { return }
            try judge(fileID, now: now, progress: progress)
            unjudged.removeFirst()
        }
        let completed = arrivals.take()
        for index in scanners.indices {
            guard progress() else { return }
            let source = scanners[index].source
            let found: ScanResult
            do {
                found = try scanners[index].scan(
                    files: files, policy: takesEverything ? .atOnce : .patient, completed: completed[index] ?? [],
                    now: now)
            } catch {
                // Only this source suffers; the watcher tells when the directory is back.
                if troubles.updateValue(error, forKey: index) != error {
                    log.warning("source \(source.name): \(error)")
                }
                continue
            }
            if troubles.removeValue(forKey: index) != nil { log.notice("source \(source.name): readable again") }
            for report in found.reports {
                log.warning("\(source.directory)/\(FileName.display(report.name)): \(report.problem); left where it is")
            }
            if let again = found.lookAgainAt { lookAgainAt = min(lookAgainAt ?? again, again) }
            if found.recent > 0 { holdsTime = true }
            // What a claim promises (nothing later than claim + tolerance) must be the same after a restart.
            let claimedAt = asOf.map { max($0, now) } ?? now
            let ready = found.ready.filter { !isBarred($0, of: index, now: now) }
            let claim = try claimer.claim(ready, source: source, store: store, now: claimedAt)
            for (file, error) in claim.refused {
                barred[Barred(source: index, name: file.name)] = (file.stamp, now)
                log.warning(
                    "\(FileName.display(file.name)) of source \(source.name) cannot be taken: \(error); tried again in an hour, or when it changes"
                )
            }
            for file in claim.claimed {
                guard progress() else { return }
                try judge(file.fileID, now: now, progress: progress)
            }
        }
    }

    /// Whether a file could not be taken a while ago, and nothing has happened to it since.
    private func isBarred(_ file: ReadyFile, of source: Int, now: Instant) -> Bool {
        guard let last = barred[Barred(source: source, name: file.name)] else { return false }
        return last.stamp == file.stamp && now < last.at.advanced(bySeconds: 3_600)
    }

    /// First pass over a claimed file, and its verdict.
    private func judge(_ fileID: Int64, now: Instant, progress: () -> Bool) throws {
        guard let row = try store.write({ try $0.file(fileID) }), let plan = plans[row.source] else { return }
        let attempts = try store.write(.redoable) { try $0.beginAttempt(fileID) }
        guard attempts <= Self.attemptsMax else {
            try refuse(
                row, code: "crashes_reader",
                reason: "reading it ended the process \(Self.attemptsMax) times", records: 0, now: now)
            return
        }
        let found: Verdict?
        do {
            found = try firstPass(row, plan, progress: progress)
        } catch {
            try refuse(row, error, now: now)
            return
        }
        guard let found else {
            try store.write(.redoable) { try $0.forgiveAttempt(fileID) }
            return
        }
        try decide(row, found, now: now)
    }

    private func firstPass(
        _ row: FileRow, _ plan: SourcePlan, progress: () -> Bool
    ) throws(IntakeError) -> Verdict? {
        let path = layout.workPath(row.fileID)
        return try retrying(row) { () throws(IntakeError) in
            try FirstPass.run(path: path, plan: plan, context: context(row)) { _, _ in progress() }
        }
    }

    private func refuse(_ row: FileRow, _ error: IntakeError, now: Instant) throws {
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
            try store.write(.redoable) { try $0.recordVerdict(row.fileID, verdict.ledgerRow) }
            try refuse(
                row, code: failure.code, reason: failure.reason, records: verdict.records, now: now,
                byteOffset: failure.byteOffset, examples: verdict.examples)
            return
        }
        try store.write(.redoable) { transaction in
            try transaction.recordVerdict(row.fileID, verdict.ledgerRow)
            try transaction.setFileState(row.fileID, .valid)
            try transaction.forgiveAttempt(row.fileID)
        }
        for warning in verdict.warnings { log.warning("file \(row.fileID) (\(row.name)): \(warning)") }
        verdicts[row.fileID] = verdict
        waitingContents[content] = row.fileID
    }

    /// Refuses a file whole, before any effect.
    private func refuse(
        _ row: FileRow, code: String, reason: String, records: Int64, now: Instant, byteOffset: Int64? = nil,
        examples: [RefusedRecord] = []
    ) throws {
        log.warning("file \(row.fileID) (\(row.source)/\(row.name)) is quarantined: \(reason)")
        try store.write { transaction in
            try transaction.markQuarantined(row.fileID, code: code, reason: reason, records: records)
            try transaction.insertQuarantined(
                row.fileID,
                QuarantinedRecord(record: nil, byteOffset: byteOffset, code: code, reason: reason, sample: nil))
            for example in examples { try transaction.insertQuarantined(row.fileID, example.quarantined) }
            try onRefused(
                IntakeFacts(
                    source: row.source, file: row.name, fileID: row.fileID, records: max(1, records),
                    quarantined: max(1, records)), transaction)
        }
        try settle(row.fileID, now: now)
    }

    // MARK: Application

    /// Position of a source in the configuration; later than all for one that is no longer there.
    func sourceOrder(_ source: String) -> Int {
        configuration.sources.firstIndex { $0.name == source } ?? .max
    }

    /// Whether a file that waits can be applied: its source is configured, and it is where it should be.
    func canApply(_ row: FileRow) -> Bool { plans[row.source] != nil && !lost.contains(row.fileID) }

    /// Identifies the mapping of a source.
    func mappingID(ofSource source: String) -> String { plans[source]?.mappingID ?? "" }

    /// What the second pass over a file needs. Reads the file again if this process has not judged it.
    /// - Parameter progress: Called between blocks; false ends it early.
    /// - Returns: nil when it was ended early.
    func applyInput(_ row: FileRow, progress: () -> Bool) throws -> ApplyInput? {
        guard let plan = plans[row.source] else {
            throw DaemonError(.configuration, "source '\(row.source)' of file \(row.fileID) is not configured any more")
        }
        let path = layout.workPath(row.fileID)
        let verdict: Verdict
        if let known = verdicts[row.fileID] {
            verdict = known
        } else {
            let facts = context(row)
            guard
                let found = try FirstPass.run(
                    path: path, plan: plan, context: facts, progress: { _, _ in progress() })
            else { return nil }
            guard found.sha256 == row.verdict?.sha256 else { throw IntakeError(.changed, "read", path: path) }
            verdict = found
        }
        var input = ApplyInput(path: path, plan: plan, context: context(row), verdict: verdict)
        input.position = row.position
        return input
    }

    private func context(_ row: FileRow) -> FileContext {
        FileContext(
            name: row.nameBytes, index: 0, claimedAt: row.claimedAt,
            latestAt: row.claimedAt.advanced(bySeconds: configuration.futureToleranceSeconds))
    }

    /// Counts an attempt at applying files that an earlier process had begun.
    /// - Returns: Whether the files have ended the process too often: then they are quarantined instead.
    func givesUp(on rows: [FileRow], now: Instant) throws -> Bool {
        let attempts = try store.write(.redoable) { transaction in
            try rows.map { try transaction.beginAttempt($0.fileID) }
        }
        // Progress of any file of the set ends its count.
        guard (attempts.min() ?? 0) > Self.attemptsMax else { return false }
        for row in rows {
            try store.write { transaction in
                try transaction.setFileState(
                    row.fileID, .quarantinePending, code: "crashes_reader",
                    reason:
                        "applying it ended the process \(Self.attemptsMax) times; records before \(row.position) are in"
                )
            }
            try settle(row.fileID, now: now)
        }
        return true
    }

    /// Finds out which files of a set cannot be read any more, and puts them aside; what was applied of them stays.
    /// - Returns: Those that can go on.
    func dropUnreadable(_ rows: [FileRow], now: Instant) throws -> [FileRow] {
        var readable: [FileRow] = []
        for row in rows {
            guard let plan = plans[row.source] else { continue }
            do {
                let found = try firstPass(row, plan) { true }
                if found?.sha256 == row.verdict?.sha256 { readable.append(row) } else { try dropFromSet(row, nil, now) }
            } catch let error as IntakeError {
                try dropFromSet(row, error, now)
            }
        }
        return readable
    }

    private func dropFromSet(_ row: FileRow, _ error: IntakeError?, _ now: Instant) throws {
        let current = try store.write { try $0.file(row.fileID) } ?? row
        if current.position == 0 {
            return try refuse(row, error ?? IntakeError(.changed, "read", path: row.name), now: now)
        }
        let reason =
            (error?.description ?? "its content changed after it was first read")
            + "; the first \(current.position) of its records are in"
        log.warning("file \(row.fileID) (\(row.source)/\(row.name)) is quarantined: \(reason)")
        try store.write { transaction in
            try transaction.setFileState(
                row.fileID, .quarantinePending, code: error == nil ? "unstable" : "unreadable", reason: reason)
        }
        try settle(row.fileID, now: now)
    }

    /// Attempts that this process survived, whatever ended them (a full disk), do not count against files.
    func forgiveOpenAttempts() throws {
        try store.write { transaction in
            for row in try transaction.files(in: [.claimed, .applying]) { try transaction.forgiveAttempt(row.fileID) }
        }
    }

    /// A stop in order does not count against files.
    func forgiveAttempts(_ rows: [FileRow]) throws {
        try store.write(.redoable) { transaction in for row in rows { try transaction.forgiveAttempt(row.fileID) } }
    }

    // MARK: Moves

    /// Moves files whose effects are in to the archive.
    func archive(_ rows: [FileRow], now: Instant) throws {
        for row in rows { try settle(row.fileID, now: now) }
    }

    private func settle(_ fileID: Int64, now: Instant) throws {
        guard let row = try store.write({ try $0.file(fileID) }) else { return }
        do {
            try archiver.settle(row, store: store, now: now)
        } catch let error as IntakeError where error.kind == .vanished {
            lost.insert(fileID)
            log.error("file \(fileID) (\(row.name)) is gone from \(layout.work); its ledger row waits for it: \(error)")
        }
        verdicts[fileID] = nil
        if let sha256 = row.verdict?.sha256 {
            let content = Content(source: row.source, sha256: sha256)
            if waitingContents[content] == fileID { waitingContents[content] = nil }
        }
        finished += 1
    }
}
