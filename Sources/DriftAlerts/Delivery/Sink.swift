public import DriftModel
public import DriftStore

/// What became of one attempt.
public enum DeliveryResult: Hashable, Sendable {
    /// The destination has it.
    case delivered
    /// It does not, and perhaps later it will; `destinationIsDown`: others would fare no better just now;
    /// `retryAfterSeconds`: when the destination asks for the next attempt.
    case failed(reason: String, destinationIsDown: Bool, retryAfterSeconds: Int64? = nil)
    /// It does not like this one (400, 401, 403, 404, 413, 422): given up after a few attempts.
    case rejected(reason: String)
    /// It never will take this one.
    case refused(reason: String)
    /// It wants nothing more, ever (410).
    case gone(reason: String)
}

/// The end of the line for a destination on this machine that answers at once: the journal, a file.
public protocol AlertSink: Sendable {
    /// Delivers in order, and stops at the first sign that the destination is down.
    /// - Returns: One result per delivery, as many as were tried.
    func send(_ deliveries: [DeliveryRow]) -> [DeliveryResult]
}

/// The end of the line for a destination that takes its time: the network, a program.
public protocol RemoteSink: Sendable {
    /// Makes one attempt.
    func send(_ delivery: DeliveryRow, now: Instant) async -> DeliveryResult
    /// Seconds after which ``keep(_:now:)`` is to be called again; nil: nothing has to be kept up.
    var keepEverySeconds: Int64? { get }
    /// How long after its delivery an alert that is no lasting condition is kept up, in seconds.
    var holdSeconds: Int64 { get }
    /// Says again what still holds, and what has ended lately.
    func keep(_ alerts: [KeptAlert], now: Instant) async -> DeliveryResult
}

extension RemoteSink {
    public var keepEverySeconds: Int64? { nil }
    public var holdSeconds: Int64 { 0 }
    /// Nothing is kept up.
    public func keep(_ alerts: [KeptAlert], now: Instant) async -> DeliveryResult { .delivered }
}
