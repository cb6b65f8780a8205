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
        var gone: [(fileID: Int64, reason: String?)] = []
        for (file, fileID) in zip(ready, ids) {
            do {
                if try take(file.name, from: source.directory, as: fileID) {
                    result.claimed.append(ClaimedFile(fileID: fileID, name: file.name, path: layout.workPath(fileID)))
                    // One that cannot be removed says nothing without its file.
                    if let sidecar = file.sidecar { try? files.remove(sidecar, in: source.directory) }
                } else {
                    gone.append((fileID, nil))
                    result.vanished.append(file.name)
                }
            } catch {
                guard error.kind == .forbidden else { throw error }
                gone.append((fileID, "could not be taken: \(error)"))
                result.refused.append((file, error))
            }
        }
        try files.sync(directory: layout.work)
        try files.sync(directory: source.directory)
        if !gone.isEmpty {
            try store.write { transaction in
                for (fileID, reason) in gone {
                    try transaction.setFileState(fileID, .vanished, reason: reason, doneAt: now)
                }
            }
        }
        return result
    }

    /// - Returns: False when the file is not there any more.
    func take(_ name: [UInt8], from directory: String, as fileID: Int64) throws(IntakeError) -> Bool {
        do {
            try files.move(name, from: directory, to: Array(String(fileID).utf8), in: layout.work)
            return true
        } catch {
            if error.kind == .vanished { return false }
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
