public import DriftModel
import Glibc
import Synchronization

/// Time zones from the system's zoneinfo, read once each.
public final class SystemZones: Sendable {
    private let directory: String
    private let known = Mutex<[String: ZoneRules?]>([:])

    /// - Parameter directory: Where the zone files lie.
    public init(directory: String = "/usr/share/zoneinfo") {
        self.directory = directory
    }

    /// The rules of a zone.
    /// - Parameter name: An IANA name such as `Europe/London`. Anything else, a path that leads elsewhere
    ///   included, is no zone.
    public func rules(_ name: String) -> ZoneRules? {
        if name == "UTC" { return .utc }
        guard SystemZones.isZoneName(name) else { return nil }
        if let rules = known.withLock({ $0[name] }) { return rules }
        let rules = SystemZones.read("\(directory)/\(name)").flatMap { ZoneRules(name: name, tzif: $0) }
        known.withLock { $0[name] = .some(rules) }
        return rules
    }

    /// As the parameter that loaders take.
    public var lookup: @Sendable (String) -> ZoneRules? { { self.rules($0) } }

    /// Names are made of letters, digits, `_`, `+`, `-` and single slashes in between; the files beside the zones
    /// (`posix/`, `right/`, tables) are none.
    static func isZoneName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), name.utf8.count <= 64, !["posix", "right"].contains(parts[0]) else {
            return false
        }
        return parts.allSatisfy { part in
            guard let first = part.utf8.first, isLetter(first) else { return false }
            return part.utf8.allSatisfy { byte in
                isLetter(byte) || (byte >= 0x30 && byte <= 0x39) || "_+-".utf8.contains(byte)
            }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
    }

    /// The bytes of a small regular file; nil when it cannot be read.
    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= 1 << 20
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let taken = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
            }
            if taken < 0, errno == EINTR { continue }
            if taken <= 0 { break }
            count += taken
        }
        return Array(bytes.prefix(count))
    }
}
