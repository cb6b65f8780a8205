import Foundation
import Glibc

/// `segdrift run` as a child, from when it is ready.
final class RunningDaemon {
    private let process = Process()
    private let errors = Pipe()
    private let configPath: String
    /// What it has said on standard error, as far as it was listened to.
    private(set) var said = ""

    /// How long anything is waited for: only what never comes takes it, on whatever machine.
    static let patience: Duration = .seconds(600)

    init(_ place: Workplace) throws {
        configPath = place.configPath
        process.executableURL = DaemonProcess.executable
        process.arguments = ["run", "--config", place.configPath]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try expectToHear("ready:")
    }

    deinit { if process.isRunning { process.terminate() } }

    /// How often it said something.
    func count(of words: String) -> Int { said.components(separatedBy: words).count - 1 }

    /// Takes in what it says, waiting for it so long at most.
    private func listen(millisecondsMax: Int32) {
        var polls = [
            pollfd(fd: errors.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        ]
        guard unsafe poll(&polls, 1, millisecondsMax) > 0 else { return }
        said += String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
    }

    /// Waits until it says something.
    func expectToHear(_ words: String) throws {
        let end = ContinuousClock.now + Self.patience
        while !said.contains(words) {
            guard process.isRunning, ContinuousClock.now < end else { throw Failed(waitedFor: words, said: said) }
            listen(millisecondsMax: 1_000)
        }
    }

    /// All of its threads stand still from here on.
    func suspend() throws {
        guard process.suspend() else { throw Failed(waitedFor: "it to be stopped", said: said) }
    }

    func resume() throws {
        guard process.resume() else { throw Failed(waitedFor: "it to go on", said: said) }
    }

    /// The most memory it ever held, in KiB.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    /// Waits until `segdrift status` says something.
    func expectStatus(patience: Duration = RunningDaemon.patience, _ fits: (String) -> Bool) async throws {
        let end = ContinuousClock.now + patience
        while true {
            let status = try await DaemonProcess.capture(["status", "--json", "--config", configPath]).output
            listen(millisecondsMax: 0)
            if fits(status) { return }
            guard ContinuousClock.now < end else { throw Failed(waitedFor: "another status", said: status + said) }
        }
    }

    /// As systemd stops it.
    func stop() throws {
        process.terminate()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(waitedFor: "an end in order", said: said) }
    }

    struct Failed: Error {
        var waitedFor: String
        var said: String
    }
}
