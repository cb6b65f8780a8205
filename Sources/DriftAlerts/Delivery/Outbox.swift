public import DriftModel
public import DriftStore

/// The outbox as the dispatcher sees it: each function is durable when it returns.
public protocol Outbox: Sendable {
    /// Sets things right after a start: what the end of the last process left in an unknown state becomes due
    /// again, with the same id; due times beyond any schedule (a wrong clock's) are brought near; deliveries to
    /// destinations that are no longer configured are set aside, those to ones that are again come back.
    /// - Returns: How many are sent again.
    func recover(configured: Set<String>?, at: Instant) throws -> Int
    /// Due deliveries of a destination in their order, marked as being sent, `attempts` counting the one to come.
    func takeDue(destination: String, now: Instant, limit: Int) throws -> [DeliveryRow]
    /// Writes down what became of them.
    func settle(_ settled: [SettledDelivery], at: Instant) throws
}

/// A delivery that was taken, and what is to be noted of it.
public struct SettledDelivery: Hashable, Sendable {
    /// What came of it.
    public enum Note: Hashable, Sendable {
        case delivered
        /// `retryAt` nil: dead.
        case failed(reason: String, retryAt: Instant?)
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
        try write { transaction in
            var due = try transaction.dueDeliveries(now: now, destination: destination, limit: limit)
            for index in due.indices {
                try transaction.markSending(due[index].deliveryID, at: now)
                due[index].attempts += 1
                due[index].state = .sending
            }
            return due
        }
    }

    public func settle(_ settled: [SettledDelivery], at instant: Instant) throws {
        try write { transaction in
            for delivery in settled {
                switch delivery.note {
                case .delivered: try transaction.markDelivered(delivery.deliveryID, at: instant)
                case .failed(let reason, let retryAt):
                    try transaction.markFailed(delivery.deliveryID, error: reason, retryAt: retryAt)
                }
            }
        }
    }
}
