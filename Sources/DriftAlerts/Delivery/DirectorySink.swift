public import DriftStore
internal import Glibc

/// One file per alert, named by its id: written under a hidden name, synced, renamed. A second attempt replaces the
/// file by itself, so nothing is there twice, and nothing half.
public struct DirectorySink: AlertSink {
    private let directory: String
    private let sync: @Sendable (Int32) -> Int32

    /// - Parameter directory: Absolute; made with the first alert where the directory above it exists.
    public init(directory: String) {
        self.init(directory: directory, sync: fsync)
    }

    /// - Parameter sync: As `fsync`; tests have one of their own.
    init(directory: String, sync: @escaping @Sendable (Int32) -> Int32) {
        self.directory = directory
        self.sync = sync
    }

    /// Writes each alert to a file of its own.
    public func send(_ deliveries: [DeliveryRow]) -> [DeliveryResult] {
        let folder = open()
        guard folder >= 0 else { return [failure("cannot be opened")] }
        defer { close(folder) }
        var results: [DeliveryResult] = []
        var broken: DeliveryResult?
        for delivery in deliveries {
            broken = write(delivery, in: folder).map(failure)
            if broken != nil { break }
            results.append(.delivered)
        }
        // The names are durable together, or none of them counts: those before one that failed, too.
        guard results.isEmpty || sync(folder) == 0 else { return [failure("cannot be synced")] }
        return results + [broken].compactMap(\.self)
    }

    /// - Returns: A descriptor, or −1.
    private func open() -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let folder = unsafe Glibc.open(directory, flags)
        guard folder < 0, errno == ENOENT, unsafe mkdir(directory, 0o750) == 0 else { return folder }
        let made = unsafe Glibc.open(directory, flags)
        // Its name is durable before anything in it counts.
        let above = made < 0 ? -1 : unsafe openat(made, "..", flags)
        if above >= 0 {
            _ = sync(above)
            close(above)
        }
        return made
    }

    /// - Returns: What went wrong; nil: nothing.
    private func write(_ delivery: DeliveryRow, in folder: Int32) -> String? {
        let name = delivery.alertID + ".json"
        let hidden = "." + name + ".tmp"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe openat(folder, hidden, flags, 0o640)
        guard descriptor >= 0 else { return "does not take a file" }
        defer { close(descriptor) }
        let bytes = delivery.body + [UInt8(ascii: "\n")]
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count <= 0 {
                if errno == EINTR { continue }
                return "cannot be written"
            }
            written += count
        }
        guard sync(descriptor) == 0 else { return "cannot be synced" }
        guard unsafe renameat(folder, hidden, folder, name) == 0 else { return "does not take a name" }
        return nil
    }

    private func failure(_ what: String) -> DeliveryResult {
        .failed(reason: "\(directory) \(what): \(unsafe String(cString: strerror(errno)))", destinationIsDown: true)
    }
}
