internal import CLinux
internal import Dispatch
public import DriftModel
public import DriftStore
internal import Glibc

/// Alerts as runs of a program: the CloudEvent on its standard input, no shell, a time limit. Exit status 0: it has
/// the alert. Anything else: again later, with the end of what it said on standard error as the reason.
public struct ExecSink: RemoteSink {
    /// Characters of standard error that go into a message.
    static let textMax = 200
    private static let queue = DispatchQueue(label: "segdrift.exec", attributes: .concurrent)

    private let command: [String]
    private let timeoutSeconds: Double

    /// - Parameter command: The program's absolute path and its arguments.
    public init(command: [String], timeoutSeconds: Double) {
        self.command = command
        self.timeoutSeconds = timeoutSeconds
    }

    /// Runs the program once, on a thread of its own.
    public func send(_ delivery: DeliveryRow, now: Instant) async -> DeliveryResult {
        let environment = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
            "SEGDRIFT_ALERT_ID=\(delivery.alertID)", "SEGDRIFT_RULE=\(delivery.rule)",
            "SEGDRIFT_SEVERITY=\(delivery.severity.rawValue)", "SEGDRIFT_ATTEMPT=\(delivery.attempts)",
        ]
        let (command, seconds) = (command, timeoutSeconds)
        return await withCheckedContinuation { done in
            Self.queue.async {
                done.resume(returning: Self.run(command, environment, input: delivery.body, seconds: seconds))
            }
        }
    }

    private static func run(
        _ command: [String], _ environment: [String], input: [UInt8], seconds: Double
    ) -> DeliveryResult {
        // Files in memory: neither side can block the other, whatever the program reads or writes.
        let given = unsafe segdrift_memory_file("alert")
        let said = unsafe segdrift_memory_file("said")
        defer {
            close(given)
            close(said)
        }
        guard given >= 0, said >= 0, write(input, to: given) else {
            return .failed(reason: "no memory for the program's input", destinationIsDown: false)
        }
        guard let child = spawn(command, environment, input: given, errors: said) else {
            return .failed(reason: "\(command[0]) cannot be started: \(errorText(errno))", destinationIsDown: true)
        }
        guard let status = wait(for: child, seconds: seconds) else {
            // Its whole group: what it started itself ends, too.
            _ = kill(0 - child, SIGKILL)
            var ended: Int32 = 0
            _ = unsafe waitpid(child, &ended, 0)
            return .failed(
                reason: "\(command[0]) did not end within \(Sentence.number(seconds)) s and was stopped",
                destinationIsDown: false)
        }
        if status == 0 { return .delivered }
        let words = text(said)
        let how = status & 0x7F == 0 ? "exit status \((status >> 8) & 0xFF)" : "signal \(status & 0x7F)"
        return .failed(
            reason: "\(command[0]): \(how)" + (words.isEmpty ? "" : ": \(words)"), destinationIsDown: false)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count <= 0 { return false }
            written += count
        }
        return lseek(descriptor, 0, SEEK_SET) == 0
    }

    private static func spawn(
        _ command: [String], _ environment: [String], input: Int32, errors: Int32
    ) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors, 2)
        unsafe segdrift_spawn_apart(&actions)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A group of its own, and the signals as a new process expects them.
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var words: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) } + [nil]
        var values: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + values).forEach { unsafe free($0) } }
        var child: pid_t = 0
        let code = unsafe posix_spawn(&child, command[0], &actions, &attributes, &words, &values)
        guard code == 0 else {
            errno = code
            return nil
        }
        return child
    }

    /// - Returns: The status; nil when the time is up.
    private static func wait(for child: pid_t, seconds: Double) -> Int32? {
        var waited = 0.0
        var pause = 0.001
        while true {
            var status: Int32 = 0
            let found = unsafe waitpid(child, &status, WNOHANG)
            if found == child { return status }
            if found < 0, errno != EINTR { return 0xFF00 }
            guard waited < seconds else { return nil }
            usleep(UInt32(pause * 1_000_000))
            waited += pause
            pause = min(0.05, pause * 2)
        }
    }

    /// The end of what it said, as one line.
    private static func text(_ descriptor: Int32) -> String {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let start = max(0, size - textMax)
        var bytes = [UInt8](repeating: 0, count: min(textMax, max(0, size)))
        _ = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, buffer.count, off_t(start))
        }
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
        return String(scalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }).trimmed
    }

    private static func errorText(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
