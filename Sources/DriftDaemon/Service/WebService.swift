import DriftWeb
import Logging
import ServiceLifecycle
import Systemd

/// The HTTP server beside the work: whatever becomes of it, files go on being taken.
struct WebService: Service {
    /// What listens.
    let listener: any Service
    /// Where, in words.
    let place: String
    let log: Logger

    /// Open connections are given so long at the end (seconds).
    private static let graceSeconds = 1

    func run() async throws {
        do {
            try await untilShutdown()
        } catch is CancellationError {
            return
        } catch {
            log.error(
                "no HTTP on \(place): \(WebServer.reason(of: error)); everything else goes on (set http: {listen: …} to a free address or to none, and restart)"
            )
        }
        // To the group, a service that returns early has ended the daemon.
        try? await gracefulShutdown()
    }

    /// A client that keeps its connection open must not hold up the end.
    private func untilShutdown() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run() }
            group.addTask {
                try? await gracefulShutdown()
                try? await Task.sleep(for: .seconds(Self.graceSeconds))
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

extension Assembly {
    /// One service per place that is listened on: those the service manager opened, and the configured one.
    func webServices(status: DaemonStatus) -> [WebService] {
        let http = setup.configuration.http
        let api = WebServer.api(
            allowHosts: http.allowHosts, databasePath: setup.configuration.databasePath, status: status)
        var services = listenSockets.map { socket in
            WebService(
                listener: HandedSocketServer(descriptor: socket.descriptor, api: api, logger: log),
                place: "the socket '\(socket.name)' of the service manager", log: log)
        }
        switch http.listen {
        case .tcp(let host, let port):
            let server = WebServer(address: .tcp(host: host, port: port), api: api)
            services.append(WebService(listener: server.application(logger: log), place: "\(host):\(port)", log: log))
        case .unix(let path):
            let server = WebServer(address: .unix(path), api: api)
            services.append(WebService(listener: server.application(logger: log), place: path, log: log))
        case .none: break
        }
        return services
    }
}
