public import DriftModel
public import DriftStore
internal import Synchronization

/// One destination that takes its time, on its own: whatever becomes of it holds up no other.
///
/// It has no timers: ``drain(now:)`` is called when something was put into the outbox, and when the instant it
/// returned has come.
public final class DeliveryLane: Sendable {
    /// Failures in a row after which the destination is only probed.
    static let circuitOpensAfter = 5
    /// Seconds before the next attempt at a destination that is down; once its circuit is open.
    static let pauseSeconds: Int64 = 5
    static let probeEverySeconds: Int64 = 60

    /// Attempts in vain, one after another, after which a delivery means that the destination is up again. One alert
    /// that is not liked, among others that are, is not enough.
    static let vainMeansDown = 2

    private struct Standing {
        /// Failures in a row that are the destination's.
        var failures = 0
        /// Failures in a row, whosever they are.
        var vain = 0
        var notBefore: Instant?
        var keptAt: Instant?
        var down = DownTime()
        /// What became of the last attempt, while the database takes nothing.
        var unwritten: Outcome?
    }

    /// What is to be written down of an attempt.
    private struct Outcome {
        var settled: SettledDelivery
        var troubles: [OwnTrouble] = []
        /// Why it wants nothing more, and how people are told.
        var gone: (reason: String, trouble: OwnTrouble)?
    }

    public let destination: String
    private let sink: any RemoteSink
    private let outbox: any Outbox
    private let own: OwnAlerts
    private let jitter: @Sendable () -> Double
    private let standing: Mutex<Standing>

    /// - Parameters:
    ///   - own: Says elsewhere that this destination fails.
    ///   - jitter: −1 to 1, to spread retries.
    public init(
        destination: String, sink: any RemoteSink, outbox: any Outbox, own: OwnAlerts,
        jitter: @escaping @Sendable () -> Double
    ) {
        self.destination = destination
        self.sink = sink
        self.outbox = outbox
        self.own = own
        self.jitter = jitter
        standing = Mutex(Standing())
    }

    /// What one turn did.
    public struct Report: Hashable, Sendable {
        public var delivered = 0
        public var failed = 0
        /// The last reason.
        public var reason: String?
        /// When to come again by itself; nil: when something is put into the outbox.
        public var nextAt: Instant?

        public init() {}
    }

    /// Delivers what is due, one after another, until the destination is down or its rate is used up.
    /// - Parameters:
    ///   - now: The wall clock.
    ///   - isStopping: Asked before each attempt.
    public func drain(
        now: @Sendable () -> Instant, isStopping: @Sendable () -> Bool = { false }
    ) async throws -> Report {
        var report = Report()
        if let reason = try outbox.disabledReason(destination) {
            report.reason = reason
            return report
        }
        try writeDown(now: now())
        while !isStopping() {
            let instant = now()
            if let wait = waitingUntil(instant) {
                report.nextAt = wait
                break
            }
            guard try outbox.nextDue(destination).map({ $0 <= instant }) == true else { break }
            guard let delivery = try outbox.takeDue(destination: destination, now: instant, limit: 1).first else {
                break
            }
            let result = await sink.send(delivery, now: instant)
            judge(delivery, result, now: now(), report: &report)
            try writeDown(now: now())
            if case .gone = result { return report }
        }
        try await keepUp(now: now(), report: &report)
        if report.nextAt == nil { report.nextAt = try outbox.nextDue(destination) }
        if let keep = nextKeep() { report.nextAt = min(report.nextAt ?? keep, keep) }
        return report
    }

    /// Makes one attempt past the outbox, unless the destination is known to be down; what becomes of it is nobody's.
    public func tellDirectly(_ message: DeliveryRow, now: Instant) async {
        guard standing.withLock({ $0.failures == 0 }) else { return }
        _ = await sink.send(message, now: now)
    }

    /// A person asks for another attempt: that the destination was down counts no more.
    public func forgive() {
        standing.withLock { ($0.failures, $0.notBefore) = (0, nil) }
    }

    // MARK: Deliveries

    private func waitingUntil(_ now: Instant) -> Instant? {
        standing.withLock { standing in
            guard let notBefore = standing.notBefore, now < notBefore,
                // A clock that was turned back must not keep a destination shut.
                notBefore <= now.advanced(bySeconds: RetryAfter.secondsMax)
            else { return nil }
            return notBefore
        }
    }

    /// What an attempt means for the delivery and for the destination.
    private func judge(_ delivery: DeliveryRow, _ result: DeliveryResult, now: Instant, report: inout Report) {
        let note = DeliveryPolicy.note(
            result, attempts: delivery.attempts, createdAt: delivery.createdAt, now: now, jitter: jitter())
        var outcome = Outcome(settled: SettledDelivery(deliveryID: delivery.deliveryID, note: note))
        switch note {
        case .delivered: report.delivered += 1
        case .failed(let reason, let retryAt):
            report.failed += 1
            report.reason = reason
            if retryAt == nil { outcome.troubles.append(.died(delivery, reason: reason)) }
        case .released: break
        }
        switch result {
        case .gone(let reason):
            outcome.troubles = []
            outcome.gone = (reason, .disabled(delivery, reason: reason))
        case .failed(let reason, let isDown, let retryAfter):
            if let since = failed(isDown: isDown, now: now, retryAfter: retryAfter) {
                outcome.troubles.append(.down(delivery, since: since, reason: reason, now: now))
            }
        case .delivered, .rejected, .refused: break
        }
        standing.withLock { $0.unwritten = outcome }
    }

    /// Writes down what became of the last attempt; kept until it is, since nobody else knows.
    private func writeDown(now: Instant) throws {
        guard let outcome = standing.withLock({ $0.unwritten }) else { return }
        if let gone = outcome.gone {
            try outbox.disable(
                destination, reason: gone.reason, settling: outcome.settled, telling: gone.trouble, by: own, at: now)
        } else {
            try outbox.settle([outcome.settled], telling: outcome.troubles, by: own, at: now)
        }
        standing.withLock { $0.unwritten = nil }
        if outcome.settled.note == .delivered { try recovered(now: now) }
    }

    /// Another failure.
    /// - Parameter isDown: It is the destination's: others would fare no better.
    /// - Returns: Since when there was nothing else, where that is to be told.
    private func failed(isDown: Bool, now: Instant, retryAfter: Int64?) -> Instant? {
        standing.withLock { standing in
            standing.vain += 1
            if isDown {
                standing.failures += 1
                let isOpen = standing.failures >= Self.circuitOpensAfter
                let pause = isOpen ? Self.probeEverySeconds : Self.pauseSeconds
                standing.notBefore = now.advanced(bySeconds: max(pause, retryAfter ?? 0))
            }
            return standing.down.failed(now: now)
        }
    }

    /// What failed while the destination was down need not wait for its next turn any more.
    private func recovered(now: Instant) throws {
        let wasDown = standing.withLock { standing in
            defer { standing = Standing(keptAt: standing.keptAt) }
            return standing.failures > 0 || standing.vain >= Self.vainMeansDown
        }
        if wasDown { try outbox.hasten(destination, to: now) }
    }

    // MARK: What is kept up

    private func nextKeep() -> Instant? {
        guard let every = sink.keepEverySeconds else { return nil }
        return standing.withLock { $0.keptAt?.advanced(bySeconds: every) }
    }

    private func keepUp(now: Instant, report: inout Report) async throws {
        guard let every = sink.keepEverySeconds else { return }
        let isDue = standing.withLock { standing in
            guard let keptAt = standing.keptAt else { return true }
            return now >= keptAt.advanced(bySeconds: every) || keptAt > now
        }
        guard isDue else { return }
        let kept = try outbox.kept(destination, holdSeconds: sink.holdSeconds, now: now)
        standing.withLock { $0.keptAt = now }
        guard !kept.isEmpty else { return }
        if case .failed(let reason, _, _) = await sink.keep(kept, now: now) { report.reason = reason }
    }
}
