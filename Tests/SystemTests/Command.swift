import Foundation

/// A program that was run to its end.
struct CommandResult {
    var status: Int32
    var output: String
    var isSuccess: Bool { status == 0 }
}

enum Command {
    /// Runs a program, at most so long, with its two outputs as one text.
    static func run(_ command: [String], secondsMax: Int = 60) throws -> CommandResult {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = ["--kill-after=5", String(secondsMax)] + command
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return CommandResult(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
    }

    static func exists(_ name: String) -> Bool {
        ["/usr/bin/", "/usr/sbin/", "/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + name) }
    }
}

enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path(percentEncoded: false)

    /// The built daemon: `SEGDRIFT_BINARY`, or what the build left.
    static let binary = ProcessInfo.processInfo.environment["SEGDRIFT_BINARY"] ?? root + ".build/debug/segdrift"
}
