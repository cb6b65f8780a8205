public import DriftModel
import GRDB

/// Moves whose time is up. What is counted of them per day stays, and so does each customer's latest move.
enum ForgottenMoves {
    /// There from the first forgotten move on: chains may begin anywhere.
    static let key = "moves_forgotten_before"
}

extension StoreTransaction {
    /// Forgets moves that took effect before an instant, and that another of the same customer and segmentation has
    /// followed: as far as customers' rows tell. The newest of all stays too, for its number.
    /// - Parameters:
    ///   - transitionID: Only moves behind it are looked at.
    ///   - rowsMax: So many are looked at.
    /// - Returns: How many were forgotten, and the last one looked at; nil: that was the end.
    /// - Complexity: O(rows looked at · log of the tables).
    public func forgetMoves(
        effectiveBefore: Instant, after transitionID: Int64, rowsMax: Int
    ) throws -> (forgotten: Int, last: Int64?) {
        let row = try row(
            """
            SELECT max(transition_id), count(*) FROM
                (SELECT transition_id FROM transition WHERE transition_id > ? ORDER BY transition_id LIMIT ?)
            """, [transitionID, rowsMax])
        guard let row, let last: Int64 = row[0] else { return (0, nil) }
        try run(
            """
            DELETE FROM transition WHERE transition_id > ?1 AND transition_id <= ?2 AND effective_at < ?3
                AND transition_id < (SELECT max(transition_id) FROM transition)
                AND seq < (SELECT p.value ->> 3 FROM customer AS c, json_each(c.segments) AS p
                    WHERE c.customer_id = transition.customer_id AND p.value ->> 0 = transition.segmentation_id)
            """, [transitionID, last, effectiveBefore.microseconds])
        let forgotten = db.changesCount
        if forgotten > 0 { try setMeta(ForgottenMoves.key, String(effectiveBefore.microseconds)) }
        return (forgotten, row[1] as Int == rowsMax ? last : nil)
    }
}

extension StoreReader {
    /// Whether moves were forgotten because their time was up.
    public func hasForgottenMoves() throws -> Bool { try read(Self.hasForgottenMoves) }

    static func hasForgottenMoves(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM meta WHERE key = ?", arguments: [ForgottenMoves.key]) == 1
    }
}
