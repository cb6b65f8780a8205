public import DriftStore

/// What the daemon knows about itself that its database does not.
public protocol StatusSource: Sendable {
    /// Why the daemon is not well (no progress, a full disk); nil: it is.
    func ailment() -> String?
    /// Why it is not yet, or no longer, taking files; nil: it is.
    func unreadiness() -> String?
}

/// Every answer of the server, as a function of the request and the database.
public struct WebAPI: Sendable {
    /// Most rows in one page.
    public static let limitMax = 1000

    private let status: any StatusSource
    private let policy: HostPolicy
    private let openReader: @Sendable () throws -> StoreReader

    /// - Parameter openReader: Called per request, so that a database made later is found.
    public init(
        status: any StatusSource, policy: HostPolicy, openReader: @escaping @Sendable () throws -> StoreReader
    ) {
        self.status = status
        self.policy = policy
        self.openReader = openReader
    }

    /// Answers a request; never throws, so that every failure has its document.
    public func reply(to request: WebRequest) -> WebReply {
        guard policy.accepts(request.authority) else {
            return .problem(
                421, "Misdirected Request", "this server answers to loopback names and those of http.allow_hosts")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            var reply = WebReply.problem(405, "Method Not Allowed", "this interface only reads; use GET")
            reply.allow = "GET, HEAD"
            return reply
        }
        do {
            return try route(request)
        } catch let error as StoreError {
            if case .missing = error { return .problem(503, "Service Unavailable", "there is no database yet") }
            if error.isReadTooLong {
                return .problem(
                    503, "Service Unavailable", "the answer takes too long while so much is written; ask later")
            }
            return .problem(503, "Service Unavailable", "the database cannot be read now")
        } catch {
            return .problem(500, "Internal Server Error", "the request could not be answered")
        }
    }

    private func route(_ request: WebRequest) throws -> WebReply {
        switch request.path {
        case "/": return WebReply(contentType: "text/html; charset=utf-8", body: IndexPage.html)
        case "/style.css": return WebReply(contentType: "text/css; charset=utf-8", body: IndexPage.style)
        case "/healthz": return status.ailment().map { .text($0, status: 503) } ?? .text("ok")
        case "/readyz": return status.unreadiness().map { .text($0, status: 503) } ?? .text("ready")
        case "/metrics":
            let reader = try openReader()
            let text = MetricsDocument.text(try reader.status(), try reader.segments(withStays: false))
            return WebReply(contentType: OpenMetrics.contentType, body: text)
        case "/api/v1/status": return .json(StatusDocument.json(try openReader().status()))
        case "/api/v1/segments": return .json(SegmentDocument.json(try openReader().segments(withStays: false)))
        case "/api/v1/transitions": return try transitions(request.query)
        default: return .problem(404, "Not Found", "there is nothing at \(request.path)")
        }
    }

    private func transitions(_ query: [String: String]) throws -> WebReply {
        let limit = query["limit"].map { Int($0) ?? 0 } ?? 100
        guard (1...Self.limitMax).contains(limit) else {
            return .problem(400, "Bad Request", "limit is a number from 1 to \(Self.limitMax)")
        }
        let after = query["after"].map { Int64($0) }
        if case .some(.none) = after {
            return .problem(400, "Bad Request", "after is a transition_id: the next_after of the page before")
        }
        let filter = TransitionFilter(
            customer: query["customer"], segmentation: query["segmentation"], after: (after ?? nil) ?? 0,
            newestFirst: false, limit: limit)
        return .json(TransitionDocument.page(try openReader().transitions(filter), limit: limit))
    }
}
