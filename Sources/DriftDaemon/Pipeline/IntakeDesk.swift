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
    let mark: WorkMark
    let plans: [String: SourcePlan]
    let asOf: Instant?
    let layout: SpoolLayout
    let files: any SpoolFiles
    let archiver: Archiver
    private let claimer: Claimer
    let arrivals: Arrivals
    private var scanners: [Scanner]
    /// Verdicts of files that wait, by number: what a second pass needs besides the ledger. After a restart they
    /// are found again by reading the file once more.
    var verdicts: [Int64: Verdict] = [:]
    /// Files that wait or are being applied, by what identifies their content.
    var waitingContents: [Content: Int64] = [:]
    /// Rows whose file is gone from work/: a person has to look.
    var lost: Set<Int64> = []

    /// Called, in the transaction that refuses a file whole, with what there is to tell.
    var onRefused: (IntakeFacts, borrowing StoreTransaction) throws -> Void = { _, _ in }
    /// Called between the blocks of a first pass with the file and the records read so far.
    var onRead: (_ fileID: Int64, _ records: Int64) -> Void = { _, _ in }
    /// When a file that is still growing should be looked at again; nil: no file is.
    private(set) var lookAgainAt: Instant?
    /// Files that were claimed and not judged: by an earlier run, or because a person gave them another try.
    var unjudged: [Int64] = []
    /// Numbers of what the ledger keeps of how each source is read.
    private var definitions: [String: Int64] = [:]
    /// A file appeared so recently that it may be complete soon: until then the first event that waits is not known.
    private(set) var holdsTime = false
    /// Sources whose directory could not be read at the last look, and why: said once.
    private var troubles: [Int: IntakeError] = [:]
    /// Files that could not be taken, as they were then.
    private var barred: [Barred: (stamp: FileStamp, at: Instant)] = [:]
    /// Files of the archive up to this one were looked at for compression; nil: it failed, and is left alone.
    var compressedUpTo: Int64? = 0
    /// Files that reached a final state since the start.
    var finished = 0

    /// Ends of the process in the middle of a file's records, in a row and at the same place, after which the file is
    /// taken for poison. What ends while it is at anything else, or at another place each time, is nobody's fault.
    static let crashesMax = 3

    struct Content: Hashable {
        var source: String
        var sha256: String
    }

    private struct Barred: Hashable {
        var source: Int
        var name: [UInt8]
    }

    init(
        store: Store, configuration: Configuration, plans: [String: SourcePlan], asOf: Instant?, arrivals: Arrivals,
        mark: WorkMark, log: Logger, files: any SpoolFiles = SystemSpoolFiles()
    ) {
        self.mark = mark
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
        try keepDefinitions()
        try ArchiveCompressor(layout: layout, files: files).recover(store: store)
        let report = try SpoolRecovery(layout: layout, files: files).run(
            sources: configuration.sources, store: store, now: now)
        finished += report.settled.count
        for row in report.lost {
            lost.insert(row.fileID)
            log.error(
                "file \(row.fileID) (\(row.name)) is gone from \(layout.work): put it back as \(layout.workPath(row.fileID)) and start again"
            )
        }
        for place in mark.takeBefore() { try noteCrash(place, among: report.toResume) }
        for row in report.toResume where row.state != .claimed { remember(row) }
        unjudged = report.toResume.filter { $0.state == .claimed }.map(\.fileID) + report.adopted.map(\.fileID)
    }

    /// The last process ended at a file's records: that may be the file's doing.
    private func noteCrash(_ place: WorkMark.Place, among rows: [FileRow]) throws {
        guard let row = rows.first(where: { $0.fileID == place.fileID }) else { return }
        let times = try store.write { try $0.noteCrash(place.fileID, at: place.text) }
        log.warning(
            "the last run ended in the middle of file \(row.fileID) (\(row.source)/\(row.name)), near its record \(place.record): \(times) of \(Self.crashesMax) times in a row, after which it is quarantined"
        )
    }

    /// A replay of the archive reads each file as it was read when it was applied.
    private func keepDefinitions() throws {
        definitions = try store.write { transaction in
            var numbers: [String: Int64] = [:]
            for source in configuration.sources {
                let definition = SourceDefinition(
                    source: source, futureToleranceSeconds: configuration.futureToleranceSeconds)
                numbers[source.name] = try transaction.sourceDefinition(definition.text)
            }
            return numbers
        }
    }

    /// What fixes how a file of a source is applied: mapping and definition, for the ledger.
    func identity(ofSource source: String) -> (mapping: String, definition: Int64?) {
        (plans[source]?.mappingID ?? "", definitions[source])
    }

    private func remember(_ row: FileRow) {
        guard row.requeueOf == nil, let sha256 = row.verdict?.sha256 else { return }
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
        try noteSecondTries()
        for (index, fileID) in unjudged.enumerated() {
            guard progress() else {
                unjudged.removeFirst(index)
                return
            }
            try judge(fileID, now: now, progress: progress)
        }
        unjudged = []
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

    /// Whatever is claimed at this point was given another try by a person since the last look.
    private func noteSecondTries() throws {
        let claimed = try store.write { try $0.files(in: [.claimed]) }
        guard !claimed.isEmpty else { return }
        let known = Set(unjudged).union(lost)
        unjudged += claimed.map(\.fileID).filter { !known.contains($0) }
    }

    /// Whether a file could not be taken a while ago, and nothing has happened to it since.
    private func isBarred(_ file: ReadyFile, of source: Int, now: Instant) -> Bool {
        guard let last = barred[Barred(source: source, name: file.name)] else { return false }
        return last.stamp == file.stamp && now < last.at.advanced(bySeconds: 3_600)
    }
}
