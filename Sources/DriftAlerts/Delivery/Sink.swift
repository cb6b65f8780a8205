public import DriftStore

/// What became of one attempt.
public enum DeliveryResult: Hashable, Sendable {
    /// The destination has it.
    case delivered
    /// It does not, and perhaps later it will; `destinationIsDown`: others would fare no better just now.
    case failed(reason: String, destinationIsDown: Bool)
    /// It never will take this one.
    case refused(reason: String)
}

/// A destination's end of the line.
public protocol AlertSink: Sendable {
    /// Delivers in order, and stops at the first sign that the destination is down.
    /// - Returns: One result per delivery, as many as were tried.
    func send(_ deliveries: [DeliveryRow]) -> [DeliveryResult]
}
