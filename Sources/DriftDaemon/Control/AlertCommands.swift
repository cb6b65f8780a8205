import DriftAlerts
import DriftModel
import DriftStore

/// Tries deliveries again that were given up, and switches on a destination that was switched off.
public struct AlertsRetry: ControlCommand {
    public static let name = "alerts-retry"

    /// nil: of all alerts, of all destinations.
    public var alert: String?
    public var destination: String?

    /// What came of it.
    public struct Reply: Codable, Hashable, Sendable {
        /// Deliveries that are due again.
        public var deliveries: Int

        public init(deliveries: Int) {
            self.deliveries = deliveries
        }
    }

    public init(alert: String?, destination: String?) {
        self.alert = alert
        self.destination = destination
    }

    /// Makes them due now, with a fresh count of attempts.
    public func perform(on ground: ControlGround) throws -> Reply {
        let known = ground.configuration.destinations.map(\.name)
        if let destination, !known.contains(destination) {
            throw ControlFailure(
                exitCode: 64, "there is no destination '\(destination)'",
                hint: "destinations are: \(known.joined(separator: ", "))")
        }
        return try ground.store.write { transaction in
            if let alert, try transaction.alert(alert) == nil {
                throw ControlFailure(exitCode: 64, "there is no alert '\(alert)'", hint: "see 'segdrift alerts list'")
            }
            return Reply(
                deliveries: try transaction.retryDead(alertID: alert, destination: destination, at: ground.now))
        }
    }
}

/// Keeps alerts quiet for a time.
public struct AlertsSilence: ControlCommand {
    public static let name = "alerts-silence"

    /// nil: of every rule, segmentation, customer; not all of them.
    public var rule: String?
    public var segmentation: String?
    public var customer: String?
    public var seconds: Int64
    public var comment: String

    /// What came of it.
    public struct Reply: Codable, Hashable, Sendable {
        /// Its number, to end it early.
        public var silence: Int64
        /// When it ends, microseconds since 1970.
        public var until: Int64

        public init(silence: Int64, until: Int64) {
            self.silence = silence
            self.until = until
        }
    }

    public init(rule: String?, segmentation: String?, customer: String?, seconds: Int64, comment: String) {
        self.rule = rule
        self.segmentation = segmentation
        self.customer = customer
        self.seconds = seconds
        self.comment = comment
    }

    /// Writes the silence down; it is in force at once.
    public func perform(on ground: ControlGround) throws -> Reply {
        try ground.store.write { transaction in
            let number = try customer.map { name in
                guard let number = try transaction.customerID(named: Array(name.utf8)) else {
                    throw ControlFailure(exitCode: 64, "there is no customer '\(name)'")
                }
                return number
            }
            let until = ground.now.advanced(bySeconds: seconds)
            let silence = try transaction.insertSilence(
                rule: rule, segmentation: segmentation, customer: number, at: ground.now, until: until,
                comment: comment)
            return Reply(silence: silence, until: until.microseconds)
        }
    }
}

/// Ends a silence before its time.
public struct AlertsUnsilence: ControlCommand {
    public static let name = "alerts-unsilence"

    public var silence: Int64

    /// What came of it.
    public struct Reply: Codable, Hashable, Sendable {
        /// Whether it was in force.
        public var wasInForce: Bool

        public init(wasInForce: Bool) {
            self.wasInForce = wasInForce
        }
    }

    public init(silence: Int64) {
        self.silence = silence
    }

    /// Ends it now.
    public func perform(on ground: ControlGround) throws -> Reply {
        try ground.store.write { Reply(wasInForce: try $0.endSilence(silence, at: ground.now)) }
    }
}
