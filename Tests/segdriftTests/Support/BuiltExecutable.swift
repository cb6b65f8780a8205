import Foundation

/// The executable of this build in a process of its own, seen as a person sees it: text out, text about errors, a code.
enum BuiltExecutable {
    static let url: URL = {
        let environment = ProcessInfo.processInfo.environment
        let package = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
        let products =
            environment["SEGDRIFT_PRODUCTS"].map { URL(filePath: $0) } ?? package.appending(path: ".build/debug")
        return products.appending(path: "segdrift")
    }()

    static let isBuilt = FileManager.default.isExecutableFile(atPath: url.path)

    /// Standard output, then standard error, then the status unless it is 0.
    /// - Parameter columns: Width of the terminal it is told of.
    static func transcript(_ arguments: [String], columns: Int) throws -> String {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "COLUMNS": String(columns), "TZ": "UTC"]
        let both = FileManager.default.temporaryDirectory.appending(path: "segdrift-said-\(UUID().uuidString)")
        try Data().write(to: both)
        defer { try? FileManager.default.removeItem(at: both) }
        let output = try FileHandle(forWritingTo: both)
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let status = process.terminationStatus
        return try String(contentsOf: both, encoding: .utf8) + (status == 0 ? "" : "status \(status)\n")
    }
}
