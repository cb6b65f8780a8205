import Foundation
import Testing

/// Whether tests may mount file systems in a namespace of their own.
enum Mounting {
    static let isPermitted: Bool = {
        let mayIt = (try? SharedData.run("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"])) != nil
        if !mayIt { print("skipped: mounting a file system is not permitted here (unshare -m mount)") }
        return mayIt
    }()

    /// Whether they may mount a file system that lies in a file.
    static let isLoopPermitted: Bool = {
        let image = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-\(UUID().uuidString).img")
        defer { try? FileManager.default.removeItem(at: image) }
        let steps =
            "truncate -s 8M '\(image.path)' && mkfs.ext4 -q '\(image.path)' && mount -o loop '\(image.path)' /mnt"
        let mayIt = (try? SharedData.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", steps])) != nil
        if !mayIt { print("skipped: mounting a file system from a file is not permitted here (mount -o loop)") }
        return mayIt
    }()
}

/// A daemon that watches, with its state and its spool on a small file system that only it can see.
final class SmallDisk {
    let place: Workplace
    let daemon: HeardDaemon
    /// Where the daemon sees the disk.
    private let path: String
    /// The file that the disk is; one of memory is none.
    private let image: String

    /// Mounts, starts and waits until the daemon is ready.
    /// - Parameters:
    ///   - mount: Options of tmpfs, as `size=4m`; of ext4 where it has an image.
    ///   - imageMegabytes: The size of the file that the disk is; nil: it is memory.
    ///   - settings: Top-level keys of the configuration.
    ///   - destinations: Entries of `destinations:`, one a line, besides a file elsewhere.
    ///   - runs: How often the daemon is started, each time after the one before has ended.
    ///   - isFull: To the last byte, before the daemon starts; it is waited for until it says so.
    init(
        mount options: String, imageMegabytes: Int? = nil, settings: String = "wall_lag: never",
        destinations: [String] = [], runs: Int = 1, isFull: Bool = false
    ) async throws {
        place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        path = place.root.appendingPathComponent("disk").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try place.write("segdrift.yaml", Self.configuration(place, spoolAndState: path, settings, destinations))
        let before = String(
            repeating: "'\(DaemonProcess.executable.path)' run --config '\(place.configPath)'; echo \"ended $?\" >&2; ",
            count: runs - 1)
        image = place.root.appendingPathComponent("disk.img").path
        var mount = "mount -t tmpfs -o \(options) none '\(path)' || exit 1; "
        if let imageMegabytes {
            mount =
                "truncate -s \(imageMegabytes)M '\(image)' && mkfs.ext4 -q '\(image)' && "
                + "mount -o 'loop,\(options)' '\(image)' '\(path)' || exit 1; "
        }
        if isFull { mount += "cat /dev/zero > '\(path)/ballast' 2> /dev/null; " }
        daemon = try await HeardDaemon(
            place, unshare: ["-m"], prelude: mount + before, readyWords: isFull ? "paused: disk full" : "ready")
    }

    deinit { if daemon.process.isRunning { try? end() } }

    private static func configuration(
        _ place: Workplace, spoolAndState path: String, _ settings: String, _ destinations: [String]
    ) -> String {
        """
        model: model.yaml
        state_directory: \(path)/state
        spool_directory: \(path)/spool
        http: {listen: none}
        \(settings)
        sources:
        \(CrashTests.source)
        destinations:
          ops: {type: file, path: \(place.root.path)/alerts.ndjson}
        \(destinations.map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    /// The disk, from outside.
    private var inside: URL { URL(fileURLWithPath: "/proc/\(daemon.process.processIdentifier)/root\(path)") }

    // MARK: Files

    /// Writes a file where the daemon does not look, to be let in later.
    func prepare(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: incoming.appendingPathComponent(".\(name).tmp"))
    }

    /// Lets a prepared file in: a rename, which takes no room.
    func letIn(_ name: String) throws {
        try FileManager.default.moveItem(
            at: incoming.appendingPathComponent(".\(name).tmp"), to: incoming.appendingPathComponent(name))
    }

    /// What was written by now outlasts whatever happens to the disk: a file that its producer never synced may be lost.
    func sync() throws { try enter("/bin/sync", ["-f", path]) }

    /// Where the daemon awaits files.
    var incoming: URL { inside.appendingPathComponent("spool/incoming/shop") }

    // MARK: Room

    /// Writes until no more than so much is free: to the last byte when that is nothing.
    func fill(leavingBytes left: Int = 0) {
        let descriptor = unsafe open(
            inside.appendingPathComponent("ballast").path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        for size in [65_536, 4_096, 512] {
            let block = [UInt8](repeating: 7, count: size)
            while freeBytes - left >= size,
                unsafe block.withUnsafeBytes({ unsafe write(descriptor, $0.baseAddress, $0.count) }) == size
            {}
        }
    }

    /// Removes what ``fill(leavingBytes:)`` wrote.
    func giveRoom() throws {
        try FileManager.default.removeItem(at: inside.appendingPathComponent("ballast"))
    }

    /// What nobody uses.
    var freeBytes: Int {
        var status = statvfs()
        guard unsafe statvfs(inside.path, &status) == 0 else { return 0 }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// Mounts the disk again with other options.
    func remount(_ options: String) throws {
        try enter("/bin/mount", ["-o", "remount,\(options)", path])
    }

    /// Has the kernel find an error in the disk that lies in a file.
    func breakDown() throws {
        let steps = "echo 1 > /sys/fs/ext4/$(basename $(findmnt -no SOURCE '\(path)'))/trigger_fs_error"
        try enter("/bin/sh", ["-c", steps])
    }

    /// Once the daemon has ended: the disk mounted again, what waits on it done, and a copy of the database.
    func afterwards() throws -> String {
        let copy = place.root.appendingPathComponent("copy-\(UUID().uuidString)").path
        let steps = """
            mount -o loop '\(image)' '\(path)' && \
            '\(DaemonProcess.executable.path)' run --once --config '\(place.configPath)' && cp -a '\(path)/state' '\(copy)'
            """
        try SharedData.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", steps])
        return copy + "/segdrift.sqlite"
    }

    // MARK: Looking

    /// Runs a program where the disk can be seen. SQLite follows links to where they would lead outside.
    @discardableResult
    func enter(_ program: String, _ arguments: [String]) throws -> String {
        try SharedData.run(
            "/usr/bin/nsenter", ["-t", "\(daemon.process.processIdentifier)", "-m", program] + arguments)
    }

    /// Runs a command of ours there.
    @discardableResult
    func command(_ arguments: String...) throws -> String {
        try enter(DaemonProcess.executable.path, arguments + ["--config", place.configPath])
    }

    /// Looks until a file is archived.
    func waitUntilArchived(looks: Int = 5_000) throws -> String {
        var files = ""
        for _ in 0..<looks {
            files = try command("files", "--format", "csv")
            if files.contains(",archived,") { return files }
        }
        Issue.record("after \(looks) looks: \(files)\nit said:\n\(daemon.said.joined(separator: "\n"))")
        return files
    }

    /// A copy of the database for those who cannot see the disk, once all rows say what was committed.
    func copyOfDatabase(looks: Int = 5_000) throws -> String {
        var copy = ""
        for _ in 0..<looks {
            copy = place.root.appendingPathComponent("copy-\(UUID().uuidString)").path
            // Nothing may be written while it is copied.
            try halt()
            defer { kill(running, SIGCONT) }
            try enter("/bin/cp", ["-a", path + "/state", copy])
            if try DatabaseContent.hasNoLog(copy + "/segdrift.sqlite") { return copy + "/segdrift.sqlite" }
        }
        Issue.record("after \(looks) looks customers' rows are still behind the log")
        return copy + "/segdrift.sqlite"
    }

    /// Stops the daemon where it is.
    private func halt() throws {
        kill(running, SIGSTOP)
        while try !String(contentsOfFile: "/proc/\(running)/status", encoding: .utf8).contains("State:\tT") {}
    }

    /// The daemon itself, not the shell that will start the next one.
    private var running: pid_t {
        let shell = daemon.process.processIdentifier
        let children = try? String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
        return (children ?? "").split(separator: " ").compactMap { pid_t($0) }.first ?? shell
    }

    /// Asks the running daemon to end.
    func end() throws { kill(running, SIGTERM) }
}
