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
        let work = WorkService(assembly: assembly, wakeUps: wakeUps)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: work, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: ReloadService(wakeUps: wakeUps)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: assembly.log))
        try await group.run()
        return await work.summary
    }
}
