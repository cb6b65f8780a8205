import Foundation

/// The data sets kept beside the checkout; tests that need them are skipped where they are absent.
enum SharedData {
    static let root: URL? = {
        let environment = ProcessInfo.processInfo.environment
        let candidates = [
            environment["SEGDRIFT_SHARED"].map { URL(fileURLWithPath: $0) },
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../../shared")
                .standardizedFileURL,
        ]
        return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.path + "/data") }
    }()

    static let onlineRetail = root.map { $0.appendingPathComponent("data/online-retail") }

    static let isPresent: Bool = {
        if root == nil { print("skipped where ../shared is absent (or name it in SEGDRIFT_SHARED)") }
        return root != nil
    }()

    /// The 183 day files, unpacked into a directory that the caller removes.
    static func unpackOnlineRetail(into directory: URL) throws -> [URL] {
        let archive = onlineRetail!.appendingPathComponent("by-day-2010-12-01_2011-07-19.tar.gz")
        try run("/usr/bin/tar", ["xzf", archive.path, "-C", directory.path])
        let days = directory.appendingPathComponent("by-day")
        return try FileManager.default.contentsOfDirectory(at: days, includingPropertiesForKeys: nil)
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    @discardableResult
    static func run(_ tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ToolFailure(tool: tool, status: process.terminationStatus) }
        return String(decoding: data, as: UTF8.self)
    }

    struct ToolFailure: Error {
        var tool: String
        var status: Int32
    }
}
