public import DriftModel
import GRDB

extension StoreTransaction {
    /// When a customer moved in a segmentation, the latest first, up to a move by number: for flapping.
    /// One search per block of the history.
    public func latestMoves(
        customer: Int64, segmentation: String, upToSeq seq: Int32, limit: Int
    ) throws -> [Instant] {
        try rows(
            """
            SELECT effective_at FROM transition WHERE customer_id = ?1 AND seq BETWEEN ?2 AND ?3
                AND segmentation_id = (SELECT segmentation_id FROM segmentation WHERE name = ?4) ORDER BY seq DESC
            """, [customer, Int64(seq) - Int64(limit) + 1, seq, segmentation]
        ).map { Instant(microseconds: $0[0]) }
    }

    /// The names of a transition's sides and its reason, as the view `transitions` tells them.
    public func reason(ofTransition transitionID: Int64) throws -> String? {
        try row("SELECT reason FROM transitions WHERE transition_id = ?", [transitionID])?[0]
    }

    /// How many customers each segment of a segmentation has at the end of a day. Key 0 counts prospects; segments
    /// that nobody ever was in are missing. O(days since the first customer).
    public func sizes(segmentation: Int64, on day: DayNumber) throws -> [Int64: Int64] {
        let found = try rows(
            """
            SELECT segment_id, sum(n) FROM size_change WHERE segmentation_id = ? AND day <= ? GROUP BY segment_id
            """, [segmentation, Int64(day)])
        var sizes = Dictionary(uniqueKeysWithValues: found.map { ($0[0] as Int64, $0[1] as Int64) })
        let appeared = try row("SELECT sum(n) FROM appearance_count WHERE day <= ?", [Int64(day)])
        sizes[0, default: 0] += (appeared?[0] as Int64?) ?? 0
        return sizes
    }

    /// Moves between segments on some days, all causes together. 0 stands for NULL.
    public func flows(
        segmentation: Int64, days: ClosedRange<DayNumber>
    ) throws -> [(from: Int64, to: Int64, count: Int64)] {
        try rows(
            """
            SELECT from_segment_id, to_segment_id, sum(n) FROM flow_count
            WHERE segmentation_id = ? AND day BETWEEN ? AND ? GROUP BY 1, 2
            """, [segmentation, Int64(days.lowerBound), Int64(days.upperBound)]
        ).map { (from: $0[0], to: $0[1], count: $0[2]) }
    }

    /// Keeps how an assumption stood on a day; a later answer for the same day replaces it.
    /// - Parameters:
    ///   - share: Of the cohort (or of all customers); nil when there were too few.
    ///   - interval: Wilson's interval of the share.
    public func recordAssumption(
        _ name: String, day: DayNumber, state: AssumptionState, count: Int64, share: Double?,
        interval: (low: Double, high: Double)?
    ) throws {
        try run(
            """
            INSERT OR REPLACE INTO assumption_day (name, day, state, n, share, low, high) VALUES (?, ?, ?, ?, ?, ?, ?)
            """, [name, Int64(day), state.rawValue, count, share, interval?.low, interval?.high])
    }

    /// Keeps the result of a test of drift on a day; a later one for the same day replaces it.
    public func recordDrift(
        day: DayNumber, segmentation: Int64, test: String, statistic: Double?, pValue: Double?, effect: Double?,
        count: Int64
    ) throws {
        try run(
            """
            INSERT OR REPLACE INTO drift_day (day, segmentation_id, test, statistic, p_value, effect, n)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, [Int64(day), segmentation, test, statistic, pValue, effect, count])
    }
}

/// How an assumption stands.
public enum AssumptionState: String, CaseIterable, Hashable, Sendable {
    case held, falsified
    case tooFew = "too_few"
}
