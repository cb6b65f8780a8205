import DriftFormats
public import DriftStore
import Glibc

/// Compresses files in the archive when there is nothing else to do. A kill at any moment leaves a file that the ledger
/// knows, whole; ``recover(store:)`` takes away what is over.
public struct ArchiveCompressor: Sendable {
    private let layout: SpoolLayout
    private let files: any SpoolFiles
    /// Smaller files fill the same block either way.
    public static let bytesMin: Int64 = 8_192

    public init(layout: SpoolLayout, files: any SpoolFiles) {
        self.layout = layout
        self.files = files
    }

    /// Compresses one file.
    /// - Parameter goesOn: Called between blocks; false gives up for now.
    /// - Returns: False when it gave up.
    /// - Throws: ``IntakeError`` or `StoreError`: the file is as it was.
    public func compress(_ file: FileRow, store: Store, goesOn: () -> Bool) throws -> Bool {
        let place = Place(layout, file.storedPath)
        let compressed = place.name + ArchivedBytes.suffix
        let path = "\(place.folder)/\(place.name)"
        let temporary = ".\(compressed).tmp"
        // Known before the first byte, so that a start after a kill knows where to look.
        try store.write { try $0.setMeta(Self.underWay, String(file.fileID)) }
        guard try write(path, to: "\(place.folder)/\(temporary)", goesOn) else {
            try files.remove(Array(temporary.utf8), in: place.folder)
            try store.write { try $0.setMeta(Self.underWay, nil) }
            return false
        }
        // Nothing is thrown away that was not read back.
        guard
            try ArchivedBytes.sha256(path: "\(place.folder)/\(temporary)", isCompressed: true) == file.verdict?.sha256
        else {
            try files.remove(Array(temporary.utf8), in: place.folder)
            try store.write { try $0.setMeta(Self.underWay, nil) }
            throw IntakeError(.changed, "compress", path: path)
        }
        try files.remove(Array(compressed.utf8), in: place.folder)
        try files.move(
            Array(temporary.utf8), from: place.folder, to: Array(compressed.utf8), in: place.folder)
        try files.sync(directory: place.folder)
        try store.write { try $0.setStoredPath(file.fileID, file.storedPath + ArchivedBytes.suffix) }
        try finish(place)
        try store.write { try $0.setMeta(Self.underWay, nil) }
        return true
    }

    /// Finishes or undoes what a kill cut short.
    public func recover(store: Store) throws {
        guard let number = try store.write({ try $0.meta(Self.underWay) }).flatMap(Int64.init) else { return }
        if let file = try store.write({ try $0.file(number) }) {
            if ArchivedBytes.isCompressed(file) {
                try finish(Place(layout, String(file.storedPath.dropLast(ArchivedBytes.suffix.count))))
            } else {
                let place = Place(layout, file.storedPath)
                for name in [place.name + ArchivedBytes.suffix, ".\(place.name)\(ArchivedBytes.suffix).tmp"] {
                    try files.remove(Array(name.utf8), in: place.folder)
                }
                try files.sync(directory: place.folder)
            }
        }
        try store.write { try $0.setMeta(Self.underWay, nil) }
    }

    /// Takes the plain file away: its compressed form is durable, and the ledger names that.
    private func finish(_ place: Place) throws(IntakeError) {
        try files.remove(Array(place.name.utf8), in: place.folder)
        try files.sync(directory: place.folder)
    }

    private static let underWay = "compressing"

    private struct Place {
        var folder: String
        var name: String

        init(_ layout: SpoolLayout, _ stored: String) {
            let parts = stored.split(separator: "/").map(String.init)
            folder = ([layout.root] + parts.dropLast()).joined(separator: "/")
            name = parts.last ?? ""
        }
    }

    /// - Returns: False when it was to stop.
    private func write(_ path: String, to target: String, _ goesOn: () -> Bool) throws(IntakeError) -> Bool {
        let source = try WorkFile(path: path)
        let descriptor = unsafe open(target, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw IntakeError("create", path: target, errorNumber: errno) }
        defer { close(descriptor) }
        do {
            let stream = try ZstdCompressor()
            var output: [UInt8] = []
            while true {
                guard goesOn() else { return false }
                let block = try source.read()
                output.removeAll(keepingCapacity: true)
                try stream.push(block.span, isLast: block.isEmpty, into: &output)
                var rest = output[...]
                while !rest.isEmpty {
                    let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
                    if count > 0 {
                        rest = rest.dropFirst(count)
                    } else if errno != EINTR {
                        throw IntakeError("write", path: target, errorNumber: errno)
                    }
                }
                if block.isEmpty { break }
            }
        } catch let error as IntakeError {
            throw error
        } catch {
            throw IntakeError(.transient, "compress", path: path)
        }
        guard fsync(descriptor) == 0 else { throw IntakeError("fsync", path: target, errorNumber: errno) }
        return true
    }
}
