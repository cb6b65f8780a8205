public import DriftModel
internal import DriftStore
internal import Synchronization

/// What one flush did.
public struct FlushReport: Hashable, Sendable {
    public var delivered = 0
    /// Failed attempts that will be repeated.
    public var retrying = 0
    /// Deliveries given up.
    public var dead = 0
    /// Destinations that failed, with the last reason.
    public var failing: [String: String] = [:]

    public init() {}
}

/// Carries alerts from the outbox to the destinations on this machine, in order, each destination on its own: one that is down
/// holds up no other.
///
/// It has no timers: ``flush(now:)`` is called when something was put into the outbox and when
/// ``StoreTransaction/nextDeliveryDue()`` has come.
public final class Dispatcher: Sendable {
    /// Deliveries in flight at a time per destination: as many are sent again after a crash.
    public static let batchMax = 64
    /// Failures in a row after which a destination is only probed.
    static let circuitOpensAfter = 5
    /// Seconds between probes of a destination whose circuit is open.
    static let probeEverySeconds: Int64 = 60

    private struct Circuit {
        var failures = 0
        var probeAt: Instant?
        var down = DownTime()
    }

    private let sinks: [(name: String, sink: any AlertSink)]
    private let outbox: any Outbox
    private let own: OwnAlerts
    private let jitter: @Sendable () -> Double
    private let circuits = Mutex<[String: Circuit]>([:])

    /// - Parameters:
    ///   - sinks: By destination, in the order in which they are served. Deliveries to others stay in the outbox.
    ///   - own: Says elsewhere that a destination fails.
    ///   - jitter: −1 to 1, to spread retries.
    public init(
        sinks: [(name: String, sink: any AlertSink)], outbox: any Outbox, own: OwnAlerts,
        jitter: @escaping @Sendable () -> Double
    ) {
        self.sinks = sinks
        self.outbox = outbox
        self.own = own
        self.jitter = jitter
    }

    /// To be called at the start, before the first flush, and when the configuration has changed.
    /// - Parameter configured: The names of all destinations, served or not: deliveries to others are set aside
    ///   until they are configured again. nil: none is set aside.
    /// - Returns: How many deliveries are sent again because nobody knows whether they arrived.
    @discardableResult
    public func recover(configured: [String]? = nil, now: Instant) throws -> Int {
        try outbox.recover(configured: configured.map { Set($0) }, at: now)
    }

    /// Delivers all that is due.
    /// - Parameters:
    ///   - now: The wall clock.
    ///   - progress: Called after each batch, to feed the watchdog.
    /// - Throws: What the outbox throws; a destination's trouble is in the report.
    public func flush(now: Instant, progress: () -> Void = {}) throws -> FlushReport {
        var report = FlushReport()
        for (name, sink) in sinks {
            while isOpenForTraffic(name, now: now) {
                let batch = try outbox.takeDue(destination: name, now: now, limit: batchSize(name))
                guard !batch.isEmpty else { break }
                let results = sink.send(batch)
                try settle(batch, results, destination: name, now: now, report: &report)
                progress()
                if results.count < batch.count { break }
            }
        }
        return report
    }

    /// A person asks for another attempt at a destination (nil: at all): that it was down counts no more.
    public func forgive(_ destination: String?) {
        circuits.withLock { circuits in
            if let destination { circuits[destination] = nil } else { circuits = [:] }
        }
    }

    /// While a destination is failing, one delivery at a time: no others are charged with an attempt in vain.
    private func batchSize(_ destination: String) -> Int {
        circuits.withLock { ($0[destination]?.failures ?? 0) > 0 ? 1 : Self.batchMax }
    }

    private func isOpenForTraffic(_ destination: String, now: Instant) -> Bool {
        circuits.withLock { circuits in
            guard let probeAt = circuits[destination]?.probeAt else { return true }
            // A clock that was turned back must not keep a destination shut.
            return now >= probeAt || probeAt > now.advanced(bySeconds: Self.probeEverySeconds)
        }
    }

    private func settle(
        _ batch: [DeliveryRow], _ results: [DeliveryResult], destination: String, now: Instant,
        report: inout FlushReport
    ) throws {
        var settled: [SettledDelivery] = []
        var troubles: [OwnTrouble] = []
        for (delivery, result) in zip(batch, results) {
            let note = DeliveryPolicy.note(
                result, attempts: delivery.attempts, createdAt: delivery.createdAt, now: now, jitter: jitter())
            count(note, destination, &report)
            settled.append(SettledDelivery(deliveryID: delivery.deliveryID, note: note))
            troubles += self.troubles(delivery, result, note, now: now)
        }
        // Those not reached are due again with the one that failed, and keep their place behind it.
        for delivery in batch.dropFirst(results.count) {
            let note = SettledDelivery.Note.released(dueAt: now.advanced(bySeconds: 5))
            settled.append(SettledDelivery(deliveryID: delivery.deliveryID, note: note))
        }
        let wasDown =
            settled.contains { $0.note == .delivered }
            && circuits.withLock { circuits in
                defer { circuits[destination] = nil }
                return circuits[destination] != nil
            }
        try outbox.settle(settled, telling: troubles, by: own, at: now)
        // What failed while it was down need not wait for its next turn any more.
        if wasDown { try outbox.hasten(destination, to: now) }
    }

    private func count(_ note: SettledDelivery.Note, _ destination: String, _ report: inout FlushReport) {
        switch note {
        case .delivered: report.delivered += 1
        case .released: break
        case .failed(let reason, let retryAt):
            report.failing[destination] = reason
            if retryAt == nil { report.dead += 1 } else { report.retrying += 1 }
        }
    }

    /// What of a result is to be told elsewhere.
    private func troubles(
        _ delivery: DeliveryRow, _ result: DeliveryResult, _ note: SettledDelivery.Note, now: Instant
    ) -> [OwnTrouble] {
        var troubles: [OwnTrouble] = []
        switch result {
        case .failed(let reason, _, _), .gone(let reason):
            if let since = countFailure(delivery.destination, now: now) {
                troubles.append(.down(delivery, since: since, reason: reason, now: now))
            }
        case .delivered, .rejected, .refused: break
        }
        if case .failed(let reason, retryAt: nil) = note { troubles.append(.died(delivery, reason: reason)) }
        return troubles
    }

    /// - Returns: Since when the destination is down, where that is to be told.
    private func countFailure(_ destination: String, now: Instant) -> Instant? {
        circuits.withLock { circuits in
            var circuit = circuits[destination] ?? Circuit()
            defer { circuits[destination] = circuit }
            circuit.failures += 1
            if circuit.failures >= Self.circuitOpensAfter {
                circuit.probeAt = now.advanced(bySeconds: Self.probeEverySeconds)
            }
            return circuit.down.failed(now: now)
        }
    }
}
