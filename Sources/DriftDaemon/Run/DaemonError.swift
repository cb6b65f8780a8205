import DriftIntake
import DriftStore

/// Why a run could not start or go on, with the exit code that says so to scripts and to systemd.
public struct DaemonError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// A configuration, model or database that needs a person: 78, not restarted.
        case configuration
        /// Another instance holds the state directory: 75.
        case busy
        /// A directory or file cannot be made: 73.
        case cannotCreate
        /// Anything else: 1, restarted.
        case failed
    }

    public var kind: Kind
    /// What is wrong, where, and why.
    public var message: String
    /// What to do.
    public var hint: String?

    public init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    /// As in `sysexits.h`.
    public var exitCode: Int32 {
        switch kind {
        case .configuration: 78
        case .busy: 75
        case .cannotCreate: 73
        case .failed: 1
        }
    }

    /// An error of the spool or the database in the words of the exit codes; nil: it speaks for itself.
    static func explaining(_ error: any Error) -> DaemonError? {
        switch error {
        case let error as IntakeError where error.kind == .otherFileSystem:
            DaemonError(
                .configuration, "\(error)",
                hint: "incoming, work, archive and quarantine must lie on one file system, because files move by rename"
            )
        case let error as IntakeError where error.kind == .forbidden:
            DaemonError(.cannotCreate, "\(error)", hint: "the spool must exist and belong to this user")
        case let error as IntakeError:
            DaemonError(.failed, "\(error)", hint: Trouble(error)?.hint)
        case let error as StoreError where error.isDiskFull:
            DaemonError(.failed, "\(error)", hint: Trouble(error)?.hint)
        case let error as StoreError where error.needsPerson:
            DaemonError(.configuration, "\(error)", hint: error.isDamage ? Self.restoreSteps : nil)
        case let error as StoreError where error.isBusy:
            DaemonError(.busy, "\(error)", hint: Trouble(error)?.hint)
        default: nil
        }
    }

    /// The database could not be written or read: said with its path.
    static func failedStorage(_ error: any Error, database path: String) -> DaemonError? {
        guard let error = error as? StoreError, error.isFailedStorage else { return nil }
        return DaemonError(
            .failed, "\(path): \(error)",
            hint: "what was committed is safe; see to the disk, then start again: it recovers by itself")
    }

    static let restoreSteps =
        "nothing is deleted: keep segdrift.sqlite with its -wal and -shm; put a backup in their place and run "
        + "'segdrift verify', or begin without a database and give the files of the archive once more"

    public var description: String { message + (hint.map { " (\($0))" } ?? "") }
}
