/// A request of ours: always POST, always one body.
public struct OutgoingRequest: Hashable, Sendable {
    public var url: String
    /// Names and values in order.
    public var headers: [Header]
    public var body: [UInt8]
    /// Seconds for all of it: name, connection, answer and its body.
    public var timeoutSeconds: Double

    /// A header field.
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(url: String, headers: [Header], body: [UInt8], timeoutSeconds: Double) {
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
    }
}

/// What came of a request.
public enum HTTPOutcome: Hashable, Sendable {
    /// - retryAfter: The header's value, as sent.
    /// - location: Where a redirect points.
    /// - text: The beginning of the body, for messages.
    case answered(status: Int, retryAfter: String?, location: String?, text: String)
    /// There was no answer, or none to be trusted; `reason` names what and why.
    case failed(HTTPFailure, reason: String)
}

/// Why there was no answer: a small closed set, because it may become a label.
public enum HTTPFailure: String, CaseIterable, Hashable, Sendable {
    /// The name has no address.
    case name
    /// An address that must not be connected to.
    case forbidden
    case connect
    case timeout
    /// The certificate is not to be trusted, or does not match.
    case tls
    case broken
}

/// The network, injected: the real one, or a test's.
public protocol HTTPTransport: Sendable {
    func post(_ request: OutgoingRequest) async -> HTTPOutcome
}
