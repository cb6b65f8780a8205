public import DriftModel
public import DriftStore

/// A file that is ours: it has a ledger row and lies in work/ under its number.
public struct ClaimedFile: Hashable, Sendable {
    public var fileID: Int64
    public var name: [UInt8]
    /// Absolute.
    public var path: String

    public init(fileID: Int64, name: [UInt8], path: String) {
        self.fileID = fileID
        self.name = name
        self.path = path
    }
}

/// Takes files out of incoming/: first the ledger rows, then the renames, so that a crash in between is seen.
public struct Claimer: Sendable {
    private let layout: SpoolLayout
    private let files: any SpoolFiles

    public init(layout: SpoolLayout, files: any SpoolFiles) {
        self.layout = layout
        self.files = files
    }

    /// What a claim of several files came to.
    public struct Result: Sendable {
        public var claimed: [ClaimedFile] = []
        /// Gone before they could be taken; their rows say so.
        public var vanished: [[UInt8]] = []
        /// Changed, or replaced by others, after they were looked at: what is there now was left there, or given back.
        public var released: [[UInt8]] = []
        /// Could not be taken, and why; they are where they were, and their rows say so.
        public var refused: [(file: ReadyFile, error: IntakeError)] = []

        public init() {}
    }

    /// Claims files of one source: one transaction for the rows, a rename each, one fsync per directory.
    /// - Parameter now: The wall clock: the files' claim.
    /// - Throws: `StoreError`, or ``IntakeError`` when the disk is full or fails; rows already written are picked
    ///   up by ``SpoolRecovery``.
    public func claim(
        _ ready: [ReadyFile], source: SourceConfiguration, store: Store, now: Instant
    ) throws -> Result {
        if ready.isEmpty { return Result() }
        let ids = try store.write { transaction in
            try ready.map { file in try transaction.insertFile(row(file, source, now)) }
        }
        var result = Result()
        var gone: [(fileID: Int64, state: FileState, reason: String?)] = []
        for (file, fileID) in zip(ready, ids) {
            switch try take(file.name, from: source.directory, as: fileID, seen: file.stamp) {
            case .taken:
                result.claimed.append(ClaimedFile(fileID: fileID, name: file.name, path: layout.workPath(fileID)))
                // One that cannot be removed says nothing without its file.
                if let sidecar = file.sidecar { try? files.remove(sidecar, in: source.directory) }
            case .vanished:
                gone.append((fileID, .vanished, nil))
                result.vanished.append(file.name)
            case .changed:
                gone.append((fileID, .released, Self.changedReason))
                result.released.append(file.name)
            case .refused(let error):
                gone.append((fileID, .vanished, "could not be taken: \(error)"))
                result.refused.append((file, error))
            }
        }
        try files.sync(directory: layout.work)
        try files.sync(directory: source.directory)
        if !gone.isEmpty {
            try store.write { transaction in
                for (fileID, state, reason) in gone {
                    try transaction.setFileState(fileID, state, reason: reason, doneAt: now)
                }
            }
        }
        return result
    }

    private static let changedReason = "it changed, or another took its place, while it was being taken"

    /// What became of a file that was to be taken.
    enum Taking {
        case taken, vanished, changed, refused(IntakeError)
    }

    /// Moves a file into work/ and makes sure that it is the one that was looked at, and ours alone.
    func take(
        _ name: [UInt8], from directory: String, as fileID: Int64, seen: FileStamp
    ) throws(IntakeError) -> Taking {
        let number = Array(String(fileID).utf8)
        do {
            try files.move(name, from: directory, to: number, in: layout.work)
        } catch {
            switch error.kind {
            case .vanished: return .vanished
            case .forbidden, .otherFileSystem: return .refused(error)
            default: throw error
            }
        }
        if try own(fileID, seen: seen) { return .taken }
        do {
            try files.move(number, from: layout.work, to: name, in: directory)
            return .changed
        } catch {
            // There is another one already: this one is read as it is, and refused if it goes on changing.
            guard error.kind == .exists else { throw error }
            return .taken
        }
    }

    /// Moves a file into work/, whatever it has become.
    /// - Returns: False when it is not there any more.
    func take(_ name: [UInt8], from directory: String, as fileID: Int64) throws(IntakeError) -> Bool {
        do {
            try files.move(name, from: directory, to: Array(String(fileID).utf8), in: layout.work)
        } catch {
            if error.kind == .vanished { return false }
            throw error
        }
        _ = try own(fileID)
        return true
    }

    /// Makes a file in work/ ours alone: one with other names is copied, because it may be changed through them.
    /// - Parameter seen: What was looked at; nil: whatever is there.
    /// - Returns: False when it is another one, or changes.
    func own(_ fileID: Int64, seen: FileStamp? = nil) throws(IntakeError) -> Bool {
        let number = Array(String(fileID).utf8)
        let status = try files.status(of: number, in: layout.work)
        if let seen, !status.stamp.isSameContent(as: seen) { return false }
        guard status.kind == .regular, status.links > 1 else { return true }
        do {
            try files.detach(number, in: layout.work)
            return true
        } catch {
            if error.kind == .changed { return false }
            throw error
        }
    }

    private func row(_ file: ReadyFile, _ source: SourceConfiguration, _ now: Instant) -> NewFile {
        NewFile(
            source: source.name, name: file.name, device: file.stamp.device, inode: file.stamp.inode,
            size: file.stamp.size, modifiedAt: Instant(microseconds: file.stamp.modifiedNanoseconds / 1000),
            seenAt: file.seenAt, claimedAt: now, storedPath: "work")
    }
}
