/// Why the database cannot be used. Each says what is wrong, where, and what a person can do.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Written by a newer release: its schema number, and the newest this release knows.
    case newerSchema(path: String, found: Int, known: Int)
    /// Written by an unreleased build, whose databases are not converted.
    case olderSchema(path: String, found: Int, known: Int)
    /// Written by an older release; the daemon brings it up to this one's schema when it starts.
    case awaitsUpgrade(path: String, found: Int, known: Int)
    /// Not a segdrift database, or damaged; `findings` are SQLite's own words.
    case damaged(path: String, findings: [String])
    /// The path no longer leads to the file that was opened (moved, replaced, deleted, or its WAL was).
    case replaced(path: String)
    /// A file beside the database (`-wal`, `-shm`) was deleted while in use. What was in it is in the database.
    case logDeleted(path: String)
    /// There is nothing to read at the path.
    case missing(path: String)
    /// A read went on although the log behind it grew: see ``ReadLimit``.
    case readTooLong(path: String)
    /// SQLite refused, with its extended result code.
    case sqlite(code: Int32, message: String, sql: String?)
    /// A caller asked for something that cannot be: a wrong change of state, an unknown identifier.
    case inconsistent(String)

    /// True when only a person can help: the process exits 78.
    public var needsPerson: Bool {
        switch self {
        case .newerSchema, .olderSchema, .damaged, .replaced: true
        case .sqlite: primaryCode == 11 || primaryCode == 26
        case .logDeleted, .missing, .awaitsUpgrade, .readTooLong, .inconsistent: false
        }
    }

    /// What is in the file is not what was written.
    public var isDamage: Bool {
        if case .damaged = self { true } else { primaryCode == 11 || primaryCode == 26 }
    }

    /// SQLite's primary result code; nil when SQLite did not say it.
    private var primaryCode: Int32? {
        if case .sqlite(let code, _, _) = self { code & 0xFF } else { nil }
    }

    /// The file system is full: pause and try again when there is room. The index of the WAL (`-shm`) says so in words
    /// of its own; nothing that must last is in it.
    public var isDiskFull: Bool { primaryCode == 13 || extendedCode == Self.sharedMemorySize }

    /// `SQLITE_IOERR_SHMSIZE`
    private static let sharedMemorySize: Int32 = 10 | 19 << 8

    private var extendedCode: Int32? {
        if case .sqlite(let code, _, _) = self { code } else { nil }
    }

    /// Somebody else holds a lock for longer than the busy timeout: pause and try again.
    public var isBusy: Bool { primaryCode == 5 || primaryCode == 6 }

    /// The same question may be answered later, when the daemon writes less.
    public var isReadTooLong: Bool { if case .readTooLong = self { true } else { false } }

    /// The disk, not the permission to use it, is what failed.
    public var isIOFailure: Bool { !isDiskFull && primaryCode == 10 }

    /// Reading or writing the file failed, or it became read-only. What was being written is not known to be safe:
    /// stop, and let the next start recover; never repeat the write.
    public var isFailedStorage: Bool { !isDiskFull && [8, 10, 14].contains(primaryCode) }

    public var description: String {
        switch self {
        case .newerSchema(let path, let found, let known):
            "\(path): the database has schema \(found), this release knows up to \(known); "
                + "install the release that wrote it, or restore a backup made before the upgrade"
        case .olderSchema(let path, let found, let known):
            "\(path): the database has schema \(found) of a build before the first release, this release knows \(known); "
                + "move it away, give the archived files to the daemon again, and it is made afresh"
        case .awaitsUpgrade(let path, let found, let known):
            "\(path): the database has schema \(found) of an older release, this release reads \(known); "
                + "start the daemon of this release once: it keeps a copy, then brings it up to date"
        case .damaged(let path, let findings):
            "\(path): the database is damaged or not a segdrift database (\(findings.joined(separator: "; "))); "
                + "nothing was changed; restore a backup, or keep the file and ask for help"
        case .replaced(let path):
            "\(path): the database or its -wal file was moved or replaced while in use; nothing more is written; "
                + "stop whatever replaced it and start again"
        case .logDeleted(let path):
            "\(path): its -wal or -shm file was deleted while in use; what was in it has been saved to the database, "
                + "which has to be opened anew"
        case .missing(let path):
            "\(path): no database here; the daemon creates it at its first start"
        case .readTooLong(let path):
            "\(path): the daemon writes so much now that its log may not wait for an answer of more than two seconds; "
                + "ask again when it is idle, ask for less, or ask a copy of the database"
        case .sqlite(let code, let message, let sql):
            "SQLite error \(code): \(message)" + (sql.map { " in: \($0)" } ?? "")
        case .inconsistent(let message):
            "the database refused an inconsistent request: \(message)"
        }
    }
}
