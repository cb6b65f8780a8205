import DriftModel
import DriftStore
import Foundation
import Synchronization
import Testing

@testable import DriftAlerts

/// A resolver that says what a test wants it to say.
struct FakeResolver: NameResolver {
    var answers: [String: [String]]

    func addresses(of host: String) async -> [NetworkAddress] { (answers[host] ?? []).compactMap(NetworkAddress.init) }
}

/// The real client against peers that misbehave (faults 71, 72, 73, 75, 98).
@Suite(.serialized) struct NetworkTests {
    private func post(
        port: Int, host: String = "127.0.0.1", scheme: String = "http", resolver: (any NameResolver)? = nil,
        allowsPrivate: Bool = false, authorities: String? = nil, seconds: Double = 60
    ) async -> HTTPOutcome {
        let transport = ClientTransport(
            resolver: resolver ?? SystemResolver(), addressGuard: AddressGuard(allowsPrivate: allowsPrivate),
            authorities: authorities)
        return await transport.post(
            OutgoingRequest(
                url: "\(scheme)://\(host):\(port)/hook", headers: [.init("webhook-id", "a")], body: Array("{}".utf8),
                timeoutSeconds: seconds))
    }

    @Test func anAnswerIsRead() async throws {
        let server = try await LoopbackServer.start { _, _ in
            LoopbackServer.status("429 Too Many", headers: "Retry-After: 7\r\n", body: "slow\ndown")
        }
        let outcome = await post(port: server.port)
        #expect(outcome == .answered(status: 429, retryAfter: "7", location: nil, text: "slow down"))
        #expect(server.asked.first?.hasPrefix("POST /hook HTTP/1.1\r\n") == true)
        #expect(server.asked.first?.contains("webhook-id: a") == true)
        try await server.stop()
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let server = try await LoopbackServer.start { _, _ in
            LoopbackServer.status("302 Found", headers: "Location: http://169.254.169.254/\r\n")
        }
        let outcome = await post(port: server.port)
        #expect(
            outcome == .answered(status: 302, retryAfter: nil, location: "http://169.254.169.254/", text: ""))
        #expect(server.asked.count == 1)
        try await server.stop()
    }

    @Test func whoNeverAnswersOrNeverEndsIsLeft() async throws {
        for behaviour in [LoopbackServer.Behaviour.silence, .drip] {
            let server = try await LoopbackServer.start { _, _ in behaviour }
            let outcome = await post(port: server.port, seconds: 0.3)
            guard case .failed(.timeout, _) = outcome else {
                Issue.record("\(behaviour): \(outcome)")
                continue
            }
            try await server.stop()
        }
    }

    @Test func anAnswerWithoutEndIsCutOff() async throws {
        let server = try await LoopbackServer.start { _, _ in .endless }
        let outcome = await post(port: server.port)
        #expect(outcome == .failed(.broken, reason: "the answer is longer than 64 KiB"))
        try await server.stop()
    }

    @Test func aConnectionThatIsCutOrRefusedIsAFailure() async throws {
        let server = try await LoopbackServer.start { _, _ in .cut }
        guard case .failed(_, let reason) = await post(port: server.port) else {
            Issue.record("no failure")
            return
        }
        #expect(!reason.isEmpty)
        let port = server.port
        try await server.stop()
        guard case .failed(.connect, _) = await post(port: port) else {
            Issue.record("nobody listens, and yet")
            return
        }
    }

    /// Fault 98: a name that leads inside, among others that do not; and one that changes its mind.
    @Test func aNameThatLeadsToAPrivateNetworkIsNotFollowed() async throws {
        let server = try await LoopbackServer.start { _, _ in LoopbackServer.status("200 OK") }
        let resolver = FakeResolver(answers: [
            "inside.example": ["127.0.0.1"], "both.example": ["93.184.216.34", "127.0.0.1"],
            "meta.example": ["169.254.169.254"],
        ])
        for host in ["inside.example", "both.example", "meta.example"] {
            guard case .failed(.forbidden, let reason) = await post(port: server.port, host: host, resolver: resolver)
            else {
                Issue.record("\(host) was asked")
                continue
            }
            #expect(reason.contains(host))
        }
        #expect(server.asked.isEmpty)
        // The address that was checked is the one connected to: the name itself exists nowhere.
        let meant = await post(port: server.port, host: "inside.example", resolver: resolver, allowsPrivate: true)
        #expect(meant == .ok)
        #expect(server.asked.first?.contains("inside.example") == true)
        try await server.stop()
    }

    @Test func aNameWithoutAddressIsAFailure() async {
        let outcome = await post(port: 1, host: "nowhere.example", resolver: FakeResolver(answers: [:]))
        #expect(outcome == .failed(.name, reason: "nowhere.example has no address"))
    }

    /// Fault 75.
    @Test func certificatesAreVerified() async throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        guard let certificate = try TestCertificates.make(in: directory, name: "crm.example") else {
            print("no openssl: the test of certificates is skipped")
            return
        }
        let server = try await LoopbackServer.start(certificate: certificate) { _, _ in LoopbackServer.status("200 OK")
        }
        let resolver = FakeResolver(answers: ["crm.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]])
        func ask(_ host: String, _ authorities: String?) async -> HTTPOutcome {
            await post(
                port: server.port, host: host, scheme: "https", resolver: resolver, allowsPrivate: true,
                authorities: authorities, seconds: 60)
        }
        guard case .failed(.tls, _) = await ask("crm.example", nil) else {
            Issue.record("a certificate of nobody was believed")
            return
        }
        #expect(await ask("crm.example", certificate.chain) == .ok)
        guard case .failed(.tls, _) = await ask("other.example", certificate.chain) else {
            Issue.record("a certificate of another name was believed")
            return
        }
        #expect(server.asked.count == 1)
        try await server.stop()
    }
}

@Suite struct ExecSinkTests {
    private func send(_ script: String, seconds: Double = 5) async throws -> (DeliveryResult, String) {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let program = directory + "/notify"
        try Data("#!/bin/sh\nout=\(directory)/out\n\(script)\n".utf8).write(to: URL(filePath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let sink = ExecSink(command: [program, "--stdin"], timeoutSeconds: seconds)
        let result = await sink.send(LaneTests.row(1), now: LaneTests.start)
        return (result, (try? String(contentsOfFile: directory + "/out", encoding: .utf8)) ?? "")
    }

    @Test func theProgramGetsTheAlertOnItsInput() async throws {
        let (result, said) = try await send("{ echo \"$1 $SEGDRIFT_ALERT_ID $SEGDRIFT_RULE\"; cat; } > $out")
        #expect(result == .delivered)
        #expect(said == "--stdin alert-1 downgrade\n" + #"{"id":"alert-1","type":"t","data":{"summary":"s"}}"#)
    }

    @Test func whatItSaysOnStandardErrorIsTheReason() async throws {
        let (result, _) = try await send("echo no paper >&2; exit 3")
        guard case .failed(let reason, false, nil) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(reason.hasSuffix("/notify: exit status 3: no paper"))
    }

    @Test func aProgramThatReadsNothingAndOneThatNeverEndsHoldNothingUp() async throws {
        let (quick, _) = try await send("exit 0")
        #expect(quick == .delivered)
        let (slow, _) = try await send("sleep 60 & sleep 60", seconds: 0.2)
        guard case .failed(let reason, false, nil) = slow else {
            Issue.record("\(slow)")
            return
        }
        #expect(reason.contains("did not end within 0.2 s"))
    }

    @Test func aProgramThatIsNotThereIsADestinationThatIsDown() async {
        let sink = ExecSink(command: ["/nonexistent/notify"], timeoutSeconds: 1)
        let result = await sink.send(LaneTests.row(1), now: LaneTests.start)
        #expect(
            result
                == .failed(
                    reason: "/nonexistent/notify cannot be started: No such file or directory", destinationIsDown: true)
        )
    }
}

@Suite struct DirectorySinkTests {
    @Test func eachAlertIsAFileOfItsOwnAndTheSameTwice() throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let sink = DirectorySink(directory: directory + "/")
        #expect(sink.send([LaneTests.row(1), LaneTests.row(2)]) == [.delivered, .delivered])
        #expect(sink.send([LaneTests.row(1)]) == [.delivered])
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        #expect(names == ["alert-1.json", "alert-2.json"])
        guard case .failed(_, true, _) = DirectorySink(directory: directory + "/none/").send([LaneTests.row(1)]).first
        else {
            Issue.record("written into nowhere")
            return
        }
    }
}
