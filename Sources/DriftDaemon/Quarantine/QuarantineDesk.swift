import DriftIntake
import DriftModel
import DriftStore

/// Which refused files and records a person means.
public struct QuarantineChoice: Hashable, Codable, Sendable {
    /// One file, by its number; nil: any.
    public var file: Int64?
    /// Files of one source; nil: any.
    public var source: String?
    /// What was refused for one reason; nil: any.
    public var code: String?

    public init(file: Int64? = nil, source: String? = nil, code: String? = nil) {
        self.file = file
        self.source = source
        self.code = code
    }
}

/// What became of refused files and records, for the person who decided it.
public struct QuarantineOutcome: Hashable, Codable, Sendable {
    /// Files refused whole.
    public var files = 0
    /// Records refused one by one.
    public var records: Int64 = 0
    /// What could not be done, and why.
    public var problems: [String] = []

    public init() {}
}

/// Carries out what a person decides about the quarantine. Every step is in the ledger before it is in the spool, so
/// that a kill in between is finished by the next start.
struct QuarantineDesk {
    let store: Store
    let configuration: Configuration
    let now: Instant
    private let files: any SpoolFiles = SystemSpoolFiles()
    private var layout: SpoolLayout { SpoolLayout(root: configuration.spoolDirectory) }

    init(store: Store, configuration: Configuration, now: Instant) {
        self.store = store
        self.configuration = configuration
        self.now = now
    }

    private func chosen(_ choice: QuarantineChoice) throws -> [FileRow] {
        try store.write {
            try $0.quarantinedFiles(fileID: choice.file, source: choice.source, code: choice.code)
        }
    }

    /// What a choice names and is not there.
    private func strangers(_ choice: QuarantineChoice) throws -> [String] {
        var problems: [String] = []
        if let file = choice.file, try store.write({ try $0.file(file) }) == nil {
            problems.append("there is no file \(file); see 'segdrift files'")
        }
        let known = configuration.sources.map(\.name)
        if let source = choice.source, !known.contains(source),
            try chosen(QuarantineChoice(source: source)).isEmpty
        {
            problems.append("there is no source '\(source)'; there is \(known.joined(separator: ", "))")
        }
        return problems
    }

    // MARK: Another try

    /// Has files refused whole read again, and refused records mapped again, under the configuration of today. Nothing
    /// that was applied is applied again.
    func requeue(_ choice: QuarantineChoice) throws -> QuarantineOutcome {
        var outcome = QuarantineOutcome()
        outcome.problems = try strangers(choice)
        for file in try chosen(choice) {
            guard configuration.sources.contains(where: { $0.name == file.source }) else {
                outcome.problems.append(
                    "file \(file.fileID) (\(file.name)): its source '\(file.source)' is not configured any more")
                continue
            }
            guard file.storedPath != SpoolLayout.nowhere else {
                outcome.problems.append(
                    "file \(file.fileID) (\(file.name)): it was deleted when its time of retention was up")
                continue
            }
            do {
                try requeue(file, code: choice.code, &outcome)
            } catch let error as IntakeError {
                outcome.problems.append("file \(file.fileID) (\(file.name)): \(error)")
            }
        }
        return outcome
    }

    private func requeue(_ file: FileRow, code: String?, _ outcome: inout QuarantineOutcome) throws {
        let isWhole = file.state == .quarantined && file.requeueOf == nil
        if isWhole, file.position == 0 {
            let name = layout.path(of: file)
            guard try isThere(file) else { throw IntakeError(.vanished, "open", path: name) }
            try takeBack(try store.write { try $0.requeueFile(file, now: now) })
            outcome.files += 1
            return
        }
        var records = try store.write { try $0.triableRecords(of: file.fileID, code: code) }
        if isWhole {
            // What was applied stays; what was refused one by one goes with what was never reached.
            records = Set(records).union(try rest(of: file)).sorted()
            _ = try store.write { try $0.requeueRest(records, of: file, now: now) }
            if let row = try store.write({ try $0.file(file.fileID) }) {
                try Archiver(layout: layout, files: files).settle([row], store: store, now: now)
            }
            try? files.remove(Array("\(file.fileID).reason.json".utf8), in: layout.quarantine)
        } else if !records.isEmpty {
            _ = try store.write { try $0.requeueRecords(records, of: file, now: now) }
        }
        outcome.records += Int64(records.count)
    }

    private func isThere(_ file: FileRow) throws -> Bool {
        let name = file.storedPath.split(separator: "/").last ?? ""
        do {
            return try files.status(of: Array(name.utf8), in: layout.quarantine).kind == .regular
        } catch {
            if error.kind == .vanished { return false }
            throw error
        }
    }

    private func takeBack(_ fileID: Int64) throws {
        guard let row = try store.write({ try $0.file(fileID) }) else { return }
        _ = try SpoolRecovery(layout: layout, files: files).takeBack(row, store)
    }

    /// Records of a file put aside in the middle that were not reached.
    private func rest(of file: FileRow) throws -> [Int64] {
        let scanned = file.verdict?.scanned ?? 0
        // Applied in its own order: what was reached ends at the position.
        if file.nextRecord > 1 { return Array(file.position + 1..<max(file.position + 1, scanned + 1)) }
        let definition = try file.definitionID.flatMap { number in try store.write { try $0.sourceDefinition(number) } }
        guard let definition = definition.flatMap(SourceDefinition.init(text:)),
            let active = try store.write({ try $0.activeModel() })
        else { throw IntakeError(.changed, "read", path: layout.path(of: file)) }
        let engine = try StoredEngine.load(active, zones: SystemZones())
        let reading = try ArchivedFile(file: file, layout: layout, definition: definition, engine: engine)
        let input = try reading.input(position: file.position)
        // Other bytes than those that were applied in part: nobody can tell what is missing.
        guard input.sha256 == file.verdict?.sha256 else { throw IntakeError(.changed, "read", path: reading.path) }
        return try UnappliedRecords.find(input)
    }

    // MARK: Giving up

    /// Deletes files refused whole, and what is kept of refused records, which then count as ignored.
    func drop(_ choice: QuarantineChoice) throws -> QuarantineOutcome {
        var outcome = QuarantineOutcome()
        outcome.problems = try strangers(choice)
        for file in try chosen(choice) {
            if file.state == .quarantined, file.requeueOf == nil, file.position == 0 {
                let name = file.storedPath.split(separator: "/").last ?? ""
                // The ledger last: what is half done is done again by the same command.
                try files.remove(Array(name.utf8), in: layout.quarantine)
                try files.remove(Array("\(file.fileID).reason.json".utf8), in: layout.quarantine)
                try files.sync(directory: layout.quarantine)
                try store.write {
                    try $0.setFileState(file.fileID, .dropped, reason: "given up by a person", doneAt: now)
                }
                outcome.files += 1
                continue
            }
            let records = try store.write { transaction in
                let records = try transaction.triableRecords(of: file.fileID, code: choice.code)
                try transaction.dropRecords(records, of: file.fileID)
                return records
            }
            outcome.records += Int64(records.count)
        }
        return outcome
    }
}
