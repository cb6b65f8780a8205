import DriftEngine
import DriftIntake
import DriftModel
public import DriftStore
import Glibc

/// `segdrift verify`: is what the database says what its files say?
public struct Verification {
    /// What to do.
    public struct Options: Sendable {
        public var configPath: String
        /// Nothing is replayed: the database is held to itself and to the bytes in the archive.
        public var isQuick: Bool
        /// Where the replay's database may lie for the time being; nil: `$TMPDIR`, else `/var/tmp`.
        public var scratchDirectory: String?

        public init(configPath: String, isQuick: Bool = false, scratchDirectory: String? = nil) {
            self.configPath = configPath
            self.isQuick = isQuick
            self.scratchDirectory = scratchDirectory
        }
    }

    /// What was found.
    public struct Report: Sendable {
        public var checks: [SelfCheck] = []
        /// What limits the answer, in sentences.
        public var notes: [String] = []
        /// Nothing that was looked at is wrong.
        public var holds: Bool { checks.allSatisfy(\.findings.isEmpty) }

        public init() {}
    }

    /// Where it is, for a progress line.
    public struct Progress: Sendable {
        /// What is being done.
        public var step: String
        /// Records or files done, and how many there are; 0: not known.
        public var done: Int64
        public var total: Int64
    }

    private let configuration: Configuration
    private let options: Options
    private let progress: (Progress) -> Void

    /// Verifies.
    /// - Throws: ``DaemonError``: 75 when work is under way; errors that say nothing about the database.
    public static func run(
        _ options: Options, world: World, progress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Report {
        let (configuration, _) = try Setup.loadConfiguration(path: options.configPath, world: world)
        let verification = Verification(configuration: configuration, options: options, progress: progress)
        return try verification.run(world: world)
    }

    private func run(world: World) throws -> Report {
        let scratch = try Scratch(parent: scratchParent(world))
        defer { scratch.remove() }
        guard access(configuration.databasePath) else { throw StoreError.missing(path: configuration.databasePath) }
        // While it is held nothing changes; where a daemon runs, a copy stands still instead.
        let lock = try? InstanceLock.acquire(directory: configuration.stateDirectory)
        var path = configuration.databasePath
        if lock == nil {
            progress(Progress(step: "copying the database", done: 0, total: 0))
            path = scratch.path + "/now.sqlite"
            let live = try StoreReader.open(path: configuration.databasePath)
            try live.copy(to: path)
            try live.close()
        }
        let reader = try StoreReader.open(path: path)
        return try withExtendedLifetime(lock) { try check(reader, scratch, isStill: lock != nil) }
    }

    private func access(_ path: String) -> Bool { unsafe Glibc.access(path, F_OK) == 0 }

    private func scratchParent(_ world: World) -> String {
        options.scratchDirectory ?? world.environment["TMPDIR"] ?? "/var/tmp"
    }

    /// - Parameter isStill: No daemon runs: what lies in the spool is what the ledger knows.
    private func check(_ reader: StoreReader, _ scratch: Scratch, isStill: Bool) throws -> Report {
        var report = Report()
        for (name, body) in [
            ("pages", reader.checkIntegrity), ("chains", reader.checkChains), ("ledger", reader.checkLedger),
            ("counts", reader.checkCounts),
        ] {
            progress(Progress(step: "checking the \(name)", done: 0, total: 0))
            report.checks.append(try body())
        }
        report.checks.append(try checkArchive(reader, isStill: isStill))
        if options.isQuick {
            report.notes.append("nothing was replayed: --quick")
            return report
        }
        if let work = try reader.unfinishedWork() {
            throw DaemonError(
                .busy, "the database is not at rest: \(work)", hint: "try again when it is idle, or --quick")
        }
        guard report.checks[0].findings.isEmpty else {
            report.notes.append("nothing was replayed: the file is damaged")
            return report
        }
        if let change = try reevaluation(reader) {
            report.notes.append("nothing was replayed: \(change)")
            return report
        }
        try replay(reader, scratch, &report)
        return report
    }

    /// A change of model that placed customers anew at a moment that no file of the archive has: what followed cannot be
    /// lived through again from files alone. Models that differ in titles, playbooks or alerts place nobody.
    private func reevaluation(_ reader: StoreReader) throws -> String? {
        let zones = SystemZones()
        let models = Dictionary(uniqueKeysWithValues: try reader.allModels().map { ($0.modelID, $0) })
        var last: (version: String, evaluation: String)?
        for (modelID, at) in try reader.activations() {
            guard let stored = models[modelID] else { continue }
            let evaluation = try StoredEngine.load(stored, zones: zones).model.evaluationVersion
            if let last, last.evaluation != evaluation {
                return
                    "model \(last.version.prefix(12)) gave way to \(stored.version.prefix(12)) at \(TimestampText.string(at)), which placed every customer anew; chains, sums, counts and the archive's bytes were checked, states and inputs were not"
            }
            last = (stored.version, evaluation)
        }
        return nil
    }

    /// Whether the bytes in the archive are those that were applied, and none are there that the ledger does not know.
    private func checkArchive(_ reader: StoreReader, isStill: Bool) throws -> SelfCheck {
        let layout = SpoolLayout(root: configuration.spoolDirectory)
        let ledger = try reader.ledger()
        let archived = ledger.filter { $0.state == .archived && $0.requeueOf == nil }
        let files = archived.filter { $0.storedPath != SpoolLayout.nowhere }
        var findings: [String] = []
        for (index, file) in files.enumerated() {
            progress(Progress(step: "reading the archive", done: Int64(index), total: Int64(files.count)))
            let path = layout.path(of: file)
            do {
                let isCompressed = ArchivedBytes.isCompressed(file)
                guard try ArchivedBytes.sha256(path: path, isCompressed: isCompressed) != file.verdict?.sha256 else {
                    continue
                }
                findings.append("file \(file.fileID): \(file.storedPath) has other bytes than those that were applied")
            } catch {
                // What a person deletes by the same rule is no fault.
                if error.kind == .vanished, configuration.retention.archive != .forever { continue }
                findings.append("file \(file.fileID): \(error)")
            }
        }
        if isStill { findings += try ArchiveStrangers.find(layout, known: Set(ledger.map(\.storedPath))) }
        return SelfCheck(
            name: "archive",
            extent: "\(files.count) files"
                + (files.count < archived.count ? ", \(archived.count - files.count) deleted by retention" : ""),
            findings: Array(findings.prefix(StoreReader.findingsMax)))
    }

    private func replay(_ reader: StoreReader, _ scratch: Scratch, _ report: inout Report) throws {
        let store = try Store.open(path: scratch.path + "/replay.sqlite")
        let replay = try Replay(past: reader, into: store, configuration: configuration)
        try replay.run { done in
            progress(Progress(step: "replaying", done: done, total: replay.recordsExpected))
        }
        try store.close()
        progress(Progress(step: "comparing", done: 0, total: 0))
        let again = try StoreReader.open(path: scratch.path + "/replay.sqlite")
        var comparison = CustomerComparison()
        try comparison.run(database: reader, replay: again, isPartial: !replay.missing.isEmpty)
        let ledger = LedgerComparison.findings(database: try reader.ledger(), replay: try again.ledger())
        report.checks.append(
            SelfCheck(
                name: "replay",
                extent: "\(replay.records) records, \(comparison.customers) customers, \(comparison.moves) moves",
                findings: Array((comparison.findings + ledger).prefix(StoreReader.findingsMax))))
        if comparison.differing > comparison.findings.count {
            report.notes.append(
                "\(comparison.differing) customers differ; the first \(comparison.findings.count) are told")
        }
        for (fileID, reason) in replay.missing.prefix(StoreReader.findingsMax) {
            report.notes.append("file \(fileID) was not replayed: \(reason)")
        }
        if comparison.excused > 0 {
            report.notes.append(
                "\(comparison.excused) of \(comparison.customers) customers have events in files that were not replayed: for them only chains and sums were checked"
            )
        }
    }
}

/// A directory of this process's own, gone when it is done.
private struct Scratch {
    let path: String

    init(parent: String) throws(DaemonError) {
        var template = Array("\(parent)/segdrift-verify-XXXXXX".utf8CString)
        guard let made = unsafe mkdtemp(&template) else {
            throw DaemonError(
                .cannotCreate, "\(parent): cannot make a directory for the replay",
                hint: "name a directory with room for a second database: --scratch DIR")
        }
        path = unsafe String(cString: made)
    }

    func remove() {
        for name in ["now.sqlite", "replay.sqlite"] {
            for suffix in ["", "-wal", "-shm", "-journal"] { _ = unsafe unlink("\(path)/\(name)\(suffix)") }
        }
        _ = unsafe rmdir(path)
    }
}
