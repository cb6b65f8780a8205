import Foundation

/// The built executable in a process of its own, for what cannot be tried inside the test's: being killed.
enum DaemonProcess {
    /// The directory this test bundle was built into.
    static let products: URL = {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["SEGDRIFT_PRODUCTS"] { return URL(fileURLWithPath: named) }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../..").standardizedFileURL
        return package.appendingPathComponent(".build/debug")
    }()

    static var executable: URL { products.appendingPathComponent("segdrift") }
    static var crashShim: URL { products.appendingPathComponent("libCrashShim.so") }

    static let isBuilt: Bool =
        FileManager.default.isExecutableFile(atPath: executable.path)
        && FileManager.default.fileExists(atPath: crashShim.path)

    enum End: Equatable {
        case exited(Int32)
        case killed(Int32)
    }

    /// Runs to the end, output thrown away.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> End {
        try await end(of: spawn(executable.path, arguments, environment, output: "/dev/null", errors: "/dev/null")).end
    }

    /// Runs to the end, output thrown away.
    /// - Returns: With the most memory it ever held, in KiB, or the most that the test did if that is more.
    static func measure(_ arguments: [String]) async throws -> (end: End, peakKibibytes: Int) {
        // The kernel counts what a process was before it became another program: begun from here, it would have held
        // what these tests hold.
        let script = """
            import resource, subprocess, sys
            end = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            print(end.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            """
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-peak-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let pid = try spawn(
            "/usr/bin/python3", ["-c", script, executable.path] + arguments, [:], output: output.path,
            errors: "/dev/null")
        _ = await end(of: pid)
        let words = try String(contentsOf: output, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        guard let code = words.first.flatMap({ Int32($0) }), let peak = words.last.flatMap({ Int($0) }) else {
            throw POSIXError(.ECHILD)
        }
        return (code < 0 ? .killed(-code) : .exited(code), peak)
    }

    /// Runs to the end. Waits without holding up other tests.
    static func capture(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (end: End, output: String, errors: String) {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-out-\(UUID().uuidString)")
        let errors = output.appendingPathExtension("err")
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        let end = try await end(
            of: spawn(executable.path, arguments, environment, output: output.path, errors: errors.path)
        ).end
        return (
            end, try String(contentsOf: output, encoding: .utf8), try String(contentsOf: errors, encoding: .utf8)
        )
    }

    // MARK: Thousands of processes

    /// Foundation's `Process` traps after some hundreds of them, and is slow.
    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String: String], output: String, errors: String
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        let variables = inherited.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var argv = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var envp = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer { unsafe (argv + envp).forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let failure = unsafe posix_spawn(&pid, program, &actions, nil, &argv, &envp)
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
        return pid
    }

    private static let inherited = ProcessInfo.processInfo.environment

    /// Waits on a thread of its own: those that all tests share are few.
    private static func end(of pid: pid_t) async -> (end: End, peakKibibytes: Int) {
        await withCheckedContinuation { (ended: CheckedContinuation<(end: End, peakKibibytes: Int), Never>) in
            Thread.detachNewThread {
                var status: Int32 = 0
                var usage = rusage()
                while unsafe wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
                let end = status & 0x7F == 0 ? End.exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
                ended.resume(returning: (end, usage.ru_maxrss))
            }
        }
    }
}
