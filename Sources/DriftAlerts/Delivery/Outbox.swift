public import DriftModel
public import DriftStore

/// The outbox as those who deliver see it: each function is durable when it returns.
public protocol Outbox: Sendable {
    /// Sets things right after a start: what the end of the last process left in an unknown state becomes due
    /// again, with the same id; due times beyond any schedule (a wrong clock's) are brought near; deliveries to
    /// destinations that are no longer configured are set aside, those to ones that are again come back.
    /// - Returns: How many are sent again.
    func recover(configured: Set<String>?, at: Instant) throws -> Int
    /// Due deliveries of a destination in their order, marked as being sent, `attempts` counting the one to come.
    func takeDue(destination: String, now: Instant, limit: Int) throws -> [DeliveryRow]
    /// Writes down what became of them, and what trouble that was to be told of.
    func settle(_ settled: [SettledDelivery], telling: [OwnTrouble], by: OwnAlerts, at: Instant) throws
    /// When the next delivery of a destination falls due; nil: none is pending.
    func nextDue(_ destination: String) throws -> Instant?
    /// A destination that was down is up again: what waits for its next attempt is due now.
    func hasten(_ destination: String, to: Instant) throws
    /// Why nothing is sent to a destination any more; nil: it is.
    func disabledReason(_ destination: String) throws -> String?
    /// Nothing is sent to a destination any more until somebody retries it; with what became of the delivery to which
    /// it said so.
    func disable(
        _ destination: String, reason: String, settling: SettledDelivery, telling: OwnTrouble, by: OwnAlerts,
        at: Instant) throws
    /// What a destination is told again and again while it holds, and what has ended lately.
    func kept(_ destination: String, holdSeconds: Int64, now: Instant) throws -> [KeptAlert]
}

/// A delivery that was taken, and what is to be noted of it.
public struct SettledDelivery: Hashable, Sendable {
    /// What came of it.
    public enum Note: Hashable, Sendable {
        case delivered
        /// `retryAt` nil: dead.
        case failed(reason: String, retryAt: Instant?)
        /// It was taken but not tried: no attempt is counted.
        case released(dueAt: Instant)
    }

    public var deliveryID: Int64
    public var note: Note

    public init(deliveryID: Int64, note: Note) {
        self.deliveryID = deliveryID
        self.note = note
    }
}

extension Store: Outbox {
    public func recover(configured: Set<String>?, at instant: Instant) throws -> Int {
        try write { transaction in
            let ambiguous = try transaction.requeueAmbiguous(at: instant)
            try transaction.clampDueTimes(to: instant.advanced(bySeconds: RetrySchedule.secondsMax))
            if let configured { try transaction.reconcileDestinations(configured, at: instant) }
            return ambiguous
        }
    }

    public func takeDue(destination: String, now: Instant, limit: Int) throws -> [DeliveryRow] {
        try write { try $0.takeDue(destination: destination, now: now, limit: limit) }
    }

    public func settle(
        _ settled: [SettledDelivery], telling troubles: [OwnTrouble], by own: OwnAlerts, at instant: Instant
    ) throws {
        try write { transaction in
            for delivery in settled { try transaction.settle(delivery, at: instant) }
            for trouble in troubles { try own.tell(trouble, now: instant, ledger: transaction) }
        }
    }

    public func nextDue(_ destination: String) throws -> Instant? {
        try write { try $0.nextDeliveryDue(destinations: [destination]) }
    }

    public func hasten(_ destination: String, to instant: Instant) throws {
        try write { try $0.hastenDeliveries(destination, to: instant) }
    }

    public func disabledReason(_ destination: String) throws -> String? {
        try write { try $0.remembered(scope: "disabled", key: destination) }
    }

    public func disable(
        _ destination: String, reason: String, settling settled: SettledDelivery, telling trouble: OwnTrouble,
        by own: OwnAlerts, at instant: Instant
    ) throws {
        try write { transaction in
            try transaction.settle(settled, at: instant)
            try transaction.remember(scope: "disabled", key: destination, value: reason)
            try own.tell(trouble, now: instant, ledger: transaction)
        }
    }

    public func kept(_ destination: String, holdSeconds: Int64, now: Instant) throws -> [KeptAlert] {
        try write { try $0.keptAlerts(destination, holdSeconds: holdSeconds, now: now) }
    }
}

extension StoreTransaction {
    fileprivate func settle(_ delivery: SettledDelivery, at instant: Instant) throws {
        switch delivery.note {
        case .delivered: try markDelivered(delivery.deliveryID, at: instant)
        case .failed(let reason, let retryAt):
            try markFailed(delivery.deliveryID, error: reason, retryAt: retryAt)
        case .released(let dueAt): try release(delivery.deliveryID, dueAt: dueAt)
        }
    }

    /// Due deliveries of a destination, marked as being sent.
    func takeDue(
        destination: String, besidesExcess: Bool = false, now: Instant, limit: Int
    ) throws -> [DeliveryRow] {
        var due = try dueDeliveries(now: now, destination: destination, besidesExcess: besidesExcess, limit: limit)
        for index in due.indices {
            try markSending(due[index].deliveryID, at: now)
            due[index].attempts += 1
            due[index].state = .sending
        }
        return due
    }
}
