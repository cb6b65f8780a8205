import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle

/// The way in for changes: `POST /v1/<command>` with a JSON body, on a Unix socket that only the daemon's user and
/// group may open. What a command does is not known here.
public struct ControlServer: Service {
    /// What a command came to: a status of HTTP and a JSON body.
    public struct Answer: Hashable, Sendable {
        public var status: Int
        public var body: [UInt8]

        public init(status: Int, body: [UInt8]) {
            self.status = status
            self.body = body
        }
    }

    /// Commands are small; a longer body is refused with 413.
    public static let bodyBytesMax = 1 << 20

    /// Where it listens; the socket a dead process left there is replaced.
    public let path: String
    private let answer: @Sendable (_ command: String, _ body: [UInt8]) async -> Answer
    private let logger: Logger
    private let onListening: @Sendable () -> Void

    /// - Parameters:
    ///   - onListening: Called once it can be reached.
    ///   - answer: Does the command; errors are answers too.
    public init(
        path: String, logger: Logger, onListening: @escaping @Sendable () -> Void = {},
        answer: @escaping @Sendable (_ command: String, _ body: [UInt8]) async -> Answer
    ) {
        self.path = path
        self.answer = answer
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers until it is shut down gracefully.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = .warning
        let application = Application(
            responder: CallbackResponder { [answer] (request: Request, _: BasicRequestContext) in
                try await Self.respond(to: request, answer)
            },
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path)),
            onServerRunning: { [path, onListening] _ in
                _ = unsafe chmod(path, 0o660)
                onListening()
            }, logger: quiet)
        defer { _ = unsafe unlink(path) }
        try await application.run()
    }

    private static func respond(
        to request: Request, _ answer: @Sendable (String, [UInt8]) async -> Answer
    ) async throws -> Response {
        let prefix = "/v1/"
        guard request.uri.path.hasPrefix(prefix) else { return Response(status: .notFound) }
        guard request.method == .post else { return Response(status: .methodNotAllowed, headers: [.allow: "POST"]) }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: bodyBytesMax)
        } catch is NIOTooManyBytesError {
            return Response(status: .contentTooLarge)
        }
        let answered = await answer(String(request.uri.path.dropFirst(prefix.count)), Array(body.readableBytesView))
        return Response(
            status: HTTPResponse.Status(code: answered.status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answered.body)))
    }
}
