import Foundation
import Testing

/// The daemon in a process of its own, watching, with what it says.
final class HeardDaemon {
    let process = Process()
    private let place: Workplace
    private var lines: AsyncStream<String>.Iterator
    private(set) var said: [String] = []

    /// Starts it and waits until it is ready.
    /// - Parameters:
    ///   - flags: Namespaces of its own, as `unshare` takes them; none: those of the test.
    ///   - prelude: Shell commands run before it, there.
    ///   - arguments: Further ones of `run`.
    ///   - readyWords: What it says once it is ready; nil: it says nothing here.
    init(
        _ place: Workplace, unshare flags: [String] = [], prelude: String = "", arguments: [String] = [],
        readyWords: String? = "ready"
    ) async throws {
        self.place = place
        let run =
            "exec '\(DaemonProcess.executable.path)' run --config '\(place.configPath)' "
            + arguments.joined(separator: " ")
        process.executableURL = URL(fileURLWithPath: flags.isEmpty ? "/bin/sh" : "/usr/bin/unshare")
        process.arguments = (flags.isEmpty ? [] : flags + ["/bin/sh"]) + ["-c", prelude + run]
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        lines = Self.lines(of: errors).makeAsyncIterator()
        if let readyWords { try await wait(for: readyWords) }
    }

    deinit { if process.isRunning { process.terminate() } }

    /// Lines as they come, read on a thread of their own.
    private static func lines(of pipe: Pipe) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread {
            var rest = Data()
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                rest.append(data)
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    continuation.yield(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                    rest = Data(rest[rest.index(after: end)...])
                }
            }
            continuation.finish()
        }
        return stream
    }

    /// Waits until it says something.
    func wait(for words: String) async throws {
        while let line = await lines.next(isolation: #isolation) {
            said.append(line)
            if line.contains(words) { return }
        }
        Issue.record("the daemon ended without saying '\(words)':\n\(said.joined(separator: "\n"))")
    }

    /// Listens until it has nothing more to say.
    func hearOut() async {
        while let line = await lines.next(isolation: #isolation) { said.append(line) }
    }

    /// Looks, through the command people use, until so many files have come to an end.
    func waitForFiles(_ count: Int, looks: Int = 10_000) async throws -> [String] {
        var found: [String] = []
        for _ in 0..<looks {
            let (_, output, _) = try await DaemonProcess.capture(
                ["files", "--format", "csv", "--config", place.configPath])
            found = output.split(separator: "\n").dropFirst().map(String.init)
                .filter { $0.contains(",archived,") || $0.contains(",duplicate,") || $0.contains(",quarantined,") }
            if found.count >= count { return found }
        }
        Issue.record("\(found.count) of \(count) files after \(looks) looks; it said:\n\(said.joined(separator: "\n"))")
        return found
    }

    /// Ends it in order.
    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
