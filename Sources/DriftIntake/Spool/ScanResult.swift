public import DriftModel

/// A file that is complete and can be claimed.
public struct ReadyFile: Hashable, Sendable {
    public var name: [UInt8]
    public var stamp: FileStamp
    /// When a scan first saw it.
    public var seenAt: Instant
    /// Its sidecar, to be removed with the claim.
    public var sidecar: [UInt8]?

    public init(name: [UInt8], stamp: FileStamp, seenAt: Instant, sidecar: [UInt8]? = nil) {
        self.name = name
        self.stamp = stamp
        self.seenAt = seenAt
        self.sidecar = sidecar
    }
}

/// Why an entry of a source's directory is left where it is.
public enum SpoolProblem: Hashable, Sendable, CustomStringConvertible {
    /// It is none of those that are read.
    case notAFile(EntryKind)
    /// Why it cannot be opened.
    case unreadable(String)
    /// It was not closed by its writer, and nothing has happened to it for long.
    case neverClosed
    /// The sidecar of this name has not come.
    case noSidecar(String)
    /// It could be read, but not taken; with the system's words.
    case cannotBeTaken(String)

    /// Whether it keeps records from us that may be whole.
    var isOfReading: Bool {
        if case .unreadable = self { true } else { false }
    }

    /// Since when it is so.
    func begins(firstSeen: Instant, stillSince: Instant, now: Instant) -> Instant {
        switch self {
        case .notAFile, .unreadable: firstSeen
        case .neverClosed, .noSidecar: stillSince
        case .cannotBeTaken: now
        }
    }

    public var description: String {
        switch self {
        case .notAFile(let kind): "\(kind.indefinite), not a file"
        case .unreadable(let why): "unreadable: \(why)"
        case .neverClosed: "stuck open: its writer has neither written to it for an hour nor closed it"
        case .noSidecar(let name): "its sidecar \(name) has not come for an hour"
        case .cannotBeTaken(let why): "cannot be taken: \(why)"
        }
    }

    /// What to do.
    public var advice: String {
        switch self {
        case .notAFile: "only regular files are taken, and none from directories below"
        case .unreadable: "let the daemon's user or group read it; it is taken as soon as that is so"
        case .neverClosed: "end its writer; better, write under an ignored name and rename"
        case .noSidecar: "it is taken as soon as that one is there"
        case .cannotBeTaken:
            "the daemon's user must be allowed to rename it; tried again in an hour, or when it changes"
        }
    }
}

/// An entry that is left where it is.
public struct ScanReport: Hashable, Sendable {
    public var name: [UInt8]
    public var problem: SpoolProblem
    /// Since when, by the wall clock.
    public var since: Instant

    public init(name: [UInt8], problem: SpoolProblem, since: Instant) {
        self.name = name
        self.problem = problem
        self.since = since
    }
}

/// What a scan of one source's directory found.
public struct ScanResult: Hashable, Sendable {
    /// The oldest first: by modification time, then by name.
    public var ready: [ReadyFile] = []
    /// Files that are there but not complete yet.
    public var waiting = 0
    /// Those of them that appeared so recently that they may be complete soon, with events earlier than now.
    public var recent = 0
    /// Found for the first time.
    public var reports: [ScanReport] = []
    /// Unreadable for so long that somebody must be told, once.
    public var overdue: [ScanReport] = []
    /// All entries that are left where they are, reported now or before.
    public var refused: [ScanReport] = []
    /// When a waiting file may be complete, if nothing happens to it.
    public var lookAgainAt: Instant?

    public init() {}
}
