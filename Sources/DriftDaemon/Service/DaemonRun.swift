import DriftIntake
import Logging
import ServiceLifecycle
import Systemd
import UnixSignals

/// `run`: the daemon, until it is told to stop.
struct DaemonRun {
    private let assembly: Assembly

    init(_ assembly: Assembly) {
        self.assembly = assembly
    }

    func run() async throws -> RunSummary {
        let wakeUps = WakeUps()
        let status = DaemonStatus(heart: assembly.heart)
        // Before anything can be seen of this process: a second one only says so.
        let lock = try assembly.lock()
        let control = ControlDesk { wakeUps.wake() }
        lock.leave(note: assembly.controlPath)
        let work = WorkService(assembly: assembly, lock: lock, wakeUps: wakeUps, status: status, control: control)
        // In the order of dependency: they stop in reverse, each awaited before the next.
        let services: [ServiceGroupConfiguration.ServiceConfiguration] =
            [
                .init(service: ImpatienceService()),
                .init(
                    service: work, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup),
            ] + assembly.webServices(status: status).map { .init(service: $0) } + [
                .init(service: ReloadService(wakeUps: wakeUps)),
                .init(service: assembly.controlService(desk: control)),
            ]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: assembly.quietLog))
        try await Self.withoutHaste { try await group.run() }
        return await work.summary
    }

    /// Runs a body in a task that nobody of higher priority waits for: the main task's would have libdispatch raise
    /// the priority of its threads, which ordinary users may not, and which it then complains about.
    private static func withoutHaste(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            Task.detached(priority: .medium) {
                do {
                    try await body()
                    ended.resume()
                } catch {
                    ended.resume(throwing: error)
                }
            }
        }
    }
}

extension Assembly {
    /// For libraries that tell every step of their own.
    fileprivate var quietLog: Logger {
        var quiet = log
        quiet.logLevel = .warning
        return quiet
    }
}
