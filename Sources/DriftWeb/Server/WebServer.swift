import DriftStore
import HTTPTypes
public import Hummingbird
import HummingbirdCore
import NIOCore

/// The read-only HTTP server.
public struct WebServer: Sendable {
    /// Where to listen.
    public enum Address: Hashable, Sendable {
        case tcp(host: String, port: Int)
        /// Path of a Unix socket.
        case unix(String)
    }

    public let address: Address
    public let api: WebAPI

    public init(address: Address, api: WebAPI) {
        self.address = address
        self.api = api
    }

    /// The server over a database file.
    public init(address: Address, allowHosts: [String], databasePath: String, status: any StatusSource) {
        self.init(
            address: address,
            api: WebAPI(status: status, policy: HostPolicy(allowHosts: allowHosts)) {
                try StoreReader.open(path: databasePath)
            })
    }

    /// The application: a service that runs until it is shut down gracefully.
    public func application() -> Application<WebResponder> {
        let bind: BindAddress =
            switch address {
            case .tcp(let host, let port): .hostname(host, port: port)
            case .unix(let path): .unixDomainSocket(path: path)
            }
        return Application(responder: WebResponder(api: api), configuration: ApplicationConfiguration(address: bind))
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
        let reply = api.reply(
            to: WebRequest(
                method: request.head.method.rawValue, target: request.head.path ?? "/",
                authority: request.head.authority))
        var headers = HTTPFields()
        for (name, value) in WebReply.securityHeaders + [("Content-Type", reply.contentType)] {
            if let field = HTTPField.Name(name) { headers[field] = value }
        }
        if let allow = reply.allow { headers[.allow] = allow }
        let body =
            request.head.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(string: reply.body))
        return Response(status: HTTPResponse.Status(code: reply.status), headers: headers, body: body)
    }
}
