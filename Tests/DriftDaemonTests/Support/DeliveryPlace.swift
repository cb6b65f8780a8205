import Foundation
import GRDB

/// A Python program of `Tests/Receivers` in a process of its own; ended with its standard input.
final class Receiver {
    static let directory = URL(filePath: #filePath).appending(path: "../../../Receivers").standardizedFileURL
    static let python = "/usr/bin/python3"
    static let isAvailable = FileManager.default.isExecutableFile(atPath: python)

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var rest = Data()
    /// The first line it printed.
    private(set) var said = ""

    init(_ program: String, _ arguments: [String]) throws {
        process.executableURL = URL(filePath: Self.python)
        process.arguments = [Self.directory.appending(path: program).path] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        said = try line()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// The next line it prints.
    func line() throws -> String {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                defer { rest = Data(rest[rest.index(after: end)...]) }
                return String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw CocoaError(.fileReadUnknown) }
            rest += more
        }
    }

    /// Reads on until it prints a line that begins so.
    func line(beginning words: String) throws -> String {
        while true {
            let line = try line()
            if line.hasPrefix(words) { return line }
        }
    }

    /// Lets it do what it holds back.
    func release() throws { try input.fileHandleForWriting.write(contentsOf: Data("g".utf8)) }
}

/// What receivers outside of the daemon have noted, line by line.
enum Received {
    struct Hook: Decodable {
        var id: String
        var seen: Bool
        var digest: String
        var path: String
        var verifies: [Int]
        /// Where the receiver keeps bodies.
        var body: String?
    }

    static func hooks(_ log: URL) throws -> [Hook] { try lines(log) }

    /// Ids in a file of CloudEvents.
    static func events(_ file: URL) throws -> [String] {
        struct Event: Decodable { var id: String }
        return try (lines(file) as [Event]).map(\.id)
    }

    /// Ids of alerts among the entries of a journal.
    static func journal(_ log: URL) throws -> [String] {
        try (lines(log) as [[String: String]]).compactMap { $0["SEGDRIFT_ALERT_ID"] }
    }

    private static func lines<Value: Decodable>(_ file: URL) throws -> [Value] {
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        let text = try String(contentsOf: file, encoding: .utf8)
        // A last line without its end is one that a killed process had begun.
        return try text.split(separator: "\n").filter { text.hasSuffix("\n") || $0 != text.split(separator: "\n").last }
            .map { try JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
    }
}

extension DaemonProcess {
    /// Whether a process can be given a journal of its own (a mount namespace).
    static let canHaveJournal: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["--mount", "sh", "-c", "mount -t tmpfs none /run"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Runs to the end, with a directory in the place of `/run/systemd/journal`, so that standard error counts as
    /// the journal's.
    static func runWithJournal(
        _ arguments: [String], journal: URL, errors: URL, environment: [String: String] = [:]
    ) throws -> End {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        // What is preloaded is for the daemon alone.
        let script = """
            mount -t tmpfs none /run && mkdir -p /run/systemd/journal && mount --bind "$1" /run/systemd/journal
            shift
            exec env JOURNAL_STREAM="$(stat -Lc %d:%i /proc/self/fd/2)" "$@"
            """
        process.arguments =
            ["--mount", "sh", "-c", script, "sh", journal.path]
            + environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + [executable.path] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try Data().write(to: errors)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let status = process.terminationStatus
        return process.terminationReason == .exit ? .exited(status) : .killed(status)
    }
}
