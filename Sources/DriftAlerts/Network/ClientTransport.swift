internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// The real network: async-http-client with redirects off, certificates verified, times limited, and connections only
/// to addresses that were checked.
public struct ClientTransport: HTTPTransport {
    /// Seconds to a connection.
    static let connectSeconds: Int64 = 5
    /// Bytes of an answer that are read; what is longer is no answer to an alert.
    static let bodyBytesMax = 64 * 1024
    /// Characters of an answer that go into a message.
    static let textMax = 200

    private let resolver: any NameResolver
    private let addressGuard: AddressGuard
    /// PEM file of the only authorities to be trusted; nil: the system's.
    private let authorities: String?

    public init(resolver: any NameResolver, addressGuard: AddressGuard, authorities: String? = nil) {
        self.resolver = resolver
        self.addressGuard = addressGuard
        self.authorities = authorities
    }

    /// Posts once; whatever goes wrong is an outcome.
    public func post(_ request: OutgoingRequest) async -> HTTPOutcome {
        // The client's own deadline ends with the head of the answer; this one covers its body too.
        await withTaskGroup(of: HTTPOutcome.self) { group in
            group.addTask { await attempt(request) }
            group.addTask {
                try? await Task.sleep(for: .seconds(request.timeoutSeconds))
                return .failed(
                    .timeout, reason: "no complete answer within \(Sentence.number(request.timeoutSeconds)) s")
            }
            let first = await group.next() ?? .failed(.broken, reason: "nothing was tried")
            group.cancelAll()
            return first
        }
    }

    private func attempt(_ request: OutgoingRequest) async -> HTTPOutcome {
        guard let host = URLParts.host(of: request.url) else {
            return .failed(.name, reason: "the url has no host")
        }
        let addresses = await resolver.addresses(of: host)
        guard let address = addresses.first else { return .failed(.name, reason: "\(host) has no address") }
        // Every one of them: which one a client would take is not ours to guess.
        for candidate in addresses {
            if let objection = addressGuard.objection(to: candidate, host: host) {
                return .failed(.forbidden, reason: objection)
            }
        }
        let client: HTTPClient
        do {
            client = try self.client(host: host, address: address, timeoutSeconds: request.timeoutSeconds)
        } catch {
            return .failed(.tls, reason: "the file of authorities cannot be used: \(error)")
        }
        let outcome = await ask(client, request)
        try? await client.shutdown()
        return outcome
    }

    /// A client of its own per attempt: its one connection goes to the address that was checked.
    private func client(host: String, address: NetworkAddress, timeoutSeconds: Double) throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities)) }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: .seconds(Self.connectSeconds), read: .milliseconds(Int64(timeoutSeconds * 1_000))),
            decompression: .disabled)
        configuration.dnsOverride = [host: address.description]
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }

    private func ask(_ client: HTTPClient, _ request: OutgoingRequest) async -> HTTPOutcome {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = .POST
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        outgoing.body = .bytes(ByteBuffer(bytes: request.body))
        do {
            let answer = try await client.execute(
                outgoing, timeout: .milliseconds(Int64(request.timeoutSeconds * 1_000)))
            var body: [UInt8] = []
            for try await part in answer.body {
                body += part.readableBytesView
                if body.count > Self.bodyBytesMax {
                    return .failed(.broken, reason: "the answer is longer than \(Self.bodyBytesMax / 1_024) KiB")
                }
            }
            return .answered(
                status: Int(answer.status.code), retryAfter: answer.headers.first(name: "Retry-After"),
                location: answer.headers.first(name: "Location"), text: Self.text(body))
        } catch {
            return Self.failure(error)
        }
    }

    /// The beginning of an answer as one line that can stand in a message.
    private static func text(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(textMax * 4), as: UTF8.self)
        let line = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(String(line).prefix(textMax))
    }

    private static func failure(_ error: any Error) -> HTTPOutcome {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout:
            return .failed(.timeout, reason: "no connection within \(connectSeconds) s")
        case let error as HTTPClientError where error == .readTimeout || error == .deadlineExceeded:
            return .failed(.timeout, reason: "no answer in time")
        case let error as HTTPClientError where error == .tlsHandshakeTimeout:
            return .failed(.tls, reason: "no TLS in time")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            return .failed(.tls, reason: certificate(error))
        case let error as NIOConnectionError:
            return .failed(.connect, reason: connection(error))
        case let error as IOError:
            return .failed(.connect, reason: words(error))
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            return .failed(.broken, reason: "the connection was closed before there was an answer")
        default:
            return .failed(.broken, reason: "\(error)")
        }
    }

    private static func connection(_ error: NIOConnectionError) -> String {
        let reasons = error.connectionErrors.map { "\($0.target): \(words($0.error))" }
        return reasons.isEmpty ? "cannot be connected to" : reasons.joined(separator: "; ")
    }

    /// The system's words for what the system said, as in "connection refused".
    private static func words(_ error: any Error) -> String {
        guard let code = (error as? IOError)?.errnoCode else { return "\(error)" }
        return Sentence.lowered(unsafe String(cString: strerror(code)))
    }

    /// Why there is no TLS: mostly for the certificate.
    private static func certificate(_ error: any Error) -> String {
        if (error as? NIOSSLExtraError) == .failedToValidateHostname { return "the certificate is for another name" }
        let details = "\(error)"
        guard details.contains("CERTIFICATE_VERIFY_FAILED") else { return "no TLS: \(details)" }
        return "the certificate is not to be trusted: it has expired, or its authority is not known ('ca' names one)"
    }
}

/// The parts of a URL that the configuration has already checked.
enum URLParts {
    /// The host without brackets; nil when there is none.
    static func host(of url: String) -> String? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        let authority = url[colon...].dropFirst(3).prefix { !"/?#".contains($0) }
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        let host = authority.prefix { $0 != ":" }
        return host.isEmpty ? nil : String(host)
    }
}
