import DriftModel
public import DriftStore
import Glibc

/// Where files lie in the spool. All paths of files below it are relative to ``root``.
public struct SpoolLayout: Hashable, Sendable {
    /// Absolute.
    public let root: String

    public init(root: String) {
        self.root = root
    }

    public var incoming: String { root + "/incoming" }
    public var work: String { root + "/work" }
    public var archive: String { root + "/archive" }
    public var duplicates: String { root + "/archive/duplicates" }
    public var quarantine: String { root + "/quarantine" }

    /// A claimed file's path, absolute.
    public func workPath(_ fileID: Int64) -> String { "\(work)/\(fileID)" }

    /// Where a row says that its file lies, absolute.
    public func path(of file: FileRow) -> String {
        file.storedPath == Self.inWork ? workPath(file.fileID) : "\(root)/\(file.storedPath)"
    }

    /// What a row says of a file in work/.
    public static let inWork = "work"
    /// What a row says of a file whose bytes were deleted when their time was up.
    public static let nowhere = "deleted"

    /// Creates what is missing and checks that everything is on one file system, because files move by rename.
    /// - Throws: ``IntakeError``; kind `otherFileSystem` names the directory that lies elsewhere.
    public func prepare(sources: [SourceConfiguration], files: any SpoolFiles) throws(IntakeError) {
        for directory in [work, archive, duplicates, quarantine] {
            try files.createDirectory(directory, mode: 0o700)
        }
        let device = try files.device(of: work)
        for source in sources {
            try files.createDirectory(source.directory, mode: 0o3770)
            if try files.device(of: source.directory) != device {
                throw IntakeError(.otherFileSystem, "rename into \(work) from", path: source.directory)
            }
        }
        for directory in [archive, duplicates, quarantine] where try files.device(of: directory) != device {
            throw IntakeError(.otherFileSystem, "rename into", path: directory)
        }
        for source in sources { try probe(from: source.directory, files: files) }
        for directory in [archive, duplicates, quarantine] { try probe(from: directory, files: files) }
    }

    /// Tries a rename into work/ of a name that is not there: across mounts, of one file system too, the kernel
    /// refuses before it looks for the name.
    /// - Throws: ``IntakeError`` of kind `otherFileSystem`.
    public func probe(from directory: String, files: any SpoolFiles) throws(IntakeError) {
        let name = Array(".segdrift-probe.tmp".utf8)
        do {
            try files.move(name, from: directory, to: name, in: work)
        } catch {
            if error.kind == .otherFileSystem {
                throw IntakeError(.otherFileSystem, "rename into \(work) from", path: directory, errorNumber: EXDEV)
            }
        }
    }

    /// The move that a file's ledger row says is due; nil: none is.
    public func dueMove(_ file: FileRow) -> SpoolMove? {
        // A second try has no file of its own.
        guard file.requeueOf == nil else { return nil }
        let name = "\(file.fileID)-\(FileName.sanitised(file.nameBytes))"
        let from = file.storedPath == Self.inWork ? "\(Self.inWork)/\(file.fileID)" : file.storedPath
        switch file.state {
        case .committed:
            let date = CivilDate(day: ZoneRules.utc.localDay(of: file.claimedAt)).description
            let folder = date.split(separator: "-").joined(separator: "/")
            return SpoolMove(
                fileID: file.fileID, from: from, folder: "archive/\(file.source)/\(folder)", name: name,
                final: .archived)
        case .duplicatePending:
            return SpoolMove(
                fileID: file.fileID, from: from, folder: "archive/duplicates", name: name, final: .duplicate)
        case .quarantinePending:
            return SpoolMove(fileID: file.fileID, from: from, folder: "quarantine", name: name, final: .quarantined)
        default: return nil
        }
    }
}

/// A rename that the ledger asks for.
public struct SpoolMove: Hashable, Sendable {
    public var fileID: Int64
    /// Where the file lies, relative to the spool.
    public var from: String
    /// Target directory, relative to the spool.
    public var folder: String
    /// Name there.
    public var name: String
    /// The state once it is done.
    public var final: FileState

    public init(fileID: Int64, from: String, folder: String, name: String, final: FileState) {
        self.fileID = fileID
        self.from = from
        self.folder = folder
        self.name = name
        self.final = final
    }

    /// Relative to the spool.
    public var path: String { "\(folder)/\(name)" }
}
