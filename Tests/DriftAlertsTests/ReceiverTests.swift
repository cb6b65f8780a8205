import DriftModel
import DriftStore
import FaultTable
import Foundation
import Systemd
import Testing

@testable import DriftAlerts

/// An independent receiver in another language: the one the documentation shows.
@Suite(.enabled(if: PythonProgram.isAvailable, "needs python3"))
struct ReceiverTests {
    /// Fault 68: 200 was said, and the daemon died before it could note it; fault 107: forged and old messages.
    @Test func anIndependentReceiverVerifiesAndTakesEachAlertOnce() async throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (good, forged) = (directory + "/secret", directory + "/forged")
        try Data("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n".utf8).write(to: URL(filePath: good))
        try Data("whsec_c2VjcmV0c2VjcmV0c2VjcmV0".utf8).write(to: URL(filePath: forged))
        let receiver = try PythonProgram("docs/examples/webhook_receiver.py", [good])
        let port = try #require(receiver.line()?.split(separator: " ").last)
        func sink(_ secrets: String...) -> WebhookSink {
            WebhookSink(
                url: "http://127.0.0.1:\(port)/", secrets: secrets.map { .file($0) },
                source: SecretSource(credentials: Credentials(environment: [:])),
                transport: ClientTransport(
                    resolver: SystemResolver(), addressGuard: AddressGuard(allowsPrivate: false)), timeoutSeconds: 60)
        }
        // The receiver's own clock is the system's; so is that of a file just written.
        let written = try FileManager.default.attributesOfItem(atPath: forged)[.modificationDate] as? Date
        let now = Instant(seconds: Int64(try #require(written).timeIntervalSince1970))
        try #require(await sink(good).send(LaneTests.row(1), now: now) == .delivered)
        #expect(receiver.line() == "alert alert-1 s")
        try #require(await sink(good).send(LaneTests.row(1), now: now) == .delivered)
        #expect(receiver.line() == "again alert-1")
        // While a secret rotates, either of the two will do.
        try #require(await sink(forged, good).send(LaneTests.row(2), now: now) == .delivered)
        #expect(receiver.line() == "alert alert-2 s")
        #expect(await sink(forged).send(LaneTests.row(3), now: now) == .rejected(reason: "answered 401"))
        #expect(
            await sink(good).send(LaneTests.row(3), now: now.advanced(bySeconds: -3_600))
                == .rejected(reason: "answered 401"))
        FaultTable.record(68, alerts: 2, told: 2, again: 1)
    }
}
