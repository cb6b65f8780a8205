public import DriftModel
public import DriftStore

/// Brings spool and ledger together again at start: whatever step a crash interrupted is done again or undone.
public struct SpoolRecovery: Sendable {
    private let layout: SpoolLayout
    private let files: any SpoolFiles

    public init(layout: SpoolLayout, files: any SpoolFiles) {
        self.layout = layout
        self.files = files
    }

    /// What was found and done.
    public struct Report: Sendable {
        /// In work/ and to be read or applied: states `claimed`, `valid`, `applying`, by number.
        public var toResume: [FileRow] = []
        /// Moves that had been left undone.
        public var settled: [Int64] = []
        /// Files found in work/ without a row, now claimed: to be read like any other.
        public var adopted: [ClaimedFile] = []
        /// Rows whose file is nowhere: gone before its claim was carried out.
        public var vanished: [Int64] = []
        /// Rows whose file should be in work/ and is not, though it was there: a person must look.
        public var lost: [FileRow] = []

        public init() {}
    }

    /// What to do about a row whose file is or is not in work/: a pure decision.
    enum Step: Hashable {
        case settle, resume, claimAgain, lost
    }

    /// - Parameter isInWork: Whether it is where it can be read: a second try always is.
    static func step(_ state: FileState, isInWork: Bool) -> Step? {
        switch state {
        case .committed, .duplicatePending, .quarantinePending: .settle
        case .claimed: isInWork ? .resume : .claimAgain
        case .valid, .applying: isInWork ? .resume : .lost
        default: nil
        }
    }

    /// Runs. Doing it twice does nothing more.
    /// - Parameters:
    ///   - sources: Those of the configuration, to find files whose claim was cut short, and to adopt orphans.
    ///   - now: The wall clock.
    /// - Throws: `StoreError` or ``IntakeError``.
    public func run(sources: [SourceConfiguration], store: Store, now: Instant) throws -> Report {
        var report = Report()
        var inWork = Set(try files.names(in: layout.work))
        for name in inWork where name.starts(with: SpillFile.namePrefix.utf8) {
            try files.remove(name, in: layout.work)
            inWork.remove(name)
        }
        let rows = try store.write { transaction in
            try transaction.files(in: Set(FileState.allCases.filter { !$0.isFinal }))
        }
        var due: [FileRow] = []
        for row in rows {
            let name = Array(String(row.fileID).utf8)
            let isInWork = inWork.remove(name) != nil || row.requeueOf != nil
            switch Self.step(row.state, isInWork: isInWork) {
            case .settle: due.append(row)
            case .resume:
                if row.requeueOf == nil, row.storedPath != SpoolLayout.inWork {
                    try store.write { try $0.setStoredPath(row.fileID, SpoolLayout.inWork) }
                }
                // It may have other names: the end came between its rename and its copy.
                if row.state == .claimed, row.requeueOf == nil {
                    _ = try Claimer(layout: layout, files: files).own(row.fileID)
                }
                report.toResume.append(row)
            case .claimAgain:
                if try row.storedPath == SpoolLayout.inWork ? claimAgain(row, sources) : takeBack(row, store) {
                    report.toResume.append(row)
                } else {
                    try store.write { try $0.setFileState(row.fileID, .vanished, doneAt: now) }
                    report.vanished.append(row.fileID)
                }
            case .lost: report.lost.append(row)
            case nil: break
            }
        }
        report.lost += try Archiver(layout: layout, files: files).settle(due, store: store, now: now).map(\.file)
        let lost = Set(report.lost.map(\.fileID))
        report.settled = due.map(\.fileID).filter { !lost.contains($0) }
        try tidyReasons(store)
        report.adopted = try adopt(inWork.sorted { $0.lexicographicallyPrecedes($1) }, sources, store, now)
        return report
    }

    /// A reason whose file a decision took out of quarantine/ before the end came says nothing any more; one that could
    /// not be written, on a full disk say, is made up for.
    private func tidyReasons(_ store: Store) throws {
        let names = try files.names(in: layout.quarantine)
        let numbers = Dictionary(grouping: names) { FileName.hasSuffix($0, ".reason.json") }.mapValues { names in
            Set(names.compactMap { Int64(String(decoding: $0.prefix { 0x30...0x39 ~= $0 }, as: UTF8.self)) })
        }
        let (reasons, refused) = (numbers[true] ?? [], numbers[false] ?? [])
        let alone = reasons.symmetricDifference(refused).sorted()
        if alone.isEmpty { return }
        let rows = try store.write { transaction in try alone.map { try transaction.file($0) } }
        for (number, row) in zip(alone, rows) {
            let isRefused = row?.state == .quarantined || row?.state == .quarantinePending
            switch (row, refused.contains(number)) {
            case (let row?, true) where isRefused: Archiver(layout: layout, files: files).writeReason(row)
            case (.some, false) where !isRefused: try files.remove(Archiver.reasonName(number), in: layout.quarantine)
            default: break
            }
        }
    }

    /// Carries out the claim of a file that a person gave another try: out of quarantine/, into work/.
    /// - Returns: False when it is not there any more.
    public func takeBack(_ row: FileRow, _ store: Store) throws -> Bool {
        let name = row.storedPath.split(separator: "/").last ?? ""
        // Why it was refused says nothing any more. First: once the file is in work/ nobody looks here again.
        if let number = name.split(separator: "-").first {
            try files.remove(Array("\(number).reason.json".utf8), in: layout.quarantine)
        }
        guard
            try Claimer(layout: layout, files: files).take(
                Array(name.utf8), from: layout.quarantine, as: row.fileID)
        else { return false }
        try files.sync(directory: layout.work)
        try files.sync(directory: layout.quarantine)
        try store.write { try $0.setStoredPath(row.fileID, SpoolLayout.inWork) }
        return true
    }

    /// The claim's rename never happened: the file is still in incoming/ if nobody took it.
    private func claimAgain(_ row: FileRow, _ sources: [SourceConfiguration]) throws(IntakeError) -> Bool {
        guard let source = sources.first(where: { $0.name == row.source }) else { return false }
        let status: EntryStatus
        do {
            status = try files.status(of: row.nameBytes, in: source.directory)
        } catch {
            if error.kind == .vanished { return false }
            throw error
        }
        // Another file under the same name is a file of its own, and so is this one with more in it: numbers of files
        // are used again.
        guard status.stamp.inode == row.inode, status.stamp.device == row.device, status.stamp.size == row.size,
            status.stamp.modifiedNanoseconds / 1000 == row.modifiedAt.microseconds
        else { return false }
        let taking = try Claimer(layout: layout, files: files).take(
            row.nameBytes, from: source.directory, as: row.fileID, seen: status.stamp)
        try files.sync(directory: layout.work)
        try files.sync(directory: source.directory)
        // Otherwise it stays where it is, for the next scan.
        if case .taken = taking { return true }
        return false
    }

    /// A file in work/ that no row names was put there by hand, or belongs to a restored older database.
    private func adopt(
        _ orphans: [[UInt8]], _ sources: [SourceConfiguration], _ store: Store, _ now: Instant
    ) throws -> [ClaimedFile] {
        var adopted: [ClaimedFile] = []
        // Copies that were cut short say nothing.
        for name in orphans where FileName.hasSuffix(name, ".tmp") && name.first == UInt8(ascii: ".") {
            try files.remove(name, in: layout.work)
        }
        for name in orphans where !FileName.isIgnored(name) {
            guard let source = sources.first(where: { Glob($0.match).matches(name) }) ?? sources.first else { continue }
            let status = try files.status(of: name, in: layout.work)
            guard status.kind == .regular else { continue }
            let row = NewFile(
                source: source.name, name: name, device: status.stamp.device, inode: status.stamp.inode,
                size: status.stamp.size, modifiedAt: Instant(microseconds: status.stamp.modifiedNanoseconds / 1000),
                seenAt: now, claimedAt: now, storedPath: "work")
            let fileID = try store.write { try $0.insertFile(row) }
            try files.move(name, from: layout.work, to: Array(String(fileID).utf8), in: layout.work)
            _ = try Claimer(layout: layout, files: files).own(fileID)
            try files.sync(directory: layout.work)
            adopted.append(ClaimedFile(fileID: fileID, name: name, path: layout.workPath(fileID)))
        }
        return adopted
    }
}
