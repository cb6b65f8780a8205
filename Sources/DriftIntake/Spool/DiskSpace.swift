import CLinux
import Glibc

/// Room on a file system, for users without privileges.
public struct DiskSpace: Hashable, Sendable {
    public var freeBytes: Int64
    public var totalBytes: Int64

    public init(freeBytes: Int64, totalBytes: Int64) {
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
    }

    /// More than anybody asks for.
    public static let plenty = DiskSpace(freeBytes: .max, totalBytes: .max)
}

/// A disk on which too little is free to begin with a file.
public struct DiskShortage: Hashable, Sendable, CustomStringConvertible {
    /// On the file system that is short.
    public var directory: String
    public var freeBytes: Int64
    public var neededBytes: Int64

    public init(directory: String, freeBytes: Int64, neededBytes: Int64) {
        self.directory = directory
        self.freeBytes = freeBytes
        self.neededBytes = neededBytes
    }

    public var description: String {
        "\(freeBytes >> 10) KiB are free where \(directory) is, \(neededBytes >> 10) KiB are wanted before the next file"
    }
}

/// How much must be free before files are claimed, and before they are applied: what they bring goes into the database
/// at once, and a disk that is filled to its last block is everybody's trouble. A pure decision.
public enum DiskGuard {
    /// Kept free whatever is taken.
    public static let reserveBytes: Int64 = 64 << 20
    /// Of smaller disks this part is kept free.
    static let reserveShare: Int64 = 16
    /// What a file's effects take, with the log that leads to them, in sizes of the file.
    static let growth: Int64 = 3

    /// - Parameters:
    ///   - bytes: Of the files.
    ///   - totalBytes: Of the disk. More than its half is never asked for: a larger file is tried, and if it fills the
    ///     disk that is waited for.
    public static func bytesNeeded(forFilesOf bytes: Int64, totalBytes: Int64) -> Int64 {
        let reserve = min(reserveBytes, totalBytes / reserveShare)
        let (wanted, isHuge) = bytes.multipliedReportingOverflow(by: growth)
        return max(reserve, min(isHuge ? .max : wanted, totalBytes / 2))
    }
}

extension SpoolFiles {
    /// Where there is too little room for files of so many bytes; nil: nowhere.
    public func shortage(forFilesOf bytes: Int64, in directories: [String]) throws(IntakeError) -> DiskShortage? {
        for directory in directories {
            let space = try space(of: directory)
            let needed = DiskGuard.bytesNeeded(forFilesOf: bytes, totalBytes: space.totalBytes)
            if space.freeBytes < needed {
                return DiskShortage(directory: directory, freeBytes: space.freeBytes, neededBytes: needed)
            }
        }
        return nil
    }
}

extension SystemSpoolFiles {
    /// As statvfs(3) has it.
    public func space(of directory: String) throws(IntakeError) -> DiskSpace {
        var status = statvfs()
        guard unsafe statvfs(directory, &status) == 0 else {
            throw IntakeError("statvfs", path: directory, errorNumber: errno)
        }
        let block = Int64(status.f_frsize)
        return DiskSpace(freeBytes: Int64(status.f_bavail) * block, totalBytes: Int64(status.f_blocks) * block)
    }
}
