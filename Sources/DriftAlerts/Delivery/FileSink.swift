public import DriftStore
internal import Foundation
internal import Glibc

/// Alerts as lines of a file (NDJSON of CloudEvents), appended and synced.
///
/// A line cut short by a crash is trimmed before the next one is written. An alert whose first attempt may have
/// arrived is looked for near the end of the file and not written again.
public struct FileSink: AlertSink {
    /// How far back an ambiguous alert is looked for: more than any batch is long.
    static let lookBackBytes = 4 * 1024 * 1024

    private let path: String

    /// - Parameter path: Absolute; its directory must exist.
    public init(path: String) {
        self.path = path
    }

    /// Appends the alert as one line.
    public func send(_ deliveries: [DeliveryRow]) -> [DeliveryResult] {
        do {
            try append(deliveries)
            return deliveries.map { _ in .delivered }
        } catch let error as FileSinkError {
            return [.failed(reason: error.description, destinationIsDown: true)]
        } catch {
            return [.failed(reason: "\(path): \(error)", destinationIsDown: true)]
        }
    }

    private func append(_ deliveries: [DeliveryRow]) throws {
        let isNew = unsafe access(path, F_OK) != 0
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o640)
        guard descriptor >= 0 else { throw FileSinkError(path, "cannot be opened") }
        defer { close(descriptor) }
        var end = try trimPartialLine(descriptor)
        // A second attempt: the first may have arrived, and only its answer got lost.
        let ambiguous = deliveries.filter { $0.attempts > 1 }
        let tail = ambiguous.isEmpty ? "" : String(decoding: try tail(descriptor, end: end), as: UTF8.self)
        var bytes: [UInt8] = []
        for delivery in deliveries {
            if delivery.attempts > 1, tail.contains("\"id\":\"\(delivery.alertID)\"") { continue }
            bytes += delivery.body
            bytes.append(UInt8(ascii: "\n"))
        }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written, end)
            }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw FileSinkError(path, "cannot be written")
            }
            written += count
            end += off_t(count)
        }
        guard fsync(descriptor) == 0 else { throw FileSinkError(path, "cannot be synced") }
        // The first attempt may have made the file, and failed at this.
        if isNew || !ambiguous.isEmpty { try syncDirectory() }
    }

    /// Cuts the file back to its last line break.
    /// - Returns: Its length from then on.
    private func trimPartialLine(_ descriptor: Int32) throws -> off_t {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileSinkError(path, "cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileSinkError(path, "is not a regular file", systemError: false)
        }
        var end = status.st_size
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while end > 0 {
            let start = max(0, end - off_t(block.count))
            let count = unsafe block.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor, buffer.baseAddress, Int(end - start), start)
            }
            guard count == Int(end - start) else { throw FileSinkError(path, "cannot be read") }
            if let place = block[..<count].lastIndex(of: UInt8(ascii: "\n")) {
                end = start + off_t(place) + 1
                break
            }
            end = start
        }
        if end < status.st_size, ftruncate(descriptor, end) != 0 {
            throw FileSinkError(path, "cannot be trimmed")
        }
        return end
    }

    private func tail(_ descriptor: Int32, end: off_t) throws -> [UInt8] {
        let start = max(0, end - off_t(Self.lookBackBytes))
        var bytes = [UInt8](repeating: 0, count: Int(end - start))
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, buffer.count, start)
        }
        guard count == bytes.count else { throw FileSinkError(path, "cannot be read") }
        return bytes
    }

    /// A new file's name is durable only once its directory is.
    private func syncDirectory() throws {
        let directory = path.split(separator: "/").dropLast().joined(separator: "/")
        let descriptor = unsafe open("/" + directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSinkError("/" + directory, "cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileSinkError("/" + directory, "cannot be synced") }
    }
}

/// Why the file could not be written.
struct FileSinkError: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ what: String, systemError: Bool = true) {
        description = "\(path) \(what)" + (systemError ? unsafe ": " + String(cString: strerror(errno)) : "")
    }
}
