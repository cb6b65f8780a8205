public import DriftModel
import GRDB

/// Windows in which alerts wait for company; rows, not timers, so that a restart neither loses nor repeats one.
extension StoreTransaction {
    /// The open window of a rule and key, opened now if there is none, with one more member.
    public func joinGroup(
        rule: String, key: String, opensAt: Instant, closesAt: Instant
    ) throws -> AlertGroupRow {
        try run(
            """
            INSERT INTO alert_group (rule, group_key, opens_at, closes_at, members) VALUES (?, ?, ?, ?, 1)
            ON CONFLICT (rule, group_key) WHERE closed_at IS NULL DO UPDATE SET members = members + 1
            """, [rule, key, opensAt.microseconds, closesAt.microseconds])
        let found = try row(
            "SELECT * FROM alert_group WHERE rule = ? AND group_key = ? AND closed_at IS NULL", [rule, key])
        guard let found else { throw StoreError.inconsistent("an alert group that was just written is not there") }
        return AlertGroupRow(row: found)
    }

    /// Lets an open window end later.
    public func holdGroup(_ groupID: Int64, until: Instant) throws {
        try run(
            "UPDATE alert_group SET closes_at = ? WHERE group_id = ? AND closed_at IS NULL",
            [until.microseconds, groupID])
    }

    /// Open windows that end by an instant, earliest first.
    public func closingGroups(by instant: Instant) throws -> [AlertGroupRow] {
        try rows(
            "SELECT * FROM alert_group WHERE closed_at IS NULL AND closes_at <= ? ORDER BY closes_at, group_id",
            [instant.microseconds]
        ).map(AlertGroupRow.init(row:))
    }

    /// The end of the earliest open window; nil when none is open.
    public func nextGroupClose() throws -> Instant? {
        let found = try row("SELECT min(closes_at) FROM alert_group WHERE closed_at IS NULL")
        return (found?[0] as Int64?).map(Instant.init(microseconds:))
    }

    /// The members of a group that are still to be told, added up. O(members), in bounded memory.
    /// - Parameter topMax: How many customers are wanted, each with the member that is worth most.
    public func groupSummary(_ groupID: Int64, topMax: Int) throws -> AlertGroupSummary {
        let pairs = try rows(
            """
            SELECT segmentation, from_segment, to_segment, count(*), min(effective_at), max(effective_at) FROM alert
            WHERE group_id = ? AND state = 'grouped' GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
            """, [groupID])
        // Of a customer's members the one with the greatest worth: SQLite takes bare columns from the row of max().
        let top = try rows(
            """
            SELECT * FROM alert WHERE alert_id IN (
                SELECT alert_id FROM (
                    SELECT alert_id, max(ifnull(worth, -9e999)) AS most FROM alert
                    WHERE group_id = ? AND state = 'grouped' GROUP BY customer_id)
                ORDER BY most DESC, alert_id LIMIT ?)
            ORDER BY worth IS NULL, worth DESC, alert_id
            """, [groupID, topMax])
        let customers = try row(
            "SELECT count(DISTINCT customer_id) FROM alert WHERE group_id = ? AND state = 'grouped'", [groupID])
        return AlertGroupSummary(
            count: pairs.reduce(0) { $0 + ($1[3] as Int) }, customers: (customers?[0] as Int?) ?? 0,
            pairs: pairs.map { .init(segmentation: $0[0], from: $0[1], to: $0[2], count: $0[3]) },
            since: pairs.compactMap { $0[4] as Int64? }.min().map(Instant.init(microseconds:)),
            until: pairs.compactMap { $0[5] as Int64? }.max().map(Instant.init(microseconds:)),
            top: try top.map(AlertRow.init(row:)))
    }

    /// The members of a group that are still to be told become part of something else, or are not told at all.
    public func setGroupState(_ groupID: Int64, _ state: AlertState, suppressedBy: String?) throws {
        try run(
            """
            UPDATE alert SET state = ?, suppressed_by = ifnull(?, suppressed_by), body = NULL
            WHERE group_id = ? AND state = 'grouped'
            """, [state.rawValue, suppressedBy, groupID])
    }

    /// Ends a group; nothing more joins it.
    public func closeGroup(_ groupID: Int64, at instant: Instant) throws {
        try run(
            "UPDATE alert_group SET closed_at = ? WHERE group_id = ? AND closed_at IS NULL",
            [instant.microseconds, groupID])
    }
}

extension AlertGroupRow {
    init(row: Row) {
        self.init(
            groupID: row["group_id"], rule: row["rule"], groupKey: row["group_key"],
            opensAt: Instant(microseconds: row["opens_at"]), closesAt: Instant(microseconds: row["closes_at"]),
            members: row["members"])
    }
}
