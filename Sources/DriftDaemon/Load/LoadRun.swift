public import DriftIntake
public import DriftModel
public import DriftStore
import Systemd

/// `segdrift load`: files from anywhere, taken in and applied at once, as if they had been dropped into the spool; all
/// moves are history, told in one digest.
public enum LoadRun {
    /// What to load.
    public struct Options: Sendable {
        public var configPath: String
        public var items: [Loader.Item]
        /// Walk logical time up to this instant, not to the wall clock.
        public var asOf: Instant?
        public var chunkRecords: Int

        public init(
            configPath: String, items: [Loader.Item], asOf: Instant? = nil,
            chunkRecords: Int = RunOptions.chunkRecordsDefault
        ) {
            self.configPath = configPath
            self.items = items
            self.asOf = asOf
            self.chunkRecords = chunkRecords
        }
    }

    /// Where it is, for a progress bar.
    public enum Progress: Hashable, Sendable {
        /// Files copied into the spool, of how many.
        case copying(files: Int, of: Int)
        /// First pass: files begun of how many, and records read so far.
        case reading(files: Int, of: Int, records: Int64)
        /// Second pass: records applied, of how many.
        case applying(records: Int64, of: Int64)
    }

    /// What became of the files given.
    public struct Outcome: Sendable {
        public var summary: RunSummary
        /// Files whose effects were in before.
        public var known: Int
        /// By what became of them: `archived`, `duplicate`, `quarantined`.
        public var files: [String: Int]
        /// Of the files given; every record of them is in one class.
        public var counts: FileCounts
        /// Files refused whole, and why.
        public var refused: [(name: String, reason: String)]
    }

    /// Loads.
    /// - Throws: As ``DaemonRunner/run(_:world:)``; code 75 when a daemon runs on the state directory.
    public static func run(
        _ options: Options, world: World, progress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Outcome {
        OpenFiles.raiseLimit()
        LargeBlocks.giveBack()
        do {
            return try load(options, world, progress)
        } catch {
            throw DaemonError.explaining(error) ?? error
        }
    }

    private static func load(
        _ options: Options, _ world: World, _ progress: @escaping (Progress) -> Void
    ) throws -> Outcome {
        var run = RunOptions(
            configPath: options.configPath, once: true, asOf: options.asOf, chunkRecords: options.chunkRecords)
        run.isLoad = true
        let assembly = try Assembly(options: run, world: world)
        let configuration = assembly.setup.configuration
        for item in options.items where !configuration.sources.contains(where: { $0.name == item.source }) {
            throw DaemonError(
                .configuration, "there is no source '\(item.source)'",
                hint: "the configuration has \(configuration.sources.map(\.name).joined(separator: ", "))")
        }
        let ground = try assembly.ground()
        ground.lock.leave(note: "")
        let loop = try assembly.workLoop(on: ground, arrivals: Arrivals(), isStopping: { false })
        try assembly.recover(loop)
        let layout = SpoolLayout(root: configuration.spoolDirectory)
        let taken = try Loader(layout: layout, files: SystemSpoolFiles()).take(
            options.items, store: ground.store, now: options.asOf.map { max($0, world.now()) } ?? world.now()
        ) { progress(.copying(files: $0, of: options.items.count)) }
        watch(loop, of: taken.claimed.count, progress)
        _ = try loop.turn()
        let outcome = try ground.store.write { transaction in
            try Self.outcome(taken, loop.summary, transaction)
        }
        try ground.store.close()
        _ = assembly.journal.flush(waitMilliseconds: 1_000)
        return outcome
    }

    private static func watch(_ loop: WorkLoop, of files: Int, _ progress: @escaping (Progress) -> Void) {
        var begun: Set<Int64> = []
        var before: Int64 = 0
        var current: (fileID: Int64, records: Int64) = (0, 0)
        loop.intake.onRead = { fileID, records in
            if current.fileID != fileID {
                before += current.records
                begun.insert(fileID)
            }
            current = (fileID, records)
            progress(.reading(files: begun.count, of: max(files, begun.count), records: before + records))
        }
        var done: Int64 = 0
        var all: Int64 = 0
        loop.onApplied = { [store = loop.store] counts in
            done += counts.records
            // The ledger is asked once, and again when there turns out to be more.
            if done > all { all = done + ((try? store.write { try $0.recordsLeft() }) ?? 0) }
            progress(.applying(records: done, of: all))
        }
    }

    private static func outcome(
        _ taken: Loader.Result, _ summary: RunSummary, _ transaction: borrowing StoreTransaction
    ) throws -> Outcome {
        var outcome = Outcome(summary: summary, known: taken.known, files: [:], counts: FileCounts(), refused: [])
        for fileID in taken.claimed {
            guard let file = try transaction.file(fileID) else { continue }
            outcome.files[file.state.rawValue, default: 0] += 1
            outcome.counts.add(file.counts)
            if file.state == .quarantined || file.state == .quarantinePending {
                outcome.refused.append((file.name, file.reason ?? ""))
            }
        }
        return outcome
    }
}
