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
@Suite(.enabled(if: LoopbackReceiver.isAvailable, "needs python3"), .serialized)
struct NetworkTests {
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
        let receiver = try LoopbackReceiver(answers: [
            .init(status: 429, headers: ["Retry-After": "7"], body: "slow\ndown")
        ])
        let outcome = await post(port: receiver.port)
        #expect(outcome == .answered(status: 429, retryAfter: "7", location: nil, text: "slow down"))
        let request = try #require(try receiver.requests().first)
        #expect(request.path == "/hook" && request.id == "a")
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let receiver = try LoopbackReceiver(answers: [
            .init(status: 302, headers: ["Location": "http://169.254.169.254/"])
        ])
        let outcome = await post(port: receiver.port)
        #expect(
            outcome == .answered(status: 302, retryAfter: nil, location: "http://169.254.169.254/", text: ""))
        #expect(try receiver.requests().count == 1)
    }

    @Test(arguments: ["hang", "drip"])
    func whoNeverAnswersOrNeverEndsIsLeft(manner: String) async throws {
        let receiver = try LoopbackReceiver(answers: [.init(manner: manner)])
        let outcome = await post(port: receiver.port, seconds: 0.3)
        guard case .failed(.timeout, _) = outcome else {
            Issue.record("\(manner): \(outcome)")
            return
        }
    }

    @Test func anAnswerWithoutEndIsCutOff() async throws {
        let receiver = try LoopbackReceiver(answers: [.init(manner: "endless")])
        let outcome = await post(port: receiver.port)
        #expect(outcome == .failed(.broken, reason: "the answer is longer than 64 KiB"))
    }

    @Test func aConnectionThatIsCutOrRefusedIsAFailure() async throws {
        let receiver = try LoopbackReceiver(answers: [.init(manner: "reset")])
        guard case .failed(_, let reason) = await post(port: receiver.port) else {
            Issue.record("no failure")
            return
        }
        #expect(!reason.isEmpty)
        receiver.stop()
        #expect(await post(port: receiver.port) == .failed(.connect, reason: "connection refused"))
    }

    /// Fault 98: a name that leads inside, among others that do not; and one that changes its mind.
    @Test func aNameThatLeadsToAPrivateNetworkIsNotFollowed() async throws {
        let receiver = try LoopbackReceiver()
        let resolver = FakeResolver(answers: [
            "inside.example": ["127.0.0.1"], "both.example": ["93.184.216.34", "127.0.0.1"],
            "meta.example": ["169.254.169.254"],
        ])
        for host in ["inside.example", "both.example", "meta.example"] {
            let outcome = await post(port: receiver.port, host: host, resolver: resolver)
            guard case .failed(.forbidden, let reason) = outcome else {
                Issue.record("\(host) was asked")
                continue
            }
            #expect(reason.contains(host))
        }
        #expect(try receiver.requests().isEmpty)
        // The address that was checked is the one connected to: the name itself exists nowhere.
        let meant = await post(port: receiver.port, host: "inside.example", resolver: resolver, allowsPrivate: true)
        #expect(meant == .ok)
        #expect(try receiver.requests().map(\.host) == ["inside.example:\(receiver.port)"])
    }

    @Test func aNameWithoutAddressIsAFailure() async {
        let outcome = await post(port: 1, host: "nowhere.example", resolver: FakeResolver(answers: [:]))
        #expect(outcome == .failed(.name, reason: "nowhere.example has no address"))
    }

    /// Fault 75: what is checked is the name that was asked for, not the address it led to.
    @Test(.enabled(if: TestCertificates.isAvailable, "needs openssl"))
    func certificatesAreVerified() async throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let certificate = try TestCertificates.make(in: directory, name: "crm.example")
        let receiver = try LoopbackReceiver(certificate: certificate)
        let resolver = FakeResolver(answers: ["crm.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]])
        func ask(_ host: String, _ authorities: String?) async -> HTTPOutcome {
            await post(
                port: receiver.port, host: host, scheme: "https", resolver: resolver, allowsPrivate: true,
                authorities: authorities, seconds: 60)
        }
        guard case .failed(.tls, _) = await ask("crm.example", nil) else {
            Issue.record("a certificate of nobody was believed")
            return
        }
        #expect(await ask("crm.example", certificate.certificate) == .ok)
        guard case .failed(.tls, _) = await ask("other.example", certificate.certificate) else {
            Issue.record("a certificate of another name was believed")
            return
        }
        #expect(try receiver.requests().count == 1)
    }
}

/// Certificates made for a test.
enum TestCertificates {
    private static let openssl = "/usr/bin/openssl"
    static let isAvailable = FileManager.default.isExecutableFile(atPath: openssl)

    /// A self-signed certificate.
    static func make(in directory: String, name: String) throws -> (certificate: String, key: String) {
        let (certificate, key) = ("\(directory)/cert.pem", "\(directory)/key.pem")
        let process = Process()
        process.executableURL = URL(filePath: openssl)
        process.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=DNS:\(name)", "-keyout", key, "-out", certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (certificate, key)
    }
}

@Suite struct ExecSinkTests {
    private func send(_ script: String, seconds: Double = 60) async throws -> (DeliveryResult, String) {
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
    private final class Counter: Sendable {
        let value = Mutex(0)
    }

    @Test func eachAlertIsAFileOfItsOwnAndTheSameTwice() throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // The directory is made, but not one above it: a disk that is not mounted must not be taken for one that is.
        let sink = DirectorySink(directory: directory + "/")
        #expect(sink.send([LaneTests.row(1), LaneTests.row(2)]) == [.delivered, .delivered])
        #expect(sink.send([LaneTests.row(1)]) == [.delivered])
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        #expect(names == ["alert-1.json", "alert-2.json"])
        let nowhere = DirectorySink(directory: directory + "/none/each/").send([LaneTests.row(1)]).first
        guard case .failed(let reason, true, _) = nowhere else {
            Issue.record("written into nowhere")
            return
        }
        #expect(reason.hasSuffix("/none/each/ cannot be opened: No such file or directory"))
    }

    /// What was written before one that failed is said to be there only once its name is durable.
    @Test func theNamesAreSyncedAlsoWhereALaterAlertFails() throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        // A directory in the place of the second alert's file.
        try FileManager.default.createDirectory(
            atPath: directory + "/.alert-2.json.tmp", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let syncs = Counter()
        func send(failing number: Int) -> [DeliveryResult] {
            syncs.value.withLock { $0 = 0 }
            let sink = DirectorySink(directory: directory) { _ in
                syncs.value.withLock { count in
                    count += 1
                    return count == number ? -1 : 0
                }
            }
            return sink.send([LaneTests.row(1), LaneTests.row(2)])
        }
        let results = send(failing: 0)
        // The file, and the directory.
        #expect(results.count == 2 && results.first == .delivered && syncs.value.withLock { $0 } == 2)
        let unsynced = send(failing: 2)
        #expect(unsynced.count == 1 && unsynced.first != .delivered)
    }
}
