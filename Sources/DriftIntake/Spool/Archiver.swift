public import DriftModel
public import DriftStore

/// Moves files that are done with to where the ledger says they belong. Every step can be done again.
public struct Archiver: Sendable {
    private let layout: SpoolLayout
    private let files: any SpoolFiles

    public init(layout: SpoolLayout, files: any SpoolFiles) {
        self.layout = layout
        self.files = files
    }

    /// Most files whose moves are noted in one transaction.
    public static let settledAtOnceMax = 512

    /// Performs the moves that files' rows ask for and notes them: one sync per directory and one transaction for up
    /// to ``settledAtOnceMax`` of them. Files of which no move is due are passed over.
    /// - Parameter now: The wall clock, for the rows.
    /// - Returns: Those that are neither where they were nor where they belong; their moves stay due.
    /// - Throws: ``IntakeError`` or `StoreError`; the moves that are not noted stay due.
    @discardableResult
    public func settle(
        _ rows: [FileRow], store: Store, now: Instant
    ) throws -> [(file: FileRow, error: IntakeError)] {
        var missing: [(file: FileRow, error: IntakeError)] = []
        var rest = rows[...]
        while !rest.isEmpty {
            missing += try settleSome(rest.prefix(Self.settledAtOnceMax), store, now)
            rest = rest.dropFirst(Self.settledAtOnceMax)
        }
        return missing
    }

    private func settleSome(
        _ rows: ArraySlice<FileRow>, _ store: Store, _ now: Instant
    ) throws -> [(file: FileRow, error: IntakeError)] {
        var missing: [(file: FileRow, error: IntakeError)] = []
        var done: [(fileID: Int64, state: FileState, path: String?)] = []
        var directories = TouchedDirectories()
        for row in rows {
            if row.requeueOf != nil {
                if let final = Self.finalState(of: row.state) { done.append((row.fileID, final, nil)) }
                continue
            }
            guard let move = layout.dueMove(row) else { continue }
            if move.final == .quarantined { writeReason(row) }
            do {
                try rename(move, &directories)
                done.append((row.fileID, move.final, move.path))
            } catch {
                guard error.kind == .vanished else { throw error }
                missing.append((row, error))
            }
        }
        for directory in directories.inOrder { try files.sync(directory: directory) }
        if done.isEmpty { return missing }
        try store.write(.redoable) { transaction in
            for (fileID, state, path) in done {
                try transaction.setFileState(fileID, state, storedPath: path, doneAt: now)
            }
        }
        return missing
    }

    /// Directories in which names were changed and that are to be synced, those moved into first.
    private struct TouchedDirectories {
        private var targets: [String] = []
        private var origins: [String] = []

        var inOrder: [String] { targets + origins.filter { !targets.contains($0) } }

        /// - Returns: Whether it is the first move into it.
        mutating func noteTarget(_ directory: String) -> Bool {
            if targets.contains(directory) { return false }
            targets.append(directory)
            return true
        }

        mutating func noteOrigin(_ directory: String) {
            if !origins.contains(directory) { origins.append(directory) }
        }
    }

    /// What ends a second try, which has no file to move.
    private static func finalState(of state: FileState) -> FileState? {
        switch state {
        case .committed: .archived
        case .quarantinePending: .quarantined
        default: nil
        }
    }

    /// Renames; durable once both directories are synced. A file already at its target is fine.
    private func rename(_ move: SpoolMove, _ directories: inout TouchedDirectories) throws(IntakeError) {
        let folder = layout.root + "/" + move.folder
        let name = Array(move.name.utf8)
        let parts = move.from.split(separator: "/")
        let origin = ([layout.root] + parts.dropLast().map(String.init)).joined(separator: "/")
        if directories.noteTarget(folder) { try files.createDirectory(folder, mode: 0o700) }
        directories.noteOrigin(origin)
        do {
            try files.move(Array((parts.last ?? "").utf8), from: origin, to: name, in: folder)
        } catch {
            guard error.kind == .vanished, try isThere(name, in: folder) else { throw error }
        }
    }

    private func isThere(_ name: [UInt8], in folder: String) throws(IntakeError) -> Bool {
        do {
            return try files.status(of: name, in: folder).kind == .regular
        } catch {
            if error.kind == .vanished { return false }
            throw error
        }
    }

    /// The reason beside a quarantined file, for those who look into the directory. The ledger has it too, so a
    /// full disk does not hold up the move: the next start makes up for it.
    func writeReason(_ file: FileRow) {
        try? files.write(
            Array(Self.reasonJSON(file).utf8), to: "\(file.fileID).reason.json", in: layout.quarantine)
    }

    static func reasonName(_ fileID: Int64) -> [UInt8] { Array("\(fileID).reason.json".utf8) }

    static func reasonJSON(_ file: FileRow) -> String {
        let facts: [(String, String)] = [
            ("file_id", String(file.fileID)), ("source", quoted(file.source)),
            ("name", quoted(FileName.display(file.nameBytes))),
            ("sha256", file.verdict.map { quoted($0.sha256) } ?? "null"), ("size", String(file.size)),
            ("code", file.code.map(quoted) ?? "null"), ("reason", file.reason.map(quoted) ?? "null"),
            ("records", String(file.counts.records)), ("claimed_at", quoted(TimestampText.string(file.claimedAt))),
        ]
        return "{" + facts.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}\n"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
