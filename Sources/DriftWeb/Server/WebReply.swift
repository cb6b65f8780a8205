import DriftAnalytics

/// A request as far as the API is concerned.
public struct WebRequest: Hashable, Sendable {
    public var method: String
    /// Path and query as sent: `/api/v1/transitions?after=7`.
    public var target: String
    /// The `Host` header; nil: none.
    public var authority: String?

    public init(method: String = "GET", target: String, authority: String? = "localhost") {
        self.method = method
        self.target = target
        self.authority = authority
    }

    /// The part before the question mark.
    var path: String { String(target.prefix { $0 != "?" }) }

    /// The last value of each name; `+` and percent escapes undone.
    var query: [String: String] {
        var values: [String: String] = [:]
        for pair in target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[Self.unescaped(parts[0])] = parts.count == 2 ? Self.unescaped(parts[1]) : ""
        }
        return values
    }

    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What the API answers.
public struct WebReply: Hashable, Sendable {
    public var status: Int
    public var contentType: String
    public var body: String
    /// Methods to name in `Allow`, with status 405.
    public var allow: String?

    public init(status: Int = 200, contentType: String, body: String, allow: String? = nil) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.allow = allow
    }

    static func json(_ body: String) -> WebReply { WebReply(contentType: "application/json", body: body + "\n") }

    static func text(_ body: String, status: Int = 200) -> WebReply {
        WebReply(status: status, contentType: "text/plain; charset=utf-8", body: body + "\n")
    }

    /// An error as RFC 9457 wants it.
    static func problem(_ status: Int, _ title: String, _ detail: String) -> WebReply {
        let body = JSONText.object([
            ("type", .text("about:blank")), ("title", .text(title)), ("status", .count(status)),
            ("detail", .text(detail)),
        ])
        return WebReply(status: status, contentType: "application/problem+json", body: body + "\n")
    }

    /// Headers of every answer: nothing is loaded from elsewhere, nothing is guessed, nothing is kept.
    public static let securityHeaders: [(name: String, value: String)] = [
        ("Content-Security-Policy", "default-src 'none'; style-src 'self'"), ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"),
    ]
}
