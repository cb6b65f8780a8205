public import DriftModel
import GRDB

/// A move as rules about whole segments see it.
public struct DayMove: Hashable, Sendable {
    public var customer: Int64
    /// Local day on which it took effect.
    public var day: DayNumber
    public var effectiveAt: Instant
    /// Numbers of segments; 0 is NULL.
    public var from: Int64
    public var to: Int64

    public init(customer: Int64, day: DayNumber, effectiveAt: Instant, from: Int64, to: Int64) {
        self.customer = customer
        self.day = day
        self.effectiveAt = effectiveAt
        self.from = from
        self.to = to
    }
}

/// Moves by day without an index on their time: which stretches of the history may hold a day is noted once per
/// stretch, when somebody asks, so that appending history costs nothing more.
extension StoreTransaction {
    /// Transitions in a stretch.
    private static var spanRows: Int64 { 65_536 }

    /// The highest number of a transition; 0 before the first.
    public func lastTransitionID() throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(transition_id) FROM transition")) ?? 0
    }

    /// Notes the stretches of history that were appended since the last call. O(new transitions).
    private func extendMoveSpans() throws {
        let last = try lastTransitionID()
        var next = ((try row("SELECT max(last_id) FROM move_span")?[0] as Int64?) ?? 0) + 1
        while next <= last {
            let end = min(last, next + Self.spanRows - 1)
            try run(
                """
                INSERT INTO move_span (first_id, last_id, first_at, last_at)
                SELECT ?1, ?2, ifnull(min(effective_at), 0), ifnull(max(effective_at), 0) FROM transition
                WHERE transition_id BETWEEN ?1 AND ?2
                """, [next, end])
            next = end + 1
        }
    }

    /// The moves of a segmentation that took effect on some days. Those of one customer are in their order.
    /// - Complexity: O(transitions in the stretches that may hold such days).
    public func moves(
        segmentation: Int64, days: ClosedRange<DayNumber>, zone: ZoneRules
    ) throws -> [DayMove] {
        try extendMoveSpans()
        // Local days begin up to a day before or after those of UTC.
        let from = (Int64(days.lowerBound) - 1) * 86_400_000_000
        let upTo = (Int64(days.upperBound) + 2) * 86_400_000_000
        let cursor = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT t.customer_id, t.effective_at, ifnull(k.from_segment_id, 0), ifnull(k.to_segment_id, 0)
                    FROM move_span AS s CROSS JOIN transition AS t ON t.transition_id BETWEEN s.first_id AND s.last_id
                    CROSS JOIN transition_kind AS k ON k.kind_id = t.kind_id
                    WHERE s.last_at >= ?1 AND s.first_at < ?2 AND t.effective_at >= ?1 AND t.effective_at < ?2
                        AND t.segmentation_id = ?3
                    ORDER BY s.first_id, t.transition_id
                    """), arguments: [from, upTo, segmentation])
        var moves: [DayMove] = []
        while let row = try cursor.next() {
            let effectiveAt = Instant(microseconds: row[1])
            let day = zone.localDay(of: effectiveAt)
            guard days.contains(day) else { continue }
            moves.append(DayMove(customer: row[0], day: day, effectiveAt: effectiveAt, from: row[2], to: row[3]))
        }
        return moves
    }

    /// How many moves of a segmentation each day has, from the days' counts.
    public func movesPerDay(segmentation: Int64, days: ClosedRange<DayNumber>) throws -> [DayNumber: Int] {
        let found = try rows(
            """
            SELECT day, sum(n) FROM flow_count WHERE segmentation_id = ? AND day BETWEEN ? AND ? GROUP BY day
            """, [segmentation, Int64(days.lowerBound), Int64(days.upperBound)])
        return Dictionary(uniqueKeysWithValues: found.map { (DayNumber($0[0] as Int64), $0[1] as Int) })
    }

    /// Moves from one segment to another on some days, all causes together; 0 stands for NULL.
    public func flow(
        segmentation: Int64, from: Int64, to: Int64, days: ClosedRange<DayNumber>
    ) throws -> Int {
        let found = try row(
            """
            SELECT sum(n) FROM flow_count WHERE segmentation_id = ? AND day BETWEEN ? AND ?
                AND from_segment_id = ? AND to_segment_id = ?
            """, [segmentation, Int64(days.lowerBound), Int64(days.upperBound), from, to])
        return (found?[0] as Int?) ?? 0
    }

    /// The first day of all, on which the first customer appeared; nil before.
    public func firstDay() throws -> DayNumber? {
        (try row("SELECT min(day) FROM appearance_count")?[0] as Int64?).map { DayNumber($0) }
    }
}
