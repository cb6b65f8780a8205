import Foundation
import Glibc

/// A child of the test whose lines can be waited for.
final class ChildProcess {
    let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread = ""
    private let endsOnRequest: Bool

    /// - Parameter readsErrors: Whether the lines are those of standard error, not of standard output.
    init(_ program: URL, _ arguments: [String], readsErrors: Bool = false) throws {
        endsOnRequest = readsErrors
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = readsErrors ? FileHandle.nullDevice : output
        process.standardError = readsErrors ? output : FileHandle.nullDevice
        try process.run()
    }

    deinit { stop() }

    struct Ended: Error {}

    /// Waits for a line that contains a text; for any line without one.
    @discardableResult
    func line(containing text: String? = nil) throws -> String {
        while true {
            while let end = unread.firstIndex(where: \.isNewline) {
                let line = String(unread[..<end])
                unread = String(unread[unread.index(after: end)...])
                guard let text else { return line }
                if line.contains(text) { return line }
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw Ended() }
            unread += String(decoding: more, as: UTF8.self)
        }
    }

    /// Ends it, and waits. The daemon is asked; another program may have inherited that SIGTERM is blocked.
    func stop() {
        guard process.isRunning else { return }
        if endsOnRequest { process.terminate() } else { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}

extension CornerShop {
    /// The daemon on this shop, ready.
    func daemon() throws -> ChildProcess {
        let daemon = try ChildProcess(BuiltExecutable.url, ["run", "--config", config], readsErrors: true)
        try daemon.line(containing: "ready:")
        return daemon
    }

    /// What a command says.
    func say(_ command: String) throws -> String {
        try BuiltExecutable.transcript(
            command.split(separator: " ").map(String.init) + ["--config", config], columns: 200)
    }
}
