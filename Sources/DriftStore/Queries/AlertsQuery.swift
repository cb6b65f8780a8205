import GRDB

/// Which alerts are wanted; nil: all.
public struct AlertFilter: Hashable, Sendable {
    public var rule: String?
    public var severity: String?
    public var state: String?
    public var customer: String?
    /// ISO text; the alert was made then or later.
    public var since: String?
    /// On their way to this destination.
    public var destination: String?
    /// Only those of which a delivery is pending, being sent, dead or orphaned.
    public var isUndelivered: Bool
    /// The beginning of the id of a digest: the alerts told in it.
    public var digest: String?
    /// The newest so many; nil: all.
    public var limit: Int?

    public init(
        rule: String? = nil, severity: String? = nil, state: String? = nil, customer: String? = nil,
        since: String? = nil, destination: String? = nil, isUndelivered: Bool = false, digest: String? = nil,
        limit: Int? = nil
    ) {
        self.rule = rule
        self.severity = severity
        self.state = state
        self.customer = customer
        self.since = since
        self.destination = destination
        self.isUndelivered = isUndelivered
        self.digest = digest
        self.limit = limit
    }
}

/// An alert as the view has it, and what became of it.
public struct AlertDetail: Hashable, Sendable {
    /// One of its deliveries.
    public struct Delivery: Hashable, Sendable {
        public var destination: String
        public var state: String
        public var attempts: Int64
        /// ISO texts.
        public var nextAttemptAt: String?
        public var deliveredAt: String?
        public var lastError: String?

        public init(
            destination: String, state: String, attempts: Int64, nextAttemptAt: String?, deliveredAt: String?,
            lastError: String?
        ) {
            self.destination = destination
            self.state = state
            self.attempts = attempts
            self.nextAttemptAt = nextAttemptAt
            self.deliveredAt = deliveredAt
            self.lastError = lastError
        }
    }

    public var alertID: String
    public var rule: String
    public var severity: String
    /// ISO text.
    public var createdAt: String
    public var customer: String?
    public var segmentation: String?
    public var from: String?
    public var to: String?
    public var kind: String
    public var groupKey: String?
    public var state: String
    public var suppressedBy: String?
    public var summary: String
    public var deliveries: [Delivery]

    public init(
        alertID: String, rule: String, severity: String, createdAt: String, customer: String?, segmentation: String?,
        from: String?, to: String?, kind: String, groupKey: String?, state: String, suppressedBy: String?,
        summary: String, deliveries: [Delivery]
    ) {
        self.alertID = alertID
        self.rule = rule
        self.severity = severity
        self.createdAt = createdAt
        self.customer = customer
        self.segmentation = segmentation
        self.from = from
        self.to = to
        self.kind = kind
        self.groupKey = groupKey
        self.state = state
        self.suppressedBy = suppressedBy
        self.summary = summary
        self.deliveries = deliveries
    }
}

extension StoreReader {
    /// Alerts with their deliveries, oldest first.
    public func alerts(_ filter: AlertFilter) throws -> [AlertDetail] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM (
                        SELECT v.*, a.alert_number FROM alert AS a JOIN alerts AS v ON v.alert_id = a.alert_id
                        WHERE (?1 IS NULL OR v.rule = ?1) AND (?2 IS NULL OR v.severity = ?2)
                            AND (?3 IS NULL OR v.state = ?3) AND (?4 IS NULL OR v.customer = ?4)
                            AND (?5 IS NULL OR v.created_at >= ?5)
                            AND ((?6 IS NULL AND NOT ?7) OR EXISTS (
                                SELECT 1 FROM delivery AS d WHERE d.alert_id = a.alert_id
                                    AND (?6 IS NULL OR d.destination = ?6)
                                    AND (NOT ?7 OR d.state IN ('pending', 'sending', 'dead', 'orphaned'))))
                            AND (?9 IS NULL OR a.suppressed_by LIKE '%digest ' || ?9 || '%')
                        ORDER BY a.alert_number DESC LIMIT ?8)
                    ORDER BY alert_number
                    """,
                arguments: [
                    filter.rule, filter.severity, filter.state, filter.customer, filter.since, filter.destination,
                    filter.isUndelivered, filter.limit ?? -1, filter.digest,
                ])
            let deliveries = try db.cachedStatement(
                sql: """
                    SELECT destination, state, attempts, next_attempt_at, delivered_at, last_error FROM deliveries
                    WHERE alert_id = ? ORDER BY destination
                    """)
            return try rows.map { row in
                let found = try Row.fetchAll(deliveries, arguments: [row["alert_id"] as String])
                return AlertDetail(row, found.map { AlertDetail.Delivery($0) })
            }
        }
    }
}

extension AlertDetail {
    fileprivate init(_ row: Row, _ deliveries: [Delivery]) {
        self.init(
            alertID: row["alert_id"], rule: row["rule"], severity: row["severity"], createdAt: row["created_at"],
            customer: row["customer"], segmentation: row["segmentation"], from: row["from_segment"],
            to: row["to_segment"], kind: row["kind"], groupKey: row["group_key"], state: row["state"],
            suppressedBy: row["suppressed_by"], summary: row["summary"], deliveries: deliveries)
    }
}

extension AlertDetail.Delivery {
    fileprivate init(_ row: Row) {
        self.init(
            destination: row[0], state: row[1], attempts: row[2], nextAttemptAt: row[3], deliveredAt: row[4],
            lastError: row[5])
    }
}
