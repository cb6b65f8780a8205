public import DriftModel
import GRDB

extension StoreTransaction {
    /// Silences what matches all that is given (nil matches everything).
    /// - Parameter who: The person, for those who wonder.
    /// - Returns: Its number.
    @discardableResult
    public func insertSilence(
        rule: String?, segmentation: String?, customer: Int64?, at instant: Instant, until end: Instant,
        by who: String, comment: String
    ) throws -> Int64 {
        try run(
            """
            INSERT INTO silence (rule, segmentation, customer_id, created_at, until, created_by, comment)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, [rule, segmentation, customer, instant.microseconds, end.microseconds, who, comment])
        return db.lastInsertedRowID
    }

    /// The number of a silence in force over an alert; nil: none.
    public func silence(rule: String, segmentation: String?, customer: Int64?, at instant: Instant) throws -> Int64? {
        try row(
            """
            SELECT silence_id FROM silence WHERE until > ?1 AND created_at <= ?1 AND (rule IS NULL OR rule = ?2)
                AND (segmentation IS NULL OR segmentation = ?3) AND (customer_id IS NULL OR customer_id = ?4)
            ORDER BY silence_id LIMIT 1
            """, [instant.microseconds, rule, segmentation, customer])?[0]
    }

    /// Whether any silence is in force.
    public func hasSilences(at instant: Instant) throws -> Bool {
        try row("SELECT 1 FROM silence WHERE until > ?1 AND created_at <= ?1 LIMIT 1", [instant.microseconds]) != nil
    }

    /// Ends a silence now.
    /// - Returns: Whether there was such a silence in force.
    public func endSilence(_ silenceID: Int64, at instant: Instant) throws -> Bool {
        try run(
            "UPDATE silence SET until = ?2 WHERE silence_id = ?1 AND until > ?2", [silenceID, instant.microseconds])
        return changes == 1
    }
}
