public import DriftModel
import GRDB

extension StoreTransaction {
    // MARK: Alerts

    /// Writes an alert, once per id.
    /// - Returns: False when the id exists: these facts have made their alert already.
    public func insertAlert(_ alert: AlertRow) throws -> Bool {
        try run(
            """
            INSERT INTO alert (alert_id, rule, severity, kind, state, created_at, effective_at, due_at, customer_id,
                segmentation, from_segment, to_segment, transition_id, group_id, group_key, suppressed_by, summary,
                worth, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alert_id) DO NOTHING
            """,
            [
                alert.alertID, alert.rule, alert.severity.rawValue, alert.kind, alert.state.rawValue,
                alert.createdAt.microseconds, alert.effectiveAt?.microseconds, alert.dueAt?.microseconds,
                alert.customer, alert.segmentation, alert.from, alert.to, alert.transitionID, alert.groupID,
                alert.groupKey, alert.suppressedBy, alert.summary, alert.worth, alert.body,
            ])
        return changes == 1
    }

    /// An alert by its identifier; nil when there is none.
    public func alert(_ alertID: String) throws -> AlertRow? {
        try row("SELECT * FROM alert WHERE alert_id = ?", [alertID]).map(AlertRow.init(row:))
    }

    /// Ids of alerts by their beginning, in order.
    public func alertIDs(beginningWith text: String, limit: Int) throws -> [String] {
        try rows(
            "SELECT alert_id FROM alert WHERE substr(alert_id, 1, length(?1)) = ?1 ORDER BY alert_id LIMIT ?2",
            [text, limit]
        ).map { $0[0] }
    }

    /// - Parameter suppressedBy: Why it is not told, or the id of the alert that tells it.
    public func setAlertState(_ alertID: String, _ state: AlertState, suppressedBy: String? = nil) throws {
        try run(
            "UPDATE alert SET state = ?, suppressed_by = ifnull(?, suppressed_by) WHERE alert_id = ?",
            [state.rawValue, suppressedBy, alertID])
        if changes != 1 { throw StoreError.inconsistent("there is no alert \(alertID)") }
    }

    /// The condition that an alert told of no longer holds.
    /// - Parameter instant: The wall clock.
    public func resolveAlert(_ alertID: String, at instant: Instant) throws {
        try run(
            "UPDATE alert SET state = 'resolved', resolved_at = ? WHERE alert_id = ? AND state = 'due'",
            [instant.microseconds, alertID])
    }

    /// Puts an alert that was written earlier into a group.
    public func setAlertGroup(_ alertID: String, groupID: Int64, key: String) throws {
        try run("UPDATE alert SET group_id = ?, group_key = ? WHERE alert_id = ?", [groupID, key, alertID])
        if changes != 1 { throw StoreError.inconsistent("there is no alert \(alertID)") }
    }

    /// Alerts whose dwell ends by an instant of logical time, earliest first.
    public func waitingAlerts(dueBy instant: Instant, limit: Int) throws -> [AlertRow] {
        try rows(
            """
            SELECT * FROM alert WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, alert_number LIMIT ?
            """, [instant.microseconds, limit]
        ).map(AlertRow.init(row:))
    }

    /// The end of the earliest dwell; nil when nothing waits.
    public func nextDwellEnd() throws -> Instant? {
        let found = try row("SELECT min(due_at) FROM alert WHERE state = 'waiting'")
        return (found?[0] as Int64?).map(Instant.init(microseconds:))
    }

    /// Alerts of a state, oldest first: what a digest gathers.
    public func alerts(in state: AlertState, suppressedBy: String? = nil, limit: Int) throws -> [AlertRow] {
        try rows(
            """
            SELECT * FROM alert WHERE state = ?1 AND (?2 IS NULL OR suppressed_by = ?2)
            ORDER BY alert_number LIMIT ?3
            """, [state.rawValue, suppressedBy, limit]
        ).map(AlertRow.init(row:))
    }

    // MARK: Cooldown and memory

    /// Until when a rule is silent about a customer, in logical time; nil: not at all.
    public func cooldownUntil(rule: String, customer: Int64) throws -> Instant? {
        let found = try row("SELECT until FROM cooldown WHERE rule = ? AND customer_id = ?", [rule, customer])
        return (found?[0] as Int64?).map(Instant.init(microseconds:))
    }

    /// Keeps a rule quiet about a customer until an instant.
    public func setCooldown(rule: String, customer: Int64, until instant: Instant) throws {
        try run(
            "INSERT OR REPLACE INTO cooldown (rule, customer_id, until) VALUES (?, ?, ?)",
            [rule, customer, instant.microseconds])
    }

    /// Forgets cooldowns that ended before an instant.
    public func dropCooldowns(endedBefore instant: Instant) throws {
        try run("DELETE FROM cooldown WHERE until < ?", [instant.microseconds])
    }

    /// What a rule remembers between evaluations.
    public func remembered(scope: String, key: String) throws -> String? {
        try row("SELECT value FROM alert_memory WHERE scope = ? AND key = ?", [scope, key])?[0]
    }

    /// Everything remembered in a scope, by key.
    public func allRemembered(scope: String) throws -> [String: String] {
        let found = try rows("SELECT key, value FROM alert_memory WHERE scope = ?", [scope])
        return Dictionary(uniqueKeysWithValues: found.map { ($0[0], $0[1]) })
    }

    /// - Parameter value: nil forgets.
    public func remember(scope: String, key: String, value: String?) throws {
        if let value {
            try run("INSERT OR REPLACE INTO alert_memory (scope, key, value) VALUES (?, ?, ?)", [scope, key, value])
        } else {
            try run("DELETE FROM alert_memory WHERE scope = ? AND key = ?", [scope, key])
        }
    }
}

extension AlertRow {
    init(row: Row) throws {
        guard let severity = Severity(rawValue: row["severity"]), let state = AlertState(rawValue: row["state"]) else {
            throw StoreError.inconsistent("an alert has a state this release does not know")
        }
        self.init(
            alertID: row["alert_id"], rule: row["rule"], severity: severity, kind: row["kind"], state: state,
            createdAt: Instant(microseconds: row["created_at"]), effectiveAt: row.instant("effective_at"),
            dueAt: row.instant("due_at"), customer: row["customer_id"], segmentation: row["segmentation"],
            from: row["from_segment"], to: row["to_segment"], transitionID: row["transition_id"],
            groupID: row["group_id"], groupKey: row["group_key"], suppressedBy: row["suppressed_by"],
            summary: row["summary"], worth: row["worth"], body: row["body"])
    }
}
