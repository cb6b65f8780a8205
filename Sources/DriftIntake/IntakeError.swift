import Glibc

/// A system call on a spool file or directory failed.
public struct IntakeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What can be done about it; a small closed set.
    public enum Kind: String, Hashable, Sendable {
        /// No permission: a person must change it.
        case forbidden
        /// It is not there (any more).
        case vanished
        /// The name is taken.
        case exists
        /// Directories lie on different file systems.
        case otherFileSystem
        /// The disk or a quota is full.
        case full
        /// The file changed while it was read.
        case changed
        /// No regular file.
        case notRegular
        /// Everything else; may pass by itself.
        case transient
    }

    public var kind: Kind
    /// The call or step that failed.
    public var operation: String
    /// Escaped for display.
    public var path: String
    /// The system's error number; 0 when no call failed.
    public var errorNumber: Int32

    public init(_ kind: Kind, _ operation: String, path: String, errorNumber: Int32 = 0) {
        self.kind = kind
        self.operation = operation
        self.path = path
        self.errorNumber = errorNumber
    }

    /// From the error number a call left behind.
    init(_ operation: String, path: String, errorNumber: Int32) {
        self.init(Self.kind(of: errorNumber), operation, path: path, errorNumber: errorNumber)
    }

    private static func kind(of errorNumber: Int32) -> Kind {
        switch errorNumber {
        case EACCES, EPERM: .forbidden
        case ENOENT, ENOTDIR: .vanished
        case EEXIST, ENOTEMPTY: .exists
        case EXDEV: .otherFileSystem
        case ENOSPC, EDQUOT: .full
        case ELOOP, ENXIO, EISDIR: .notRegular
        default: .transient
        }
    }

    /// The reason alone.
    public var cause: String { errorNumber == 0 ? kind.rawValue : SystemError.text(errorNumber) }

    /// This process or the system has run out of something that every file needs: no fault of the file's.
    public var isShortage: Bool { [EMFILE, ENFILE, ENOMEM].contains(errorNumber) }

    /// A change could not be made durable: what became of it is known only after a new start. To sync again would say
    /// yes, and prove nothing.
    public var isFailedStorage: Bool { errorNumber == EIO && operation == "fsync" }

    public var description: String { "\(operation) \(path): \(cause)" }
}
