import CLinux
import Glibc

/// What a directory entry is, without following links.
public enum EntryKind: String, Hashable, Sendable {
    case regular, directory, symbolicLink = "symbolic link", fifo = "FIFO", socket, device

    /// With its article.
    public var indefinite: String { "a \(rawValue)" }
}

/// A directory entry as it was looked at.
public struct EntryStatus: Hashable, Sendable {
    public var kind: EntryKind
    public var stamp: FileStamp
    /// Regular files: whether we may read it.
    public var isReadable: Bool
    /// Number of hard links.
    public var links: Int

    public init(kind: EntryKind, stamp: FileStamp, isReadable: Bool, links: Int = 1) {
        self.kind = kind
        self.stamp = stamp
        self.isReadable = isReadable
        self.links = links
    }
}

/// What the spool does to the file system. The real one is ``SystemSpoolFiles``; tests put faults in between.
public protocol SpoolFiles: Sendable {
    /// Names in a directory, without `.` and `..`, in any order.
    func names(in directory: String) throws(IntakeError) -> [[UInt8]]
    /// Looks at an entry. Never waits, never follows a link.
    func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus
    /// Moves a file within the file system; never replaces anything.
    func move(_ name: [UInt8], from source: String, to newName: [UInt8], in target: String) throws(IntakeError)
    /// Creates a directory with its parents, each durably; one that exists is fine.
    func createDirectory(_ path: String, mode: UInt32) throws(IntakeError)
    /// Makes changes of a directory's entries durable.
    func sync(directory: String) throws(IntakeError)
    /// Writes a small file durably under a temporary name, then gives it its name.
    func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError)
    /// Removes a file; one that is not there is fine.
    func remove(_ name: [UInt8], in directory: String) throws(IntakeError)
    /// The file system a directory lies on.
    func device(of directory: String) throws(IntakeError) -> UInt64
    /// Room on the file system a directory lies on.
    func space(of directory: String) throws(IntakeError) -> DiskSpace
    /// Whether somebody has a file open for writing, as far as we are allowed to know.
    func isBeingWritten(_ name: [UInt8], in directory: String) -> Bool
    /// Whether files may be taken out of a directory.
    func isWritable(_ directory: String) -> Bool
    /// Replaces a file that has other names by a durable copy: it cannot be changed through them any more.
    /// - Throws: Kind `changed`: it was being changed meanwhile.
    func detach(_ name: [UInt8], in directory: String) throws(IntakeError)
}

extension SpoolFiles {
    /// There is room for anything.
    public func space(of directory: String) throws(IntakeError) -> DiskSpace { .plenty }
    /// Nothing is known.
    public func isBeingWritten(_ name: [UInt8], in directory: String) -> Bool { false }
    /// They may.
    public func isWritable(_ directory: String) -> Bool { true }
    /// Does nothing.
    public func detach(_ name: [UInt8], in directory: String) throws(IntakeError) {}
}

/// The real file system: every entry is reached through its directory's descriptor.
public struct SystemSpoolFiles: SpoolFiles {
    public init() {}

    /// Names in a directory, `.` and `..` left out, in no order.
    public func names(in directory: String) throws(IntakeError) -> [[UInt8]] {
        let descriptor = try Self.open(directory)
        guard let stream = unsafe fdopendir(descriptor) else {
            let number = errno
            close(descriptor)
            throw IntakeError("opendir", path: directory, errorNumber: number)
        }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw IntakeError("readdir", path: directory, errorNumber: errno) }
                return names
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe Array(bytes.prefix { $0 != 0 })
            }
            if name != [46] && name != [46, 46] { names.append(name) }
        }
    }

    /// What an entry is, without following a link or waiting.
    public func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus {
        try Self.with(directory) { folder throws(IntakeError) in
            var status = stat()
            let result = unsafe name.withCBytes { unsafe fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }
            if result != 0 { throw failure("stat", directory, name) }
            let found = EntryStatus(
                kind: Self.kind(status), stamp: FileStamp(status), isReadable: false, links: Int(status.st_nlink))
            guard found.kind == .regular else { return found }
            // It may have been swapped for something else since: look at what was really opened.
            let file = unsafe name.withCBytes { unsafe openat(folder, $0, Self.lookingFlags) }
            if file < 0 {
                guard errno == EACCES || errno == EPERM else { throw failure("open", directory, name) }
                return found
            }
            defer { close(file) }
            guard unsafe fstat(file, &status) == 0 else { throw failure("fstat", directory, name) }
            return EntryStatus(
                kind: Self.kind(status), stamp: FileStamp(status), isReadable: true, links: Int(status.st_nlink))
        }
    }

    private static func kind(_ status: stat) -> EntryKind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .directory
        case S_IFLNK: .symbolicLink
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        default: .device
        }
    }

    /// Renames between directories; never replaces.
    public func move(
        _ name: [UInt8], from source: String, to newName: [UInt8], in target: String
    ) throws(IntakeError) {
        try Self.with(source) { from throws(IntakeError) in
            try Self.with(target) { to throws(IntakeError) in
                let result = unsafe name.withCBytes { old in
                    unsafe newName.withCBytes { new in unsafe segdrift_rename_noreplace(from, old, to, new) }
                }
                if result != 0 { throw failure("rename", source, name) }
            }
        }
    }

    /// Makes a directory and those above it; one that is there is left as it is.
    public func createDirectory(_ path: String, mode: UInt32) throws(IntakeError) {
        let made = Self.make(path, mode: mode)
        if made == 0 {
            try sync(directory: Self.parent(of: path))
            return
        }
        switch made {
        case EEXIST: close(try Self.open(path))
        case ENOENT:
            let parent = Self.parent(of: path)
            guard parent != path else { throw IntakeError("mkdir", path: path, errorNumber: ENOENT) }
            try createDirectory(parent, mode: mode)
            try createDirectory(path, mode: mode)
        default: throw IntakeError("mkdir", path: path, errorNumber: made)
        }
    }

    /// Makes one directory.
    ///
    /// The set-group-ID bit is never asked for: the kernel passes it on from the parent, and a sandbox that forbids
    /// the bit refuses the call. Where the parent is so marked and its group may write, someone has opened it to
    /// that group, and the process's umask, which is for its own files, must not close the new one.
    /// - Returns: 0, or the error number.
    private static func make(_ path: String, mode: UInt32) -> Int32 {
        let mode = mode & 0o1777
        var parent = stat()
        let isShared =
            unsafe mode & 0o020 != 0 && stat(Self.parent(of: path), &parent) == 0 && parent.st_mode & 0o2020 == 0o2020
        let before = isShared ? umask(0o007) : 0
        defer { if isShared { umask(before) } }
        return unsafe mkdir(path, mode) == 0 ? 0 : errno
    }

    /// The directory that a path lies in.
    public static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes renames in a directory durable.
    public func sync(directory: String) throws(IntakeError) {
        try Self.with(directory) { folder throws(IntakeError) in
            if fsync(folder) != 0 { throw IntakeError("fsync", path: directory, errorNumber: errno) }
        }
    }

    /// Writes a small file whole or not at all: beside it, synced, renamed.
    public func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError) {
        try Self.with(directory) { folder throws(IntakeError) in
            let temporary = ".\(name).tmp"
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
            let file = unsafe openat(folder, temporary, flags, 0o640)
            if file < 0 { throw failure("create", directory, Array(temporary.utf8)) }
            var number = Self.writeAll(bytes, to: file)
            if number == 0, fsync(file) != 0 { number = errno }
            close(file)
            if number == 0, unsafe renameat(folder, temporary, folder, name) != 0 { number = errno }
            if number != 0 {
                _ = unsafe unlinkat(folder, temporary, 0)
                throw IntakeError("write", path: "\(directory)/\(name)", errorNumber: number)
            }
        }
    }

    /// - Returns: The error number; 0 when all was written.
    private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return errno }
        }
        return 0
    }

    /// Removes an entry; one that is not there is no error.
    public func remove(_ name: [UInt8], in directory: String) throws(IntakeError) {
        try Self.with(directory) { folder throws(IntakeError) in
            let result = unsafe name.withCBytes { unsafe unlinkat(folder, $0, 0) }
            if result != 0, errno != ENOENT { throw failure("unlink", directory, name) }
        }
    }

    /// The file system a directory lies on.
    public func device(of directory: String) throws(IntakeError) -> UInt64 {
        try Self.with(directory) { folder throws(IntakeError) in
            var status = stat()
            guard unsafe fstat(folder, &status) == 0 else {
                throw IntakeError("fstat", path: directory, errorNumber: errno)
            }
            return UInt64(status.st_dev)
        }
    }

    func failure(_ operation: String, _ directory: String, _ name: [UInt8]) -> IntakeError {
        IntakeError(operation, path: "\(directory)/\(FileName.display(name))", errorNumber: errno)
    }

    /// Never follows a link, never waits on a FIFO, never takes a terminal.
    static let lookingFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC

    static func open(_ directory: String) throws(IntakeError) -> Int32 {
        let descriptor = unsafe Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { throw IntakeError("open", path: directory, errorNumber: errno) }
        return descriptor
    }

    /// Hands over an open directory for the time of a call.
    static func with<Result>(
        _ directory: String, _ body: (Int32) throws(IntakeError) -> Result
    ) throws(IntakeError) -> Result {
        let descriptor = try open(directory)
        defer { close(descriptor) }
        return try body(descriptor)
    }
}

extension [UInt8] {
    /// The bytes as a C string; what follows a NUL is not seen.
    func withCBytes<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let terminated = map { CChar(bitPattern: $0) } + [0]
        return unsafe terminated.withUnsafeBufferPointer { buffer in
            guard let first = buffer.baseAddress else { preconditionFailure("a terminated array is not empty") }
            return unsafe body(first)
        }
    }
}
