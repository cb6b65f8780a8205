import Foundation

/// A machine of its own on this one: a real systemd with journald, booted by systemd-nspawn over a volatile
/// root, without a network. Only `/usr` and what is bound are shared with the host, read-only.
final class Container {
    struct BootFailure: Error, CustomStringConvertible {
        let description: String
    }

    private let nspawn: Process
    private let log: String
    private let machine: String
    /// Process number of the container's systemd on this side.
    private let leader: String

    /// - Parameter binds: Host path and path inside.
    init(binds: [(host: String, inside: String)]) throws {
        machine = "segdrift-\(UUID().uuidString.prefix(8).lowercased())"
        log = NSTemporaryDirectory() + machine + ".log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        nspawn = Process()
        nspawn.executableURL = URL(filePath: "/usr/bin/systemd-nspawn")
        nspawn.arguments =
            [
                "-q", "-D", "/", "--volatile=yes", "--boot", "--private-network", "--register=no", "--keep-unit",
                "--machine=\(machine)", "--console=pipe",
            ] + binds.map { "--bind-ro=\($0.host):\($0.inside)" }
        nspawn.standardInput = FileHandle.nullDevice
        nspawn.standardOutput = FileHandle(forWritingAtPath: log)
        nspawn.standardError = nspawn.standardOutput
        try nspawn.run()
        // nspawn's first child is not yet systemd, and soon gone.
        let find = "until p=$(pgrep -x -P \(nspawn.processIdentifier) systemd); do sleep 0.1; done; echo $p"
        leader =
            try Command.run(["sh", "-c", find], secondsMax: 60).output.trimmingCharacters(in: .whitespaces)
            .split(separator: "\n").first.map(String.init) ?? ""
        // The bus comes up a little after systemd itself.
        let ready =
            "until systemctl is-system-running --wait; do "
            + "[ \"$(systemctl is-system-running)\" = degraded ] && break; sleep 0.2; done"
        guard !leader.isEmpty, try run("\(ready)", secondsMax: 60).isSuccess else {
            let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            powerOff()
            throw BootFailure(description: "the container did not come up: \(said.suffix(2_000))")
        }
    }

    /// Runs a shell script inside.
    func run(_ script: String, secondsMax: Int = 30) throws -> CommandResult {
        try Command.run(
            ["nsenter", "-t", leader, "-m", "-p", "-u", "-i", "-n", "bash", "-c", script], secondsMax: secondsMax)
    }

    /// Writes a file inside.
    func write(_ text: String, to path: String) throws {
        let encoded = Data(text.utf8).base64EncodedString()
        let result = try run("mkdir -p \"$(dirname '\(path)')\" && echo \(encoded) | base64 -d > '\(path)'")
        guard result.isSuccess else { throw BootFailure(description: "cannot write \(path): \(result.output)") }
    }

    /// The first journal entry that matches, waited for.
    /// - Parameter match: As for journalctl: `FIELD=value`.
    func journalEntry(_ match: String, secondsMax: Int = 30) throws -> [String: Any]? {
        let script = "head -n 1 < <(exec journalctl -q -f -n all -o json \(match))"
        let output = try run(script, secondsMax: secondsMax).output
        let line = output.split(separator: "\n").first { $0.hasPrefix("{") }
        return try line.flatMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }

    /// Ends it, at the latest after half a minute by force.
    func powerOff() {
        if !leader.isEmpty { _ = try? run("systemctl poweroff", secondsMax: 10) }
        let id = nspawn.processIdentifier
        _ = try? Command.run(["tail", "--pid=\(id)", "-f", "/dev/null"], secondsMax: 30)
        if nspawn.isRunning { kill(id, SIGKILL) }
        nspawn.waitUntilExit()
        try? FileManager.default.removeItem(atPath: log)
    }
}
