public import DriftModel
import GRDB

/// What is due at a destination beyond its rate: it waits together and becomes part of one digest.
extension StoreTransaction {
    /// Kinds of which there can be very many; the others are few by their nature, and each says what no digest does. What
    /// may have arrived before the process ended is no part of a digest either: sent itself it is known by its id.
    static var isFoldable: String { "(a.kind IN ('transition', 'flapping', 'intake') AND d.ambiguous = 0)" }
    private static var excess: String {
        """
        FROM delivery AS d JOIN alert AS a ON a.alert_id = d.alert_id
        WHERE d.destination = ?1 AND d.state = 'pending' AND d.due_at <= ?2 AND \(isFoldable)
        """
    }

    /// Whether anything that could go into a digest is due at a destination.
    public func hasExcess(_ destination: String, now: Instant) throws -> Bool {
        try row("SELECT 1 \(Self.excess) LIMIT 1", [destination, now.microseconds]) != nil
    }

    /// Puts off what is due at a destination.
    /// - Parameter onlyExcess: What could go into a digest; otherwise all of it.
    public func holdDeliveries(_ destination: String, now: Instant, until instant: Instant, onlyExcess: Bool) throws {
        let which = onlyExcess ? "AND delivery_id IN (SELECT d.delivery_id \(Self.excess))" : ""
        try run(
            """
            UPDATE delivery SET due_at = ?3
            WHERE destination = ?1 AND state = 'pending' AND due_at <= ?2 \(which)
            """, [destination, now.microseconds, instant.microseconds])
    }

    /// What of a destination is due and goes into a digest, added up. O(deliveries), in bounded memory.
    /// - Parameter topMax: How many customers are wanted, each with the alert that is worth most, and how many ids of
    ///   all.
    public func excess(_ destination: String, now: Instant, topMax: Int) throws -> DeliveryExcess {
        let arguments: StatementArguments = [destination, now.microseconds]
        let sums = try rows(
            """
            SELECT a.rule, a.severity, a.kind, a.segmentation, a.from_segment, a.to_segment, count(*) AS n,
                min(a.effective_at) AS first, max(a.effective_at) AS last
            \(Self.excess) GROUP BY 1, 2, 3, 4, 5, 6
            """, arguments)
        // Of a customer's alerts the one with the greatest worth: SQLite takes bare columns from the row of max().
        let top = try rows(
            """
            SELECT * FROM alert WHERE alert_id IN (
                SELECT alert_id FROM (
                    SELECT a.alert_id, max(ifnull(a.worth, -9e999)) AS most \(Self.excess)
                        AND a.customer_id IS NOT NULL GROUP BY a.customer_id)
                ORDER BY most DESC, alert_id LIMIT ?3)
            ORDER BY worth IS NULL, worth DESC, alert_number
            """, arguments + [topMax])
        let customers = try row("SELECT count(DISTINCT a.customer_id) \(Self.excess)", arguments)
        let first = try rows("SELECT a.alert_id \(Self.excess) ORDER BY d.delivery_id LIMIT ?3", arguments + [topMax])
        return DeliveryExcess(
            sums: try sums.map(DeliveryExcess.Sum.init(row:)), customers: (customers?[0] as Int?) ?? 0,
            top: try top.map(AlertRow.init(row:)),
            alertIDs: first.map { $0[0] })
    }

    /// What of a destination is due and goes into a digest is told by that: its deliveries end here. An alert that is
    /// told nowhere else is part of the digest.
    public func foldExcess(_ destination: String, now: Instant, digestID: String) throws {
        let reason = "digest \(digestID)"
        try run(
            """
            UPDATE delivery SET state = 'suppressed', due_at = NULL, suppressed_by = ?3 WHERE delivery_id IN (
                SELECT d.delivery_id \(Self.excess))
            """, [destination, now.microseconds, reason])
        try run(
            """
            UPDATE alert SET
                suppressed_by = CASE WHEN (SELECT count(*) FROM delivery AS d WHERE d.alert_id = alert.alert_id) = 1
                    THEN ?2 ELSE ifnull(suppressed_by || '; ', '') || 'at ' || ?1 || ': ' || ?2 END,
                state = CASE WHEN state = 'due' AND NOT EXISTS (
                        SELECT 1 FROM delivery AS d WHERE d.alert_id = alert.alert_id AND d.state <> 'suppressed')
                    THEN 'digested' ELSE state END
            WHERE alert_id IN (SELECT d.alert_id FROM delivery AS d WHERE d.suppressed_by = ?2 AND d.destination = ?1)
            """, [destination, reason])
    }
}

/// Due deliveries of one destination that go into a digest, added up.
public struct DeliveryExcess: Hashable, Sendable {
    /// Alerts that agree in everything but whom they are about.
    public struct Sum: Hashable, Sendable {
        public var rule: String
        public var severity: Severity
        /// As in ``AlertRow/kind``.
        public var kind: String
        public var segmentation: String?
        public var from: String?
        public var to: String?
        public var count: Int
        /// First and last `effective_at`.
        public var since: Instant?
        public var until: Instant?
    }

    public var sums: [Sum]
    /// Customers they are about.
    public var customers: Int
    /// Those worth most, one of each customer.
    public var top: [AlertRow]
    /// The first ones.
    public var alertIDs: [String]

    public var count: Int { sums.reduce(0) { $0 + $1.count } }
}

extension DeliveryExcess.Sum {
    init(row: Row) throws {
        guard let severity = Severity(rawValue: row["severity"]) else {
            throw StoreError.inconsistent("an alert has a severity this release does not know")
        }
        self.init(
            rule: row["rule"], severity: severity, kind: row["kind"], segmentation: row["segmentation"],
            from: row["from_segment"], to: row["to_segment"], count: row["n"], since: row.instant("first"),
            until: row.instant("last"))
    }
}
