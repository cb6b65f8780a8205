import Foundation

/// The hard input files kept beside the repository, unpacked for the time of a test.
enum SharedData {
    /// `$SEGDRIFT_SHARED/data`, or `../shared/data` beside the package; nil when there is none.
    static let folder: URL? = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared = ProcessInfo.processInfo.environment["SEGDRIFT_SHARED"].map { URL(filePath: $0) }
        let data = (shared ?? package.deletingLastPathComponent().appending(path: "shared")).appending(path: "data")
        return FileManager.default.fileExists(atPath: data.path) ? data : nil
    }()

    /// Unpacks an archive of that folder and hands over every file in it by its path in the archive.
    static func files(in archive: String) throws -> [String: [UInt8]] {
        guard let folder else { return [:] }
        let place = FileManager.default.temporaryDirectory.appending(path: "segdrift-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let tar = Process()
        tar.executableURL = URL(filePath: "/bin/tar")
        tar.arguments = ["xzf", folder.appending(path: archive).path, "-C", place.path]
        try tar.run()
        tar.waitUntilExit()
        var found: [String: [UInt8]] = [:]
        guard let names = FileManager.default.enumerator(atPath: place.path) else { return [:] }
        for case let name as String in names {
            let file = place.appending(path: name)
            if let bytes = try? Data(contentsOf: file) { found[name] = Array(bytes) }
        }
        return found
    }
}
