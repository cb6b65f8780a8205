public import DriftModel
import GRDB

extension StoreTransaction {
    /// Puts an alert into the outbox of one destination, once.
    /// - Parameters:
    ///   - body: The bytes sent on every attempt.
    ///   - dueAt: When to try first, by the wall clock.
    /// - Returns: False when it is there already.
    @discardableResult
    public func insertDelivery(
        alertID: String, destination: String, body: [UInt8], dueAt: Instant, state: DeliveryState = .pending
    ) throws -> Bool {
        try run(
            """
            INSERT INTO delivery (alert_id, destination, state, due_at, body) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (alert_id, destination) DO NOTHING
            """, [alertID, destination, state.rawValue, dueAt.microseconds, body.blob])
        return changes == 1
    }

    private static var deliverySelect: String {
        """
        SELECT d.delivery_id, d.alert_id, d.destination, d.state, d.attempts, d.due_at, d.started_at, d.body,
            a.severity, a.rule, a.created_at
        FROM delivery AS d JOIN alert AS a ON a.alert_id = d.alert_id
        """
    }

    /// Deliveries to try now, in the order they fell due.
    /// - Parameters:
    ///   - destination: Only of one destination; nil: of all.
    ///   - besidesExcess: Only what never goes into a digest.
    public func dueDeliveries(
        now: Instant, destination: String? = nil, besidesExcess: Bool = false, limit: Int
    ) throws -> [DeliveryRow] {
        let which = besidesExcess ? "AND NOT \(Self.isFoldable)" : ""
        return try rows(
            """
            \(Self.deliverySelect)
            WHERE d.state = 'pending' AND d.due_at <= ?1 AND (?2 IS NULL OR d.destination = ?2) \(which)
            ORDER BY d.due_at, d.delivery_id LIMIT ?3
            """, [now.microseconds, destination, limit]
        ).map(DeliveryRow.init(row:))
    }

    /// Deliveries whose attempt had begun when the process ended: whether they arrived nobody knows.
    public func sendingDeliveries() throws -> [DeliveryRow] {
        try rows("\(Self.deliverySelect) WHERE d.state = 'sending' ORDER BY d.delivery_id").map(DeliveryRow.init(row:))
    }

    /// When the next delivery falls due; nil when none is pending.
    /// - Parameter destinations: Only of these; nil: of all.
    public func nextDeliveryDue(destinations: [String]? = nil) throws -> Instant? {
        guard let destinations else {
            let found = try row("SELECT min(due_at) FROM delivery WHERE state = 'pending'")
            return (found?[0] as Int64?).map(Instant.init(microseconds:))
        }
        return try destinations.compactMap { destination in
            let found = try row(
                "SELECT min(due_at) FROM delivery WHERE state = 'pending' AND destination = ?", [destination])
            return (found?[0] as Int64?).map(Instant.init(microseconds:))
        }.min()
    }

    /// Begins an attempt. To be committed before anything is sent.
    public func markSending(_ deliveryID: Int64, at instant: Instant) throws {
        try run(
            """
            UPDATE delivery SET state = 'sending', attempts = attempts + 1, started_at = ?
            WHERE delivery_id = ? AND state = 'pending'
            """, [instant.microseconds, deliveryID])
        if changes != 1 { throw StoreError.inconsistent("delivery \(deliveryID) is not pending") }
    }

    /// Notes that the destination has it.
    public func markDelivered(_ deliveryID: Int64, at instant: Instant) throws {
        try run(
            """
            UPDATE delivery SET state = 'delivered', delivered_at = ?, due_at = NULL, last_error = NULL
            WHERE delivery_id = ?
            """, [instant.microseconds, deliveryID])
    }

    /// An attempt that failed.
    /// - Parameter retryAt: When to try again; nil: never, it is dead.
    public func markFailed(_ deliveryID: Int64, error: String, retryAt: Instant?) throws {
        try run(
            "UPDATE delivery SET state = ?, due_at = ?, last_error = ? WHERE delivery_id = ?",
            [(retryAt == nil ? DeliveryState.dead : .pending).rawValue, retryAt?.microseconds, error, deliveryID])
    }

    /// A delivery that was taken but not tried is as it was.
    public func release(_ deliveryID: Int64, dueAt: Instant) throws {
        try run(
            "UPDATE delivery SET state = 'pending', attempts = max(0, attempts - 1), due_at = ? WHERE delivery_id = ?",
            [dueAt.microseconds, deliveryID])
    }

    /// Whatever of a destination waits for its next attempt is due at an instant at the latest.
    public func hastenDeliveries(_ destination: String, to instant: Instant) throws {
        try run(
            "UPDATE delivery SET due_at = ?2 WHERE destination = ?1 AND state = 'pending' AND due_at > ?2",
            [destination, instant.microseconds])
    }

    /// What a destination has been told and is to be told again: conditions that hold, other alerts for some time
    /// after their delivery, and either for five minutes after their end.
    public func keptAlerts(_ destination: String, holdSeconds: Int64, now: Instant) throws -> [KeptAlert] {
        let ended = now.advanced(bySeconds: -KeptAlert.resolvedSeconds)
        let columns = "a.alert_id, a.created_at, a.resolved_at, d.delivered_at, d.body"
        let kinds = "kind IN ('population', 'size', 'flow', 'assumption')"
        let conditions = try rows(
            """
            SELECT \(columns) FROM (SELECT * FROM alert WHERE \(kinds)) AS a
            JOIN delivery AS d ON d.alert_id = a.alert_id AND d.destination = ?1
            WHERE d.state = 'delivered' AND (a.state <> 'resolved' OR a.resolved_at >= ?2) ORDER BY d.delivery_id
            """, [destination, ended.microseconds]
        ).map { KeptAlert(row: $0, endedAt: $0.instant("resolved_at")) }
        let others = try rows(
            """
            SELECT \(columns) FROM delivery AS d JOIN alert AS a ON a.alert_id = d.alert_id
            WHERE d.destination = ?1 AND d.state = 'delivered' AND d.delivered_at >= ?2 AND NOT a.\(kinds)
            ORDER BY d.delivery_id
            """, [destination, ended.advanced(bySeconds: -holdSeconds).microseconds]
        ).map { row in
            let end = (row.instant("delivered_at") ?? now).advanced(bySeconds: holdSeconds)
            return KeptAlert(row: row, endedAt: end <= now ? end : nil)
        }
        return conditions + others
    }

    /// Brings back what was being sent when the process ended: sent again with the same id, and counted.
    /// - Returns: How many.
    @discardableResult
    public func requeueAmbiguous(at instant: Instant) throws -> Int {
        try run(
            "UPDATE delivery SET state = 'pending', due_at = ?, ambiguous = ambiguous + 1 WHERE state = 'sending'",
            [instant.microseconds])
        return changes
    }

    /// Makes failed deliveries due now: those given up with a fresh count of attempts, those that wait for their next
    /// attempt at once. Whoever asks for another attempt means the destination, too: one that was switched off is on.
    /// - Parameters:
    ///   - alertID: Only of one alert; nil: of all.
    ///   - destination: Only of one destination; nil: of all.
    /// - Returns: How many are due, those never tried included, and how many of them had been given up.
    public func retryFailed(
        alertID: String? = nil, destination: String? = nil, at instant: Instant
    ) throws -> (due: Int, revived: Int) {
        let which = "(?2 IS NULL OR alert_id = ?2) AND (?3 IS NULL OR destination = ?3)"
        let arguments: StatementArguments = [instant.microseconds, alertID, destination]
        try run(
            """
            DELETE FROM alert_memory WHERE scope = 'disabled' AND (?2 IS NULL OR key = ?2)
                AND (?1 IS NULL OR key IN (SELECT destination FROM delivery WHERE alert_id = ?1))
            """, [alertID, destination])
        try run(
            "UPDATE delivery SET due_at = ?1 WHERE state = 'pending' AND attempts > 0 AND due_at > ?1 AND \(which)",
            arguments)
        try run(
            "UPDATE delivery SET state = 'pending', attempts = 0, due_at = ?1 WHERE state = 'dead' AND \(which)",
            arguments)
        let revived = changes
        let due = try row(
            "SELECT count(*) FROM delivery WHERE state = 'pending' AND due_at <= ?1 AND \(which)", arguments)
        return ((due?[0] as Int?) ?? 0, revived)
    }

    /// Deliveries to destinations that are no longer configured wait, visibly, until they are again.
    /// - Returns: How many were set aside and how many came back.
    @discardableResult
    public func reconcileDestinations(
        _ configured: Set<String>, at instant: Instant
    ) throws -> (
        orphaned: Int, revived: Int
    ) {
        let known = try rows("SELECT DISTINCT destination FROM delivery WHERE state IN ('pending', 'orphaned')")
        var result = (orphaned: 0, revived: 0)
        for destination in known.map({ $0[0] as String }) {
            if configured.contains(destination) {
                try run(
                    "UPDATE delivery SET state = 'pending', due_at = ? WHERE state = 'orphaned' AND destination = ?",
                    [instant.microseconds, destination])
                result.revived += changes
            } else {
                try run(
                    "UPDATE delivery SET state = 'orphaned' WHERE state = 'pending' AND destination = ?",
                    [destination])
                result.orphaned += changes
            }
        }
        return result
    }

    /// A persisted due time further ahead than any schedule reaches came from a wrong clock: brought near.
    public func clampDueTimes(to latest: Instant) throws {
        try run(
            "UPDATE delivery SET due_at = ?1 WHERE state = 'pending' AND due_at > ?1", [latest.microseconds])
    }
}

extension KeptAlert {
    init(row: Row, endedAt: Instant?) {
        self.init(
            alertID: row["alert_id"], createdAt: Instant(microseconds: row["created_at"]), endedAt: endedAt,
            body: row.bytes("body"))
    }
}

extension DeliveryRow {
    init(row: Row) throws {
        guard let state = DeliveryState(rawValue: row["state"]), let severity = Severity(rawValue: row["severity"])
        else { throw StoreError.inconsistent("a delivery has a state this release does not know") }
        self.init(
            deliveryID: row["delivery_id"], alertID: row["alert_id"], destination: row["destination"], state: state,
            attempts: row["attempts"], dueAt: row.instant("due_at"), startedAt: row.instant("started_at"),
            body: row.bytes("body"), severity: severity, rule: row["rule"],
            createdAt: Instant(microseconds: row["created_at"]))
    }
}
