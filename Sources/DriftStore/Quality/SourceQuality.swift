public import DriftModel
import GRDB

/// How good a source's latest files were.
public struct SourceQuality: Hashable, Sendable {
    /// Files refused whole, by reason.
    public struct Refusal: Hashable, Sendable {
        public var code: String
        public var files: Int64
        /// Their records, as far as they could be told apart.
        public var records: Int64

        public init(code: String, files: Int64, records: Int64) {
            self.code = code
            self.files = files
            self.records = records
        }
    }

    public var source: String
    /// Files looked at, without duplicates.
    public var files: Int64
    /// When the first and the last of them were claimed.
    public var firstClaimedAt: Instant
    public var lastClaimedAt: Instant
    /// Records that could be told apart.
    public var records: Int64
    /// In the order of the model.
    public var fields: [FileFigures.Field]
    /// Records refused one by one, the commonest reason first.
    public var rejects: [FileFigures.Reject]
    public var refusals: [Refusal]
    /// How long after their `at` accepted records were claimed; those that came through `load` left out.
    public var delays: DelaySketch

    public init(
        source: String, files: Int64, firstClaimedAt: Instant, lastClaimedAt: Instant, records: Int64,
        fields: [FileFigures.Field], rejects: [FileFigures.Reject], refusals: [Refusal], delays: DelaySketch
    ) {
        self.source = source
        self.files = files
        self.firstClaimedAt = firstClaimedAt
        self.lastClaimedAt = lastClaimedAt
        self.records = records
        self.fields = fields
        self.rejects = rejects
        self.refusals = refusals
        self.delays = delays
    }

    /// Files looked at per source unless said otherwise.
    public static let filesDefault = 100
}

extension StoreReader {
    /// The quality of each source's latest files, sources by name.
    /// - Parameters:
    ///   - source: nil: all.
    ///   - files: The latest so many of each source; 0: all.
    ///   - since: Only files claimed from then on.
    /// - Complexity: O(files looked at · mapped fields).
    public func quality(
        source: String? = nil, files: Int = SourceQuality.filesDefault, since: Instant? = nil
    ) throws -> [SourceQuality] {
        try read { db in
            let sources = try String.fetchAll(
                db, sql: "SELECT DISTINCT source FROM file WHERE ?1 IS NULL OR source = ?1 ORDER BY source",
                arguments: [source])
            return try sources.compactMap { try QualityQuery(db, source: $0, files: files, since: since).result() }
        }
    }
}

extension SourceQuality {
    /// How late the records of a source's latest files came.
    static func delays(_ db: Database, source: String) throws -> DelaySketch {
        try QualityQuery(db, source: source, files: filesDefault, since: nil).delays()
    }
}

/// The figures of one source over its chosen files.
private struct QualityQuery {
    private let db: Database
    private let source: String
    private let arguments: StatementArguments

    /// The files looked at: judged ones, whatever became of them, unless their bytes had been there before.
    private static let chosen = """
        WITH chosen AS (
            SELECT f.* FROM file AS f
            WHERE f.source = ?1 AND f.sha256 IS NOT NULL AND f.requeue_of IS NULL
                AND f.state NOT IN ('duplicate_pending', 'duplicate') AND (?2 IS NULL OR f.claimed_at >= ?2)
            ORDER BY f.file_id DESC LIMIT ?3)
        """

    init(_ db: Database, source: String, files: Int, since: Instant?) {
        self.db = db
        self.source = source
        arguments = [source, since?.microseconds, files > 0 ? files : -1]
    }

    /// nil: the source has no such file.
    func result() throws -> SourceQuality? {
        let total = try Row.fetchOne(
            db,
            sql: Self.chosen + " SELECT count(*), min(claimed_at), max(claimed_at), sum(scanned) FROM chosen",
            arguments: arguments)
        guard let total, let first = total[1] as Int64?, let last = total[2] as Int64? else { return nil }
        return SourceQuality(
            source: source, files: total[0], firstClaimedAt: Instant(microseconds: first),
            lastClaimedAt: Instant(microseconds: last), records: total[3] ?? 0, fields: try fields(),
            rejects: try rejects(), refusals: try refusals(), delays: try delays())
    }

    private func rows(_ sql: String) throws -> [Row] {
        try Row.fetchAll(db, sql: Self.chosen + sql, arguments: arguments)
    }

    private func fields() throws -> [FileFigures.Field] {
        // The order is that of the latest file that has the field.
        try rows(
            """
             SELECT e.value ->> 0 AS name, sum(e.value ->> 1), sum(e.value ->> 2),
                max(file_id * 10000 - e.key) AS place
            FROM chosen JOIN file_quality USING (file_id), json_each(file_quality.fields) AS e
            GROUP BY 1 ORDER BY place DESC
            """
        ).map { FileFigures.Field(name: $0[0], events: $0[1], nulls: $0[2]) }
    }

    /// The reasons found in the first pass, and those the engine had: overflows and conflicts.
    private func rejects() throws -> [FileFigures.Reject] {
        try rows(
            """
             SELECT code, sum(n) FROM (
                SELECT e.value ->> 0 AS code, e.value ->> 1 AS n
                FROM chosen JOIN file_quality USING (file_id), json_each(file_quality.rejects) AS e
                UNION ALL
                SELECT q.code, 1 FROM chosen JOIN quarantined_record AS q USING (file_id)
                WHERE q.record IS NOT NULL AND q.code IN ('overflow', 'conflict')
                UNION ALL
                SELECT r.code, r.n FROM chosen JOIN forgotten_refusal AS r USING (file_id)
                WHERE r.code IN ('overflow', 'conflict'))
            GROUP BY code ORDER BY 2 DESC, 1
            """
        ).map { FileFigures.Reject(code: $0[0], records: $0[1]) }
    }

    private func refusals() throws -> [SourceQuality.Refusal] {
        try rows(
            """
             SELECT ifnull(code, '?'), count(*), sum(scanned) FROM chosen
            WHERE state IN ('quarantine_pending', 'quarantined', 'requeued', 'dropped') GROUP BY 1 ORDER BY 2 DESC, 1
            """
        ).map { SourceQuality.Refusal(code: $0[0], files: $0[1], records: $0[2] ?? 0) }
    }

    func delays() throws -> DelaySketch {
        var sum = DelaySketch()
        let parts = try rows(
            " SELECT delays FROM chosen JOIN file_quality USING (file_id) WHERE origin = 'spool' AND delays IS NOT NULL"
        )
        for row in parts { sum.add(DelaySketch(bytes: row.bytes("delays"))) }
        return sum
    }
}
