import DriftModel
import DriftStore
import Foundation
import Synchronization
import Systemd
import Testing

@testable import DriftAlerts

private func row(
    _ id: Int64, attempts: Int = 1, body: String? = nil, destination: String = "log", createdAt: Int64 = 1_000_000
) -> DeliveryRow {
    DeliveryRow(
        deliveryID: id, alertID: "alert-\(id)", destination: destination, state: .sending, attempts: attempts,
        dueAt: nil, startedAt: nil, body: Array((body ?? #"{"id":"alert-\#(id)","type":"t"}"#).utf8),
        severity: .critical, rule: "downgrade", createdAt: Instant(seconds: createdAt))
}

@Suite struct FileSinkTests {
    private func withFile(_ initial: String?, _ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/alerts.ndjson"
        if let initial { try Data(initial.utf8).write(to: URL(fileURLWithPath: path)) }
        try body(path)
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func eachAlertIsALine() throws {
        try withFile(nil) { path in
            let results = FileSink(path: path).send([row(1), row(2)])
            #expect(results == [.delivered, .delivered])
            let written = try text(path)
            #expect(written == "{\"id\":\"alert-1\",\"type\":\"t\"}\n{\"id\":\"alert-2\",\"type\":\"t\"}\n")
        }
    }

    @Test(arguments: [("{\"a\":1}\n", 5), ("", 7), ("", 0), ("{\"a\":1}\n", 200_000)])
    func aLineCutShortIsTrimmed(kept: String, junkBytes: Int) throws {
        try withFile(kept + String(repeating: "x", count: junkBytes)) { path in
            #expect(FileSink(path: path).send([row(1)]) == [.delivered])
            let written = try text(path)
            #expect(written == kept + "{\"id\":\"alert-1\",\"type\":\"t\"}\n")
        }
    }

    @Test func anAlertThatMayHaveArrivedIsNotWrittenTwice() throws {
        try withFile("{\"id\":\"alert-1\",\"type\":\"t\"}\n") { path in
            let results = FileSink(path: path).send([row(1, attempts: 2), row(2, attempts: 2)])
            #expect(results == [.delivered, .delivered])
            let lines = try text(path).split(separator: "\n")
            #expect(lines.count == 2)
        }
    }

    @Test func aDirectoryInThePlaceOfTheFileIsADestinationThatIsDown() throws {
        try withFile(nil) { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let results = FileSink(path: path).send([row(1), row(2)])
            #expect(results.count == 1)
            guard case .failed(let reason, true, _) = results[0] else {
                Issue.record("delivered into a directory")
                return
            }
            #expect(reason.contains(path))
        }
    }
}

@Suite struct JournalSinkTests {
    private func sink(_ entries: @escaping @Sendable (JournalEntry) -> Bool) -> JournalSink {
        JournalSink(
            writer: JournalWriter(target: .journal, capacity: 16, send: entries), waitMilliseconds: 10_000)
    }

    @Test func theFactsBecomeFields() throws {
        let body = CloudEvent(instance: "i", naming: CustomerNaming(key: [1])).transition(
            try Moves.one().facts(), alertID: "abc", rule: "downgrade", severity: .critical, detail: .full)
        let entry = try #require(JournalSink.entry(row(1, body: String(decoding: body, as: UTF8.self))))
        #expect(entry.priority == .critical)
        #expect(entry.messageID == MessageIDs.transition)
        #expect(entry.message.hasPrefix("C-1042 loyal -> at_risk (value, down)"))
        let fields = Dictionary(
            uniqueKeysWithValues: entry.fields.map { ($0.name.description, String(decoding: $0.value, as: UTF8.self)) })
        #expect(
            fields == [
                "SEGDRIFT_ALERT_ID": "abc", "SEGDRIFT_RULE": "downgrade", "SEGDRIFT_CUSTOMER": "C-1042",
                "SEGDRIFT_SEGMENTATION": "value", "SEGDRIFT_FROM": "loyal", "SEGDRIFT_TO": "at_risk",
                "SEGDRIFT_DIRECTION": "down", "SEGDRIFT_CAUSE": "time",
            ])
    }

    @Test func bytesThatAreNoEventAreRefused() {
        let results = sink { _ in true }.send([row(1, body: "{")])
        #expect(results == [.refused(reason: "the stored alert is no CloudEvent")])
    }

    @Test func everyMessageIDIsInTheCatalogue() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let catalogue = try String(
            contentsOf: root.appendingPathComponent("systemd/segdrift.catalog"), encoding: .utf8)
        let constants = [
            MessageIDs.transition, MessageIDs.digest, MessageIDs.population, MessageIDs.intake,
            MessageIDs.assumption, MessageIDs.ownTrouble,
        ]
        #expect(Set(constants).count == 6)
        for constant in constants { #expect(catalogue.contains("-- \(constant)\n")) }
    }
}

@Suite struct RetryScheduleTests {
    @Test func attemptsSpanThreeDaysAndThenEnd() {
        let waits = (1...10).map { RetrySchedule.microsecondsToWait(afterAttempts: $0, jitter: 0) }
        #expect(waits.first == 5_000_000)
        #expect(waits.last == .some(nil))
        let hours = waits.compactMap { $0 }.reduce(0, +) / 3_600_000_000
        #expect(hours == 75)
    }

    @Test func jitterSpreadsByAFifthAtMost() {
        #expect(RetrySchedule.microsecondsToWait(afterAttempts: 1, jitter: 1) == 6_000_000)
        #expect(RetrySchedule.microsecondsToWait(afterAttempts: 1, jitter: -7) == 4_000_000)
    }
}

/// A destination that works, or is down from the start.
private final class FakeSink: AlertSink {
    let isDown: Atomic<Bool>
    let taken = Mutex<[Int64]>([])

    init(isDown: Bool = false) { self.isDown = Atomic(isDown) }

    func send(_ deliveries: [DeliveryRow]) -> [DeliveryResult] {
        if isDown.load(ordering: .relaxed) { return [.failed(reason: "down", destinationIsDown: true)] }
        taken.withLock { $0 += deliveries.map(\.deliveryID) }
        return deliveries.map { _ in .delivered }
    }
}

@Suite struct DispatcherTests {
    private let own = OwnAlerts(instance: "test", destinations: ["log", "bad", "ops"])
    private let start = Instant(seconds: 1_000_000)

    @Test func alertsAreDeliveredInOrder() throws {
        let outbox = MemoryOutbox((1...150).map { row($0) })
        let sink = FakeSink()
        let dispatcher = Dispatcher(sinks: [("log", sink)], outbox: outbox, own: own, jitter: { 0 })
        let report = try dispatcher.flush(now: start)
        #expect(report.delivered == 150)
        #expect(sink.taken.withLock { $0 } == Array(1...150))
    }

    @Test func aDeadDestinationHoldsUpNoOther() throws {
        let outbox = MemoryOutbox([row(1, destination: "bad"), row(2), row(3, destination: "webhook")])
        let good = FakeSink()
        let dispatcher = Dispatcher(
            sinks: [("bad", FakeSink(isDown: true)), ("log", good)], outbox: outbox, own: own, jitter: { 0 })
        let report = try dispatcher.flush(now: start)
        #expect(report.delivered == 1)
        #expect(report.retrying == 1)
        #expect(report.failing == ["bad": "down"])
        #expect(outbox.states == [.pending, .delivered, .pending])
    }

    @Test func nothingIsLostWhileADestinationIsDownForThreeDays() throws {
        let outbox = MemoryOutbox((1...5).map { row($0) })
        let sink = FakeSink(isDown: true)
        let dispatcher = Dispatcher(sinks: [("log", sink)], outbox: outbox, own: own, jitter: { 0 })
        var now = start
        for _ in 0..<72 * 60 {
            _ = try dispatcher.flush(now: now)
            now = now.advanced(bySeconds: 60)
        }
        #expect(outbox.states == Array(repeating: .pending, count: 5))
        sink.isDown.store(false, ordering: .relaxed)
        for _ in 0..<30 * 60 {
            _ = try dispatcher.flush(now: now)
            now = now.advanced(bySeconds: 60)
        }
        #expect(outbox.states == Array(repeating: .delivered, count: 5))
        #expect(sink.taken.withLock { $0.sorted() } == [1, 2, 3, 4, 5])
    }

    @Test func afterTheLastAttemptADeliveryIsDead() throws {
        let outbox = MemoryOutbox([row(1)])
        let dispatcher = Dispatcher(sinks: [("log", FakeSink(isDown: true))], outbox: outbox, own: own, jitter: { 0 })
        var now = start
        var dead = 0
        for _ in 0..<80 * 60 {
            dead += try dispatcher.flush(now: now).dead
            now = now.advanced(bySeconds: 60)
        }
        #expect(dead == 1)
        #expect(outbox.states == [.dead])
    }
}
