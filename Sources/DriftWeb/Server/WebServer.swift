import DriftStore
import Glibc
import HTTPTypes
public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore

/// The read-only HTTP server.
public struct WebServer: Sendable {
    /// Where to listen.
    public enum Address: Hashable, Sendable {
        case tcp(host: String, port: Int)
        /// Path of a Unix socket.
        case unix(String)

        /// For people; `port` is the one that was found where none was asked for.
        func words(port found: Int?) -> String {
            switch self {
            case .tcp(let host, let port): "http://\(host):\(found ?? port)/"
            case .unix(let path): path
            }
        }
    }

    public let address: Address
    public let api: WebAPI

    public init(address: Address, api: WebAPI) {
        self.address = address
        self.api = api
    }

    /// What is answered over a database file.
    public static func api(allowHosts: [String], databasePath: String, status: any StatusSource) -> WebAPI {
        WebAPI(status: status, policy: HostPolicy(allowHosts: allowHosts)) {
            try StoreReader.open(path: databasePath)
        }
    }

    /// Why a server could not listen, in the system's words.
    public static func reason(of error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return unsafe String(cString: strerror(error.errnoCode))
    }

    /// The application: a service that runs until it is shut down gracefully.
    /// - Parameter logger: Told when it listens, and of what goes wrong; nil: the framework's own.
    public func application(logger: Logger? = nil) -> Application<WebResponder> {
        let bind: BindAddress =
            switch address {
            case .tcp(let host, let port): .hostname(host, port: port)
            case .unix(let path): .unixDomainSocket(path: path)
            }
        var quiet = logger
        quiet?.logLevel = .warning
        return Application(
            responder: WebResponder(api: api), configuration: ApplicationConfiguration(address: bind),
            onServerRunning: { [address] channel in
                logger?.info("HTTP on \(address.words(port: channel.localAddress?.port))")
                // The process's umask is for its data; who may enter the directory may ask.
                if case .unix(let path) = address { _ = unsafe chmod(path, 0o660) }
            }, logger: quiet)
    }
}

/// Puts ``WebAPI`` behind HTTP.
public struct WebResponder: HTTPResponder {
    /// What the server keeps per request.
    public typealias Context = BasicRequestContext

    let api: WebAPI

    /// Answers one request.
    @Sendable
    public func respond(to request: Request, context: Context) async throws -> Response {
        response(to: request.head)
    }

    func response(to head: HTTPRequest) -> Response {
        let reply = api.reply(
            to: WebRequest(method: head.method.rawValue, target: head.path ?? "/", authority: head.authority))
        var headers = HTTPFields()
        for (name, value) in WebReply.securityHeaders + [("Content-Type", reply.contentType)] {
            if let field = HTTPField.Name(name) { headers[field] = value }
        }
        if let allow = reply.allow { headers[.allow] = allow }
        let body =
            head.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(string: reply.body))
        return Response(status: HTTPResponse.Status(code: reply.status), headers: headers, body: body)
    }
}
