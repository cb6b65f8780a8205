import Foundation
import Glibc

/// A program in another language, in a process of its own: what it prints is read line by line, and it is ended with
/// this value.
final class PythonProgram {
    static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let isAvailable = python != nil

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var rest = Data()

    /// - Parameter path: Below the package's directory.
    init(_ path: String, _ arguments: [String]) throws {
        let script = URL(filePath: #filePath).appending(path: "../../../../" + path).standardizedFileURL
        process.executableURL = URL(filePath: Self.python ?? "/usr/bin/python3")
        process.arguments = [script.path] + arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { stop() }

    /// The next line it prints; nil when it has ended.
    func line() -> String? {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                defer { rest = Data(rest[rest.index(after: end)...]) }
                return String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            rest += more
        }
    }

    /// Ends it.
    func stop() {
        guard process.isRunning else { return }
        try? input.fileHandleForWriting.close()
        // Another child may hold the other end of its input, and may have inherited that SIGTERM is blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
