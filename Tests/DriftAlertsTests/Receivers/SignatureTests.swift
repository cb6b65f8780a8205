import DriftModel
import DriftStore
import Foundation
import Testing

@testable import DriftAlerts

/// Signatures as a receiver sees them that was written from the specification alone.
@Suite struct SignatureTests {
    /// The published example: standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`.
    @Test func thePublishedExampleIsSignedAsPublished() {
        let signature = StandardWebhooks.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8),
            key: StandardWebhooks.key(Array("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8)))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    static let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let new = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

    // 83
    @Test(.enabled(if: LoopbackReceiver.isAvailable, "needs python3"))
    func aReceiverVerifiesBeforeDuringAndAfterARotation() async throws {
        let receiver = try LoopbackReceiver(secrets: [Self.old, Self.new])
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files = (current: directory + "/current", next: directory + "/next")
        func write(_ secret: String, _ path: String) throws {
            try Data("\(secret)\n".utf8).write(to: URL(filePath: path))
        }
        try write(Self.old, files.current)
        let scene = try OutboxScene([.hook(receiver.url, secrets: [files.current])])
        try scene.tell(1)
        try await scene.drain("crm")

        // The file is replaced: the next attempt signs with what it says then.
        try write(Self.new, files.current)
        try scene.tell(1, first: 2)
        try await scene.drain("crm")

        // Two secrets while it rotates.
        try write(Self.old, files.next)
        let rotating = try OutboxScene([.hook(receiver.url, secrets: [files.current, files.next])])
        try rotating.tell(1, first: 3)
        try await rotating.drain("crm")

        let requests = try receiver.requests()
        #expect(requests.map(\.verifies) == [[0], [1], [0, 1]])
        #expect(requests.map(\.signatures) == [1, 1, 2])
        #expect(requests.map(\.status) == [200, 200, 200])
        #expect(requests.allSatisfy { $0.timestamp == String(OutboxScene.start.secondsFloor) })
    }

    @Test(.enabled(if: LoopbackReceiver.isAvailable, "needs python3"))
    func everyAttemptIsSignedWithItsOwnTimeOverTheSameBytes() async throws {
        let receiver = try LoopbackReceiver(
            answers: [.init(status: 500), .init(status: 500), .taken], secrets: [Self.old])
        let path = NSTemporaryDirectory() + "secret-\(UUID().uuidString)"
        try Data(Self.old.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let scene = try OutboxScene([.hook(receiver.url, secrets: [path])])
        try scene.tell(1)
        try await scene.live("crm", seconds: 3_600)
        let requests = try receiver.requests()
        #expect(requests.count == 3)
        #expect(requests.allSatisfy { $0.verifies == [0] })
        #expect(Set(requests.map(\.digest)).count == 1)
        #expect(Set(requests.map(\.id)).count == 1)
        #expect(Set(requests.compactMap(\.timestamp)).count == 3)
    }

    @Test(.enabled(if: LoopbackReceiver.isAvailable, "needs python3"))
    func withoutItsSecretNothingIsSent() async throws {
        let receiver = try LoopbackReceiver(secrets: [Self.old])
        let scene = try OutboxScene([.hook(receiver.url, secrets: ["/nowhere/secret"])])
        try scene.tell(1)
        try await scene.drain("crm")
        #expect(try receiver.requests().isEmpty)
        let error = try #require(try scene.deliveries("crm").first?.error)
        #expect(error.contains("/nowhere/secret"))
    }
}
