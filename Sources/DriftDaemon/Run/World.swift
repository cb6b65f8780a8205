public import DriftIntake
public import DriftModel
import Glibc
import Systemd

/// Everything nondeterministic the daemon touches, in one value built once by the executable.
public struct World: Sendable {
    /// The wall clock.
    public var now: @Sendable () -> Instant
    /// Seconds since boot, suspended time included.
    public var bootSeconds: @Sendable () -> Int64
    /// Uniform in −1..<1; spreads retries, never identity.
    public var jitter: @Sendable () -> Double
    /// So many bytes nobody can guess, for keys.
    public var secretBytes: @Sendable (Int) -> [UInt8]
    /// The process's environment.
    public var environment: [String: String]
    /// The machine's name, for the `source` of alerts.
    public var hostName: String
    /// The spool's file system.
    public var files: any SpoolFiles
    /// Stands still for so many microseconds.
    public var pause: @Sendable (_ microseconds: UInt32) -> Void

    public init(
        now: @escaping @Sendable () -> Instant, bootSeconds: @escaping @Sendable () -> Int64,
        jitter: @escaping @Sendable () -> Double, secretBytes: @escaping @Sendable (Int) -> [UInt8],
        environment: [String: String], hostName: String, files: any SpoolFiles = SystemSpoolFiles(),
        pause: @escaping @Sendable (_ microseconds: UInt32) -> Void
    ) {
        self.files = files
        self.pause = pause
        self.now = now
        self.bootSeconds = bootSeconds
        self.jitter = jitter
        self.secretBytes = secretBytes
        self.environment = environment
        self.hostName = hostName
    }

    /// The real machine.
    public static func real(environment: [String: String]) -> World {
        World(
            now: { Instant(microseconds: SystemClocks.wallMicroseconds()) },
            bootSeconds: { SystemClocks.bootMicroseconds() / 1_000_000 },
            jitter: { Double.random(in: -1..<1) },
            secretBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } },
            environment: environment,
            hostName: hostName(),
            pause: { usleep($0) })
    }

    /// This process.
    static var processID: Int32 { getpid() }

    /// The environment of this process.
    public static func processEnvironment() -> [String: String] {
        var environment: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let assignment = unsafe String(cString: text)
            if let sign = assignment.firstIndex(of: "=") {
                environment[String(assignment[..<sign])] = String(assignment[assignment.index(after: sign)...])
            }
            unsafe entry += 1
        }
        return environment
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
