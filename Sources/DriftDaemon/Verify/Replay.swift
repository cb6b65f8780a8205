import DriftAlerts
import DriftEngine
import DriftIntake
import DriftModel
import DriftStore

/// Lives a database's past through again, from the archive, into an empty database: the same files in the same sets
/// and order, under the model, mapping and logical time that each had then.
final class Replay {
    /// Files that cannot be read again, and why.
    private(set) var missing: [(fileID: Int64, reason: String)] = []
    /// Records read again.
    private(set) var records: Int64 = 0
    /// Records that the ledger says are to be read again.
    let recordsExpected: Int64

    private let past: StoreReader
    private let store: Store
    private let layout: SpoolLayout
    private let zones = SystemZones()
    private let ledger: [Int64: FileRow]
    private let sets: [[FileRow]]
    private let models: [Int64: ActiveModel]
    private let wallLag: WallLag
    private let memoryBudgetBytes: Int64
    private var running: (modelID: Int64, desk: CustomerDesk, writer: EffectsWriter)?

    /// - Parameters:
    ///   - past: At rest: nothing is being applied.
    ///   - store: Empty.
    init(past: StoreReader, into store: Store, configuration: Configuration) throws {
        self.past = past
        self.store = store
        layout = SpoolLayout(root: configuration.spoolDirectory)
        wallLag = configuration.wallLag
        memoryBudgetBytes = configuration.memoryBudgetBytes
        ledger = Dictionary(uniqueKeysWithValues: try past.ledger().map { ($0.fileID, $0) })
        sets = Dictionary(grouping: try past.appliedFiles(), by: { $0.setID ?? 0 })
            .sorted { $0.key < $1.key }.map(\.value)
        models = Dictionary(uniqueKeysWithValues: try past.allModels().map { ($0.modelID, $0) })
        recordsExpected = sets.joined().reduce(0) { $0 + ($1.verdict?.scanned ?? 0) }
    }

    /// Replays everything.
    /// - Parameter progress: Called between transactions with the records done so far.
    /// - Throws: ``IntakeError``, ``StoreError``, ``Diagnostics``: the replay could not be done, which says nothing
    ///   about the database.
    func run(progress: (Int64) -> Void) throws {
        // Dictionaries are filled in the order in which they were, so that numbers mean the same.
        for model in models.values.sorted(by: { $0.modelID < $1.modelID }) { try run(under: model.modelID) }
        for set in sets {
            guard let first = set.first, let modelID = first.modelID else { continue }
            try run(under: modelID)
            try apply(set, progress: progress)
        }
        if let last = try past.activeModel() { try run(under: last.modelID) }
        if let time = try past.logicalTime() { try walk(to: time) { progress(self.records) } }
        try running?.desk.fold(store) {}
    }

    /// Makes a model the one that runs.
    private func run(under modelID: Int64) throws {
        guard running?.modelID != modelID, let stored = models[modelID] else { return }
        try running?.desk.fold(store) {}
        let engine = try StoredEngine.load(stored, zones: zones)
        let active = try store.write { try $0.activate(engine, at: stored.activatedAt) }
        let desk = CustomerDesk(engine: engine, stored: active, bytesMax: Int(memoryBudgetBytes))
        // Alerts are not facts about customers: none are planned.
        var silent = engine.model
        silent.alerts = []
        let planner = AlertPlanner(
            engine: Engine(model: silent, axis: engine.axis),
            settings: AlertSettings(instance: "", destinations: [], naming: CustomerNaming(key: [])))
        let writer = EffectsWriter(store: store, planner: planner, model: active, clockIsBelieved: false)
        running = (modelID, desk, writer)
    }

    // MARK: Sets

    private func apply(_ set: [FileRow], progress: (Int64) -> Void) throws {
        guard let before = set.first?.logicalBefore else { return }
        try walk(to: before) { progress(records) }
        guard let running else { return }
        var members: [ChunkEffects.Member] = []
        var inputs: [ApplyInput] = []
        for file in set {
            do {
                let input = try reading(of: file)
                try store.write { try replicate(file, $0) }
                inputs.append(input)
                members.append(
                    ChunkEffects.Member(
                        fileID: file.fileID, source: file.source, claimedAt: file.claimedAt,
                        isSecondTry: file.requeueOf != nil))
            } catch let error as IntakeError {
                missing.append((file.fileID, "\(error)"))
            } catch let error as Unreplayable {
                missing.append((file.fileID, error.reason))
            }
        }
        try store.write { transaction in
            _ = try transaction.fixSet(
                members.map { (fileID: $0.fileID, mapping: "", definition: nil) }, logicalBefore: before,
                logicalAfter: before, modelID: running.desk.stored.modelID)
        }
        guard !inputs.isEmpty else { return }
        let stream = ChunkPrefetch(try ApplyStream(inputs, chunkRecords: RunOptions.chunkRecordsDefault))
        try applyChunks(
            stream, members, before, running.desk, running.writer.planner, BackgroundWriter(running.writer), progress)
        try running.desk.fold(store) {}
    }

    /// Works out chunk after chunk, each while the one before is written.
    private func applyChunks(
        _ stream: ChunkPrefetch, _ members: [ChunkEffects.Member], _ before: Instant, _ desk: CustomerDesk,
        _ planner: AlertPlanner, _ background: BackgroundWriter, _ progress: (Int64) -> Void
    ) throws {
        let applier = ChunkApplier(
            store: store, desk: desk, planner: planner, historyRule: { _ in .everything })
        var chunk = ApplyChunk()
        var isFirst = true
        var spare: ChunkEffects?
        while try stream.next(into: &chunk) {
            let isLast = chunk.isLast
            let effects = spare ?? ChunkEffects()
            try applier.apply(
                &chunk, members: members, isOnly: isFirst && isLast, logicalBefore: before, now: before, into: effects)
            isFirst = false
            spare = try committed(background, desk)
            background.begin(effects)
            if isLast || desk.isLogFull { spare = try committed(background, desk) }
            if desk.isLogFull { try desk.fold(store) {} }
            progress(records)
        }
    }

    private func committed(_ background: BackgroundWriter, _ desk: CustomerDesk) throws -> ChunkEffects? {
        guard let effects = try background.finish() else { return nil }
        desk.settle(effects.changes)
        for counts in effects.counts { records += counts.records }
        try store.checkpoint()
        return effects
    }

    private struct Unreplayable: Error {
        var reason: String
    }

    /// How to read a file again.
    private func reading(of file: FileRow) throws -> ApplyInput {
        guard
            let definition = try file.definitionID.flatMap(past.sourceDefinition).flatMap(SourceDefinition.init(text:))
        else { throw Unreplayable(reason: "how its source was read then is not kept") }
        guard let engine = running?.desk.engine else { throw Unreplayable(reason: "its model is not kept") }
        let root = file.requeueOf.flatMap { ledger[$0] }
        guard (root ?? file).storedPath != SpoolLayout.nowhere else {
            throw Unreplayable(reason: "it was deleted when its time of retention was up")
        }
        let archived = try ArchivedFile(
            file: file, layout: layout, definition: definition, engine: engine, root: root, zones: zones)
        if file.requeueOf != nil {
            return try archived.input(selection: .only(try past.requeuedRecords(of: file.fileID)))
        }
        let input = try archived.input()
        guard file.position < file.verdict?.scanned ?? 0 else { return input }
        // Applied in part: what came after is not of its time.
        let rest = try UnappliedRecords.find(try archived.input(position: file.position))
        return try archived.input(selection: .except(Set(rest)))
    }

    private func replicate(_ file: FileRow, _ transaction: borrowing StoreTransaction) throws {
        if file.requeueOf == nil {
            try transaction.insertReplica(of: file)
        } else {
            try transaction.insertReplica(of: file, taking: try past.requeuedRecords(of: file.fileID))
        }
    }

    // MARK: Time

    private func walk(to time: Instant, pause: () -> Void) throws {
        guard let running else { return }
        if let now = try store.write({ try $0.logicalTime() }), now >= time { return }
        let walker = TimeWalker(
            store: store, desk: running.desk, writer: running.writer, tally: MoveTally(),
            historyRule: { _ in .everything })
        _ = try walker.walk(to: time, now: { time }) {
            pause()
            return false
        }
    }
}
