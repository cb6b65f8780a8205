public import DriftModel

/// What has become of an alert.
public enum AlertState: String, CaseIterable, Hashable, Sendable {
    /// Waits for its dwell to end (`due_at`).
    case waiting
    /// In an open group, told when the group closes.
    case grouped
    /// Told on its own: its deliveries are in the outbox.
    case due
    /// Told as part of a digest or a closed group's alert.
    case digested
    /// Not told; `suppressed_by` says why (cooldown, silence, flapping, storm, history).
    case suppressed
    /// Its dwell was not served out: the customer moved on.
    case cancelled
    /// The condition no longer holds, and that was told.
    case resolved
}

/// An alert: one row per rule and fact, told or not.
public struct AlertRow: Hashable, Sendable {
    /// Hex hash of the facts: the same facts cannot make two alerts.
    public var alertID: String
    public var rule: String
    public var severity: Severity
    /// `transition`, `population`, `size`, `flow`, `intake`, `digest`, `assumption`, `self`, …
    public var kind: String
    public var state: AlertState
    public var createdAt: Instant
    /// When the fact took effect in logical time.
    public var effectiveAt: Instant?
    /// End of the dwell while ``AlertState/waiting``.
    public var dueAt: Instant?
    public var customer: Int64?
    public var segmentation: String?
    public var from: String?
    public var to: String?
    public var transitionID: Int64?
    public var groupID: Int64?
    public var groupKey: String?
    public var suppressedBy: String?
    /// The sentence for people.
    public var summary: String
    /// What the customer is worth after the move; nil where unknown.
    public var worth: Double?
    /// The payload's `data`, kept for groups and digests; JSON or nil.
    public var body: String?

    public init(
        alertID: String, rule: String, severity: Severity, kind: String, state: AlertState, createdAt: Instant,
        effectiveAt: Instant? = nil, dueAt: Instant? = nil, customer: Int64? = nil, segmentation: String? = nil,
        from: String? = nil, to: String? = nil, transitionID: Int64? = nil, groupID: Int64? = nil,
        groupKey: String? = nil, suppressedBy: String? = nil, summary: String, worth: Double? = nil,
        body: String? = nil
    ) {
        self.worth = worth
        self.alertID = alertID
        self.rule = rule
        self.severity = severity
        self.kind = kind
        self.state = state
        self.createdAt = createdAt
        self.effectiveAt = effectiveAt
        self.dueAt = dueAt
        self.customer = customer
        self.segmentation = segmentation
        self.from = from
        self.to = to
        self.transitionID = transitionID
        self.groupID = groupID
        self.groupKey = groupKey
        self.suppressedBy = suppressedBy
        self.summary = summary
        self.body = body
    }
}

/// Where a delivery stands in the outbox.
public enum DeliveryState: String, CaseIterable, Hashable, Sendable {
    /// To be tried at `due_at`.
    case pending
    /// An attempt is under way; after a crash it is ambiguous whether it arrived.
    case sending
    case delivered
    /// Given up after the last attempt; `segdrift alerts retry` brings it back.
    case dead
    /// Its destination is no longer configured.
    case orphaned
    /// Taken over by a digest.
    case suppressed
}

/// The members of a group added up: what a digest tells, however many there are.
public struct AlertGroupSummary: Hashable, Sendable {
    /// Moves from one segment to another.
    public struct Pair: Hashable, Sendable {
        public var segmentation: String?
        public var from: String?
        public var to: String?
        public var count: Int

        public init(segmentation: String?, from: String?, to: String?, count: Int) {
            self.segmentation = segmentation
            self.from = from
            self.to = to
            self.count = count
        }
    }

    /// Members still to be told.
    public var count: Int
    /// Customers they are about.
    public var customers: Int
    public var pairs: [Pair]
    /// First and last `effective_at`.
    public var since: Instant?
    public var until: Instant?
    /// The members worth most, at most as many as asked for, one of each customer.
    public var top: [AlertRow]

    public init(count: Int, customers: Int, pairs: [Pair], since: Instant?, until: Instant?, top: [AlertRow]) {
        self.count = count
        self.customers = customers
        self.pairs = pairs
        self.since = since
        self.until = until
        self.top = top
    }
}

/// One alert on its way to one destination.
public struct DeliveryRow: Hashable, Sendable {
    public var deliveryID: Int64
    public var alertID: String
    public var destination: String
    public var state: DeliveryState
    /// Attempts begun so far.
    public var attempts: Int
    public var dueAt: Instant?
    public var startedAt: Instant?
    /// The bytes sent on every attempt.
    public var body: [UInt8]
    public var severity: Severity
    public var rule: String
    /// When the alert was made, by the wall clock.
    public var createdAt: Instant

    public init(
        deliveryID: Int64, alertID: String, destination: String, state: DeliveryState, attempts: Int,
        dueAt: Instant?, startedAt: Instant?, body: [UInt8], severity: Severity, rule: String,
        createdAt: Instant = Instant(microseconds: 0)
    ) {
        self.createdAt = createdAt
        self.deliveryID = deliveryID
        self.alertID = alertID
        self.destination = destination
        self.state = state
        self.attempts = attempts
        self.dueAt = dueAt
        self.startedAt = startedAt
        self.body = body
        self.severity = severity
        self.rule = rule
    }
}

/// An alert that a destination keeping states is told again and again.
public struct KeptAlert: Hashable, Sendable {
    /// How long an end is told, in seconds.
    public static let resolvedSeconds: Int64 = 300

    public var alertID: String
    public var createdAt: Instant
    /// When it ended; nil: it holds.
    public var endedAt: Instant?
    /// The bytes that were delivered.
    public var body: [UInt8]

    public init(alertID: String, createdAt: Instant, endedAt: Instant?, body: [UInt8]) {
        self.alertID = alertID
        self.createdAt = createdAt
        self.endedAt = endedAt
        self.body = body
    }
}

/// A window in which alerts of a rule wait for company.
public struct AlertGroupRow: Hashable, Sendable {
    public var groupID: Int64
    public var rule: String
    public var groupKey: String
    public var opensAt: Instant
    public var closesAt: Instant
    public var members: Int

    public init(groupID: Int64, rule: String, groupKey: String, opensAt: Instant, closesAt: Instant, members: Int) {
        self.groupID = groupID
        self.rule = rule
        self.groupKey = groupKey
        self.opensAt = opensAt
        self.closesAt = closesAt
        self.members = members
    }
}
