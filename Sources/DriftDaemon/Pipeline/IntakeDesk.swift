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
    let pause: (_ microseconds: UInt32) -> Void
    let archiver: Archiver
    private let arrival: ArrivalDesk
    /// Where room is wanted before a file is begun with.
    private let disks: [String]
    let arrivals: Arrivals
    /// Of files that wait, by number: what a second pass needs besides the ledger. After a restart it is found again
    /// by reading the file once more.
    var judged: [Int64: Judged] = [:]
    /// Files that wait or are being applied, by what identifies their content.
    var waitingContents: [Content: Int64] = [:]
    /// Rows whose file is gone from work/: a person has to look.
    var lost: Set<Int64> = []

    /// Called, in the transaction that refuses a file whole, with what there is to tell.
    var onRefused: (IntakeFacts, _ reason: String, borrowing StoreTransaction) throws -> Void = { _, _, _ in }
    /// Called, in the transaction of the verdict, when a source's files have a new form.
    var onFeed: (FeedFacts, borrowing StoreTransaction) throws -> Void = { _, _ in }
    /// Called between the blocks of a first pass with the file and the records read so far.
    var onRead: (_ fileID: Int64, _ records: Int64) -> Void = { _, _ in }
    /// Called when files were claimed: how many, and how many more are ready to be.
    var onTaken: (_ claimed: Int, _ left: Int) -> Void = { _, _ in }
    /// When a file that is not complete should be looked at again; nil: no file is.
    var lookAgainAt: Instant? { arrival.lookAgainAt }
    /// Files that were claimed and not judged: by an earlier run, or because a person gave them another try.
    var unjudged: [Int64] = []
    /// Numbers of what the ledger keeps of how each source is read.
    private var definitions: [String: Int64] = [:]
    /// A file appeared so recently that it may be complete soon: until then the first event that waits is not known.
    var holdsTime: Bool { arrival.holdsTime }
    /// Why complete files are left in incoming/; nil: none is.
    var shortage: DiskShortage? { arrival.shortage }
    /// Some source has more files than are taken at a time.
    var leavesSome: Bool { arrival.leavesSome }
    /// Files of the archive up to this one were looked at for compression; nil: it failed, and is left alone.
    var compressedUpTo: Int64? = 0
    /// Files that reached a final state since the start.
    var finished = 0
    /// Of them, those that were refused whole.
    var refused = 0

    /// Ends of the process in the middle of a file's records, in a row and at the same place, after which the file is
    /// taken for poison. What ends while it is at anything else, or at another place each time, is nobody's fault.
    static let crashesMax = 3

    /// As many as wait are kept: small.
    struct Judged {
        /// What the file looked like when its first pass ended.
        var stamp: FileStamp
        var isSorted: Bool
    }

    /// A source and what tells the bytes of a file. As many as wait are kept: small.
    struct Content: Hashable {
        private let source: String
        private let digest: SIMD4<UInt64>

        /// - Parameter sha256: Hex.
        init(source: String, sha256: String) {
            self.source = source
            var digest = SIMD4<UInt64>()
            var rest = Substring(sha256)
            for word in digest.indices {
                digest[word] = UInt64(rest.prefix(16), radix: 16) ?? 0
                rest = rest.dropFirst(16)
            }
            self.digest = digest
        }
    }

    init(
        store: Store, configuration: Configuration, plans: [String: SourcePlan], asOf: Instant?, arrivals: Arrivals,
        mark: WorkMark, log: Logger, files: any SpoolFiles, pause: @escaping (_ microseconds: UInt32) -> Void
    ) {
        self.pause = pause
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
        disks = [configuration.spoolDirectory, configuration.stateDirectory]
        arrival = ArrivalDesk(
            sources: configuration.sources, store: store, layout: layout, files: files, disks: disks,
            arrivals: arrivals, log: log)
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

    /// Where there is too little room to begin with files of so many bytes; nil: nowhere.
    func shortage(forFilesOf bytes: Int64) throws(IntakeError) -> DiskShortage? {
        try files.shortage(forFilesOf: bytes, in: disks)
    }

    /// Whether so little is free that the WAL of a large transaction may not fit.
    func isDatabasesDiskNearlyFull() throws(IntakeError) -> Bool {
        try files.space(of: configuration.stateDirectory).freeBytes < 2 * DiskGuard.reserveBytes
    }

    // MARK: Arrival

    /// Claims and judges what has arrived.
    /// - Parameters:
    ///   - isBetween: There are files to apply.
    ///   - takesEverything: Takes what is there without waiting whether it still grows (`--once`).
    ///   - progress: Called between blocks; false ends it early.
    func takeIn(now: Instant, isBetween: Bool, takesEverything: Bool, progress: () -> Bool) throws {
        try noteSecondTries()
        let open = unjudged
        unjudged = []
        // What is left when it is ended early is still claimed, and found again by that.
        guard try judge(open, now: now, progress: progress) else { return }
        try arrival.take(
            now: now, isBetween: isBetween,
            // What a claim promises (nothing later than claim + tolerance) must be the same after a restart.
            claimedAt: asOf.map { max($0, now) } ?? now, policy: takesEverything ? .atOnce : .patient,
            progress: progress
        ) { claimed, left in
            onTaken(claimed.count, left)
            return try judge(claimed.map(\.fileID), now: now, progress: progress)
        }
    }

    /// Whatever is claimed at this point was given another try by a person since the last look.
    private func noteSecondTries() throws {
        let claimed = try store.write { try $0.files(in: [.claimed]) }
        guard !claimed.isEmpty else { return }
        let known = Set(unjudged).union(lost)
        unjudged += claimed.map(\.fileID).filter { !known.contains($0) }
    }
}
