import DriftAlerts
import DriftModel
import DriftStore

/// Tries failed deliveries now, also those that were given up, and switches on a destination that was switched off.
public struct AlertsRetry: ControlCommand {
    public static let name = "alerts-retry"

    /// An alert's id or the beginning of it; nil: of all alerts.
    public var alert: String?
    /// nil: of all destinations.
    public var destination: String?

    /// What came of it.
    public struct Reply: Codable, Hashable, Sendable {
        /// Deliveries that are due now.
        public var deliveries: Int
        /// How many of them had been given up.
        public var revived: Int

        public init(deliveries: Int, revived: Int) {
            self.deliveries = deliveries
            self.revived = revived
        }
    }

    public init(alert: String?, destination: String?) {
        self.alert = alert
        self.destination = destination
    }

    /// Makes them due now; those given up have a fresh count of attempts.
    public func perform(on ground: ControlGround) throws -> Reply {
        let known = ground.configuration.destinations.map(\.name)
        if let destination, !known.contains(destination) {
            let close = DidYouMean.closest(to: destination, among: known).map { "did you mean '\($0)'? " } ?? ""
            throw ControlFailure(
                "there is no destination '\(destination)'", hint: "\(close)there is \(known.joined(separator: ", "))")
        }
        let reply = try ground.store.write { transaction in
            let found = try transaction.retryFailed(
                alertID: alert.map { try Self.alert($0, transaction) }, destination: destination, at: ground.now)
            return Reply(deliveries: found.due, revived: found.revived)
        }
        ground.retried(destination)
        return reply
    }

    private static func alert(_ beginning: String, _ transaction: borrowing StoreTransaction) throws -> String {
        let found = try transaction.alertIDs(beginningWith: beginning, limit: 2)
        guard let first = found.first else {
            throw ControlFailure("there is no alert '\(beginning)'", hint: "'segdrift alerts list' shows their ids")
        }
        if found.count > 1, first != beginning {
            throw ControlFailure("several alerts begin with '\(beginning)'", hint: "give more of the id")
        }
        return first
    }
}

/// Keeps alerts quiet for a time.
public struct AlertsSilence: ControlCommand {
    public static let name = "alerts-silence"

    /// By what names that no model gives the daemon tells of history and of its own trouble.
    public static let ownRules = [AlertPlanner.historyRule] + Set(OwnTrouble.Kind.allCases.map(\.rule)).sorted()

    /// nil: of every rule, segmentation, customer; not all of them.
    public var rule: String?
    public var segmentation: String?
    public var customer: String?
    /// How long; nil: ``until`` says.
    public var seconds: Int64?
    /// Its end in microseconds since 1970; nil: ``seconds`` says.
    public var until: Int64?
    public var comment: String
    /// The person.
    public var by: String

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

    public init(
        rule: String?, segmentation: String?, customer: String?, seconds: Int64?, until: Int64?, comment: String,
        by: String
    ) {
        self.rule = rule
        self.segmentation = segmentation
        self.customer = customer
        self.seconds = seconds
        self.until = until
        self.comment = comment
        self.by = by
    }

    /// Writes the silence down; it is in force at once.
    public func perform(on ground: ControlGround) throws -> Reply {
        guard rule != nil || segmentation != nil || customer != nil else {
            throw ControlFailure(
                exitCode: 64, "a silence over everything", hint: "name a rule, segmentation or customer")
        }
        guard let end = until.map(Instant.init(microseconds:)) ?? seconds.map(ground.now.advanced(bySeconds:)),
            end > ground.now
        else {
            throw ControlFailure(exitCode: 64, "the silence would be over before it begins", hint: "give a later end")
        }
        return try ground.store.write { transaction in
            let number = try customer.map { name in
                guard let number = try transaction.customerID(named: Array(name.utf8)) else {
                    throw ControlFailure("there is no customer '\(name)'", hint: "names are as in the files")
                }
                return number
            }
            let silence = try transaction.insertSilence(
                rule: rule, segmentation: segmentation, customer: number, at: ground.now, until: end, by: by,
                comment: comment)
            return Reply(silence: silence, until: end.microseconds)
        }
    }
}

/// Ends a silence before its time.
public struct AlertsExpireSilence: ControlCommand {
    public static let name = "alerts-expire-silence"

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
