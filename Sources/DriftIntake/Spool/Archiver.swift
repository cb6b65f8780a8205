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

    /// Performs the move a file's row asks for and notes it; does nothing when none is due.
    /// - Parameter now: The wall clock, for the row.
    /// - Returns: The file's new place relative to the spool; nil when no move was due.
    /// - Throws: ``IntakeError`` or `StoreError`; the move stays due.
    @discardableResult
    public func settle(_ file: FileRow, store: Store, now: Instant) throws -> String? {
        if file.requeueOf != nil {
            if let final = Self.finalState(of: file.state) {
                try store.write { try $0.setFileState(file.fileID, final, doneAt: now) }
            }
            return nil
        }
        guard let move = layout.dueMove(file) else { return nil }
        if move.final == .quarantined { writeReason(file, move) }
        try perform(move)
        try store.write(.redoable) { transaction in
            try transaction.setFileState(file.fileID, move.final, storedPath: move.path, doneAt: now)
        }
        return move.path
    }

    /// What ends a second try, which has no file to move.
    private static func finalState(of state: FileState) -> FileState? {
        switch state {
        case .committed: .archived
        case .quarantinePending: .quarantined
        default: nil
        }
    }

    /// Renames and makes it durable. A file already at its target is fine.
    func perform(_ move: SpoolMove) throws(IntakeError) {
        let folder = layout.root + "/" + move.folder
        let name = Array(move.name.utf8)
        let parts = move.from.split(separator: "/")
        let origin = ([layout.root] + parts.dropLast().map(String.init)).joined(separator: "/")
        try files.createDirectory(folder, mode: 0o700)
        do {
            try files.move(Array((parts.last ?? "").utf8), from: origin, to: name, in: folder)
        } catch {
            guard error.kind == .vanished, try isThere(name, in: folder) else { throw error }
        }
        try files.sync(directory: folder)
        try files.sync(directory: origin)
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
    /// full disk does not hold up the move.
    private func writeReason(_ file: FileRow, _ move: SpoolMove) {
        try? files.write(
            Array(Self.reasonJSON(file).utf8), to: "\(file.fileID).reason.json", in: layout.root + "/" + move.folder)
    }

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
