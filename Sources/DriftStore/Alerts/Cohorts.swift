public import DriftModel
import GRDB

/// What a cohort is made of: everyone who entered a segment, and where they were to go.
public struct CohortDefinition: Hashable, Sendable {
    /// Names it; another definition must have another key.
    public var key: String
    public var segmentation: Int64
    public var entered: Int64
    public var reach: Set<Int64>
    public var withinSeconds: Int64

    public init(key: String, segmentation: Int64, entered: Int64, reach: Set<Int64>, withinSeconds: Int64) {
        self.key = key
        self.segmentation = segmentation
        self.entered = entered
        self.reach = reach
        self.withinSeconds = withinSeconds
    }
}

/// Cohorts of first entries, followed move by move: what an assumption about the future of newcomers is judged by.
extension StoreTransaction {
    /// Takes note of the moves appended since the last call, at most so many.
    /// - Returns: Whether all of them are noted.
    public func followCohort(_ cohort: CohortDefinition, zone: ZoneRules, limit: Int64 = 262_144) throws -> Bool {
        let last = try lastTransitionID()
        let done = try remembered(scope: "cohort", key: cohort.key).flatMap(Int64.init) ?? 0
        let end = min(last, done + limit)
        guard end > done else { return true }
        let cursor = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT t.customer_id, t.effective_at, ifnull(k.to_segment_id, 0)
                    FROM transition AS t CROSS JOIN transition_kind AS k ON k.kind_id = t.kind_id
                    WHERE t.transition_id BETWEEN ? AND ? AND t.segmentation_id = ? ORDER BY t.transition_id
                    """), arguments: [done + 1, end, cohort.segmentation])
        while let row = try cursor.next() {
            let to: Int64 = row[2]
            let (customer, at) = (row[0] as Int64, Instant(microseconds: row[1]))
            if cohort.reach.contains(to) { try reached(customer, at: at, cohort, zone: zone) }
            if to == cohort.entered { try entered(customer, at: at, cohort, zone: zone) }
        }
        try remember(scope: "cohort", key: cohort.key, value: String(end))
        return end == last
    }

    private func entered(
        _ customer: Int64, at instant: Instant, _ cohort: CohortDefinition, zone: ZoneRules
    ) throws {
        try run(
            "INSERT OR IGNORE INTO cohort_entry (cohort, customer_id, entered_at) VALUES (?, ?, ?)",
            [cohort.key, customer, instant.microseconds])
        guard changes == 1 else { return }
        try run(
            """
            INSERT INTO cohort_day (cohort, day, entered, reached) VALUES (?, ?, 1, 0)
            ON CONFLICT (cohort, day) DO UPDATE SET entered = entered + 1
            """, [cohort.key, Int64(zone.localDay(of: instant))])
    }

    private func reached(
        _ customer: Int64, at instant: Instant, _ cohort: CohortDefinition, zone: ZoneRules
    ) throws {
        let found = try row(
            "SELECT entered_at FROM cohort_entry WHERE cohort = ? AND customer_id = ? AND NOT reached",
            [cohort.key, customer])
        guard let entered = (found?[0] as Int64?).map(Instant.init(microseconds:)),
            instant <= entered.advanced(bySeconds: cohort.withinSeconds)
        else { return }
        try run(
            "UPDATE cohort_entry SET reached = 1 WHERE cohort = ? AND customer_id = ?", [cohort.key, customer])
        try run(
            "UPDATE cohort_day SET reached = reached + 1 WHERE cohort = ? AND day = ?",
            [cohort.key, Int64(zone.localDay(of: entered))])
    }

    /// First entries on some days, and how many of them got there in time.
    public func cohort(_ key: String, days: ClosedRange<DayNumber>) throws -> (entered: Int, reached: Int) {
        let found = try row(
            "SELECT sum(entered), sum(reached) FROM cohort_day WHERE cohort = ? AND day BETWEEN ? AND ?",
            [key, Int64(days.lowerBound), Int64(days.upperBound)])
        return ((found?[0] as Int?) ?? 0, (found?[1] as Int?) ?? 0)
    }
}
