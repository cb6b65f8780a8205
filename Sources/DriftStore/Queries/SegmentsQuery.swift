import DriftModel
import GRDB

/// One segment on one day.
public struct SegmentSizeRow: Hashable, Sendable {
    public var segmentation: String
    /// nil: prospects.
    public var segment: String?
    public var title: String?
    public var rank: Int?
    /// Local date.
    public var day: String
    public var customers: Int64
    /// Of all in segments of this segmentation that day, prospects left out; nil for prospects and when empty.
    public var share: Double?
    /// Moves into and out of it on the days of the window that ends with this day.
    public var inflow: Int64
    public var outflow: Int64
    /// Change of size over the window.
    public var change: Int64
    /// Median of completed and running stays of those in it now, in days; nil when nobody is in it.
    public var medianStayDays: Double?

    public init(
        segmentation: String, segment: String?, title: String?, rank: Int?, day: String, customers: Int64,
        share: Double?, inflow: Int64, outflow: Int64, change: Int64, medianStayDays: Double?
    ) {
        self.segmentation = segmentation
        self.segment = segment
        self.title = title
        self.rank = rank
        self.day = day
        self.customers = customers
        self.share = share
        self.inflow = inflow
        self.outflow = outflow
        self.change = change
        self.medianStayDays = medianStayDays
    }
}

/// A day's row of the view `segment_sizes`.
public struct DailySize: Hashable, Sendable {
    public var segmentation: String
    public var segment: String?
    public var day: String
    public var customers: Int64

    public init(
        segmentation: String, segment: String?, day: String, customers: Int64
    ) {
        self.segmentation = segmentation
        self.segment = segment
        self.day = day
        self.customers = customers
    }
}

extension StoreReader {
    /// Every segment of the model in force on a day with its size, share, flows and median stay, in the model's order
    /// (prospects last).
    /// - Parameters:
    ///   - day: Local date `YYYY-MM-DD`; nil: the day of T.
    ///   - windowDays: Days over which flows and change are counted.
    ///   - withStays: Reads every customer's row; leave out for a quick answer on a large database.
    public func segments(day: String? = nil, windowDays: Int = 7, withStays: Bool = true) throws -> [SegmentSizeRow] {
        try read { db in
            guard
                let day = try day
                    ?? String.fetchOne(
                        db, sql: "SELECT date(value * 86400, 'unixepoch') FROM meta WHERE key = 'logical_day'")
            else { return [] }
            let stays = withStays ? try medianStays(db) : [:]
            let rows = try Row.fetchAll(db, sql: Self.segmentsSQL, arguments: [day, windowDays])
            return rows.map { row in
                let key = StayKey(segmentation: row["segmentation"], segment: row["segment"])
                return SegmentSizeRow(
                    segmentation: row["segmentation"], segment: row["segment"], title: row["title"], rank: row["rank"],
                    day: row["day"], customers: row["customers"], share: row["share"], inflow: row["inflow"],
                    outflow: row["outflow"], change: row["change"], medianStayDays: stays[key])
            }
        }
    }

    /// Every segmentation and segment that a model of this database has or had.
    public func segmentNames() throws -> [(segmentation: String, segment: String)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT g.name, s.name FROM segmentation AS g JOIN segment AS s USING (segmentation_id)
                    ORDER BY segmentation_id, segment_id
                    """
            ).map { ($0[0], $0[1]) }
        }
    }

    private static let segmentsSQL = """
        WITH
            asked (day, first) AS (SELECT ?1, date(?1, '-' || ?2 || ' days')),
            sizes AS MATERIALIZED (
                SELECT segmentation, segment, day, customers FROM segment_sizes
                WHERE day IN (SELECT day FROM asked UNION SELECT first FROM asked)),
            flows AS MATERIALIZED (
                SELECT x.segmentation, x.from_segment, x.to_segment, sum(x.customers) AS n
                FROM segment_flows AS x JOIN asked AS q ON x.day > q.first AND x.day <= q.day GROUP BY 1, 2, 3),
            named AS MATERIALIZED (
                SELECT g.name AS segmentation, ms.position AS place, s.name AS segment, y.position, y.title, y.rank
                FROM model AS m
                JOIN model_segmentation AS ms ON ms.model_id = m.model_id
                JOIN segmentation AS g ON g.segmentation_id = ms.segmentation_id
                JOIN model_segment AS y ON y.model_id = m.model_id AND y.segmentation_id = ms.segmentation_id
                JOIN segment AS s ON s.segment_id = y.segment_id
                WHERE m.active = 1)
        SELECT z.segmentation, z.segment, n.title, n.rank, z.day, z.customers,
            CASE WHEN z.segment IS NOT NULL THEN CAST(z.customers AS REAL) / nullif((
                SELECT sum(w.customers) FROM sizes AS w
                WHERE w.segmentation = z.segmentation AND w.day = z.day AND w.segment IS NOT NULL), 0) END AS share,
            ifnull((SELECT sum(f.n) FROM flows AS f
                WHERE f.segmentation = z.segmentation AND f.to_segment IS z.segment), 0) AS inflow,
            ifnull((SELECT sum(f.n) FROM flows AS f
                WHERE f.segmentation = z.segmentation AND f.from_segment IS z.segment), 0) AS outflow,
            z.customers - ifnull((SELECT w.customers FROM sizes AS w JOIN asked AS q ON w.day = q.first
                WHERE w.segmentation = z.segmentation AND w.segment IS z.segment), 0) AS change
        FROM sizes AS z JOIN asked AS q ON z.day = q.day
        LEFT JOIN named AS n ON n.segmentation = z.segmentation AND n.segment = z.segment
        ORDER BY ifnull(n.place, (SELECT min(o.place) FROM named AS o WHERE o.segmentation = z.segmentation)),
            z.segmentation, n.position IS NULL, n.position, z.segment
        """

    private struct StayKey: Hashable {
        var segmentation: String
        var segment: String?
    }

    /// The median of how long those now in a segment have been in it, from their last move to T.
    private func medianStays(_ db: Database) throws -> [StayKey: Double] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                WITH
                    stay AS MATERIALIZED (
                        SELECT json_extract(p.value, '$[0]') AS segmentation_id,
                            json_extract(p.value, '$[1]') AS segment_id,
                            (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'logical_time')
                                - json_extract(p.value, '$[2]') AS age
                        FROM customer AS c CROSS JOIN json_each(c.segments) AS p
                        WHERE json_extract(p.value, '$[2]') IS NOT NULL),
                    ranked AS (
                        SELECT segmentation_id, segment_id, age,
                            row_number() OVER (PARTITION BY segmentation_id, segment_id ORDER BY age) AS place,
                            count(*) OVER (PARTITION BY segmentation_id, segment_id) AS n
                        FROM stay)
                SELECT g.name, s.name, avg(age) / 86400e6 FROM ranked AS r
                JOIN segmentation AS g ON g.segmentation_id = r.segmentation_id
                LEFT JOIN segment AS s ON s.segment_id = r.segment_id
                WHERE r.place IN ((r.n + 1) / 2, (r.n + 2) / 2)
                GROUP BY r.segmentation_id, r.segment_id
                """)
        var stays: [StayKey: Double] = [:]
        for row in rows { stays[StayKey(segmentation: row[0], segment: row[1])] = row[2] }
        return stays
    }

    /// The view `segment_sizes`: every day from the first customer to T.
    /// - Parameters:
    ///   - since: First local date; nil: from the beginning.
    ///   - segmentation: nil: all.
    public func dailySizes(segmentation: String? = nil, since: String? = nil) throws -> [DailySize] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT segmentation, segment, day, customers FROM segment_sizes
                    WHERE (?1 IS NULL OR segmentation = ?1) AND (?2 IS NULL OR day >= ?2)
                    ORDER BY segmentation, segment, day
                    """, arguments: [segmentation, since]
            ).map {
                DailySize(segmentation: $0[0], segment: $0[1], day: $0[2], customers: $0[3])
            }
        }
    }
}
