import HTTPTypes
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// The server on a socket that is already bound and listening: the service manager's.
public struct HandedSocketServer: Service {
    /// The socket; the server owns it from ``run()`` on.
    public let descriptor: Int32
    public let api: WebAPI
    private let logger: Logger

    public init(descriptor: Int32, api: WebAPI, logger: Logger) {
        self.descriptor = descriptor
        self.api = api
        self.logger = logger
    }

    /// Answers until it is shut down gracefully.
    public func run() async throws {
        let responder = WebResponder(api: api)
        let http = HTTP1Channel(responder: { request, writer, _ in
            let response = responder.response(to: request.head)
            try await writer.write(response: response.head, body: response.body)
        })
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .bind(descriptor) { [logger] child in http.setup(channel: child, logger: logger) }
        await withDiscardingTaskGroup { [logger] group in
            do {
                try await listener.executeThenClose { inbound in
                    for try await child in inbound.cancelOnGracefulShutdown() {
                        group.addTask { await http.handle(value: child, logger: logger) }
                    }
                }
            } catch {
                logger.error("the handed-over socket: \(WebServer.reason(of: error))")
            }
        }
    }
}
