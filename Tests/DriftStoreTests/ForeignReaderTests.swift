import DriftEngine
import DriftModel
import DriftStore
import Foundation
import Glibc
import Testing

/// What analysts do: `sqlite3 -readonly` on the live file and on the stopped one.
@Suite(.enabled(if: Shell.has("sqlite3"), "needs the sqlite3 command")) struct ForeignReaderTests {
    @Test func everyViewReadsInTheShellWhileTheDaemonRuns() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try Self.fill(store)
        for view in ViewContractTests.columns.map(\.view) {
            try Shell.run("sqlite3", "-readonly", scratch.database, "SELECT * FROM \(view)")
        }
        #expect(
            try Shell.run("sqlite3", "-readonly", scratch.database, "SELECT customer, to_segment FROM transitions")
                == "C-1|gold\n")
        try store.close()
    }

    @Test func everyViewReadsAfterTheDaemonStopped() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try Self.fill(store)
        try store.close()
        for view in ViewContractTests.columns.map(\.view) {
            try Shell.run("sqlite3", "-readonly", scratch.database, "SELECT * FROM \(view)")
        }
        #expect(
            try Shell.run("sqlite3", "-readonly", scratch.database, "SELECT customer, to_segment FROM transitions")
                == "C-1|gold\n")
    }

    @Test(.enabled(if: geteuid() == 0 && Shell.has("setpriv"), "needs root and setpriv"), arguments: [true, false])
    func aUserWhoMayOnlyReadCanRead(running: Bool) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try Self.fill(store)
        if !running { try store.close() }
        for suffix in ["", "-wal", "-shm"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: scratch.database + suffix)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: scratch.directory)
        let answer = try Shell.run(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sqlite3", "-readonly", scratch.database,
            "SELECT count(*) FROM transitions; SELECT customers FROM segment_sizes WHERE segment = 'gold'")
        #expect(answer == "1\n1\n")
        if running { try store.close() }
    }

    static func fill(_ store: Store) throws {
        let model = try store.activateHand()
        var builder = OutcomeBuilder()
        builder.outcome.appearances = [Hand.day(20)]
        builder.move(
            1, seq: 1, from: nil, to: 0, at: Hand.day(20), inputs: [(0, .number(1), .number(2))],
            flips: [Flip(comparison: 0, before: .number(1), after: .number(2), limit: .number(30))])
        try store.write { transaction in
            let id = try transaction.insertCustomer(named: "C-1".utf8)
            try transaction.save(customer: id, CustomerTests.row(), model: model)
            try transaction.append(builder.outcome, batch: nil, model: model, files: [], recordedAt: Hand.wall)
            try transaction.setLogicalTime(Hand.day(20), axis: Hand.axis)
        }
    }
}

/// Runs a command and waits for it.
enum Shell {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static func has(_ command: String) -> Bool {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains {
            FileManager.default.isExecutableFile(atPath: $0 + command)
        }
    }

    @discardableResult
    static func run(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(arguments): \(process.terminationStatus) \(complaint)")
        }
        return text
    }
}
