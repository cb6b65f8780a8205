import DriftWeb
import Logging
import ServiceLifecycle

/// The control socket beside the work: without it everything else goes on.
struct ControlService: Service {
    let server: ControlServer
    let log: Logger

    func run() async throws {
        do {
            try await server.run()
            return
        } catch is CancellationError {
            return
        } catch {
            log.error(
                "no control socket at \(server.path): \(WebServer.reason(of: error)); commands that change something must wait until the daemon is stopped"
            )
        }
        // To the group, a service that returns early has ended the daemon.
        try? await gracefulShutdown()
    }
}

extension Assembly {
    /// Where commands reach this process: in the directory systemd made for it, else beside the database.
    var controlPath: String {
        let runtime = world.environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first.map(String.init)
        return (runtime ?? setup.configuration.stateDirectory) + "/control.sock"
    }

    /// The socket, whose place is written into the lock file for commands to find.
    func controlService(desk: ControlDesk) -> ControlService {
        ControlService(
            server: ControlServer(path: controlPath, logger: log) { await desk.submit($0, $1) }, log: log)
    }
}
