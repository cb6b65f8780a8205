import DriftStore
import DriftWeb
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

struct FixedStatus: StatusSource {
    var ill: String?
    var late: String?

    func ailment() -> String? { ill }
    func unreadiness() -> String? { late }
}

@Suite struct WebAPITests {
    static func api(_ status: FixedStatus = FixedStatus()) -> WebAPI {
        WebAPI(status: status, policy: HostPolicy()) { throw StoreError.missing(path: "/nowhere") }
    }

    static func reply(_ target: String, method: String = "GET", status: FixedStatus = FixedStatus()) -> WebReply {
        api(status).reply(to: WebRequest(method: method, target: target))
    }

    @Test func healthAndReadinessSayWhatIsWrong() {
        #expect(Self.reply("/healthz").status == 200)
        #expect(Self.reply("/readyz").body == "ready\n")
        let ill = FixedStatus(ill: "no progress for 70 s", late: "migrating")
        #expect(
            Self.reply("/healthz", status: ill)
                == WebReply(
                    status: 503, contentType: "text/plain; charset=utf-8", body: "no progress for 70 s\n"))
        #expect(Self.reply("/readyz", status: ill).status == 503)
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    func nothingCanBeChanged(method: String) {
        let reply = Self.reply("/api/v1/status", method: method)
        #expect(reply.status == 405)
        #expect(reply.allow == "GET, HEAD")
    }

    @Test func anotherHostIsMisdirected() {
        let request = WebRequest(target: "/", authority: "evil.example")
        #expect(Self.api().reply(to: request).status == 421)
    }

    @Test func errorsAreProblemDocuments() {
        let reply = Self.reply("/nothing?x=1")
        #expect(reply.contentType == "application/problem+json")
        #expect(
            reply.body
                == #"{"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing at /nothing"}"#
                + "\n")
    }

    @Test func withoutADatabaseTheServiceIsUnavailable() {
        for path in ["/api/v1/status", "/api/v1/segments", "/api/v1/transitions", "/metrics"] {
            #expect(Self.reply(path).status == 503)
        }
    }

    @Test(arguments: ["limit=0", "limit=x", "limit=100000", "after=x", "after="])
    func aBadCursorIsExplained(query: String) {
        #expect(Self.reply("/api/v1/transitions?\(query)").status == 400)
    }

    @Test func thePageHasNoScript() {
        let html = Self.reply("/").body
        #expect(html.contains("/metrics"))
        #expect(!html.contains("<script") && !html.contains("style=") && !html.contains("<style"))
    }
}

@Suite struct WebServerTests {
    @Test func everyAnswerCarriesTheSecurityHeaders() async throws {
        let server = WebServer(address: .tcp(host: "127.0.0.1", port: 0), api: WebAPITests.api())
        try await server.application().test(.router) { client in
            try await client.execute(uri: "/", method: .get) { response in
                #expect(response.status.code == 200)
                #expect(response.headers[.contentType] == "text/html; charset=utf-8")
                #expect(response.headers[.contentSecurityPolicy] == "default-src 'none'; style-src 'self'")
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                #expect(response.headers[.accessControlAllowOrigin] == nil)
            }
            try await client.execute(uri: "/api/v1/status", method: .post) { response in
                #expect(response.status.code == 405)
                #expect(response.headers[.allow] == "GET, HEAD")
            }
        }
    }
}

@Suite struct OpenMetricsTests {
    @Test func aFamilyHasTypeHelpAndSamples() {
        var metrics = OpenMetrics()
        metrics.add("a_moves", .counter, help: "Moves.", [(labels: [("to", "x\"y\\z\n")], value: 3)])
        metrics.add("a_size", .gauge, help: "Size.", 1.5)
        metrics.add("a_nothing", .gauge, help: "Not there.", nil)
        #expect(
            metrics.text == """
                # TYPE a_moves counter
                # HELP a_moves Moves.
                a_moves_total{to="x\\"y\\\\z\\n"} 3
                # TYPE a_size gauge
                # HELP a_size Size.
                a_size 1.5
                # EOF

                """)
    }
}
