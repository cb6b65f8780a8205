import Foundation
import GRDB

/// What a database says, through the views that people use, without what may differ between two runs of the
/// same files: wall-clock columns, attempt counters and internal row ids.
enum DatabaseContent {
    static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// One query per view; each is in an order of its own facts.
    static let queries: [String: String] = [
        "transitions": """
        SELECT customer, segmentation, seq, from_segment, to_segment, direction, effective_at, cause, t.reason,
               model_version, t.source, f.name, record, event_id, inputs_before, inputs_after
        FROM transitions t LEFT JOIN files f ON f.file_id = t.file ORDER BY customer, segmentation, seq
        """,
        "current_segments": """
        SELECT customer, segmentation, segment, since, seq, next_change_at, next_segment
        FROM current_segments ORDER BY customer, segmentation
        """,
        "customers": """
        SELECT customer, is_customer, first_event_at, last_event_at, events, attributes
        FROM customers ORDER BY customer
        """,
        "segment_sizes": "SELECT segmentation, segment, day, customers FROM segment_sizes ORDER BY 1, 2, 3",
        "segment_flows": """
        SELECT segmentation, day, from_segment, to_segment, cause, customers FROM segment_flows
        ORDER BY 1, 2, 3, 4, 5
        """,
        "alerts": """
        SELECT alert_id, rule, severity, customer, segmentation, from_segment, to_segment, kind, group_key, summary
        FROM alerts ORDER BY alert_id
        """,
        "drift_daily": """
        SELECT day, segmentation, test, statistic, p_value, effect, n FROM drift_daily ORDER BY 1, 2, 3
        """,
        "assumptions": "SELECT name, day, state, n, share, low, high FROM assumptions ORDER BY 1, 2",
        "files": """
        SELECT source, name, sha256, size, state, records, accepted, duplicates, conflicts, late, beyond_horizon,
               ignored, quarantined, reason
        FROM files ORDER BY source, name, sha256, state
        """,
        "quarantined": """
        SELECT f.name, q.record, q.byte_offset, q.code, q.reason, q.sample
        FROM quarantined q JOIN files f USING (file_id) ORDER BY f.name, record, code
        """,
        "feed_forms": """
        SELECT x.source, version, kind, a.name AS first, b.name AS last, columns, change
        FROM feed_forms x JOIN files a ON a.file_id = first_file_id JOIN files b ON b.file_id = last_file_id
        ORDER BY 1, 2
        """,
        "quality": """
        SELECT f.name, f.state, q.fields, q.rejects, q.delays IS NULL AS undelayed
        FROM file_quality q JOIN files f USING (file_id) WHERE f.state NOT IN ('duplicate', 'vanished', 'released')
        ORDER BY f.name, f.state
        """,
    ]

    /// Which rows of the ledger count.
    enum Files {
        case all
        /// Not those of files that were not there to be taken, or could not be.
        case thatCameIn
    }

    private static func query(_ view: String, _ files: Files) -> String {
        guard files == .thatCameIn else { return queries[view]! }
        return queries[view]!.replacingOccurrences(
            of: "FROM files ORDER", with: "FROM files WHERE state NOT IN ('vanished', 'released') ORDER")
    }

    /// Rows as text, by view.
    static func rows(_ path: String, of view: String, files: Files = .all) throws -> [String] {
        try open(path).read { db in
            try Row.fetchAll(db, sql: query(view, files)).map { row in
                row.map { column, value in "\(column)=\(value.isNull ? "NULL" : "\(value.storage.value!)")" }
                    .joined(separator: " ")
            }
        }
    }

    /// All that a database says, a text per view: quick to read, for rigs that compare thousands with one. The texts are
    /// made inside SQLite; rows come as Swift values only where two of them differ.
    static func texts(
        _ path: String, besides excluded: Set<String> = [], files: Files = .all
    ) throws -> [String: String] {
        try open(path).read { db in
            var texts: [String: String] = [:]
            for view in queries.keys where !excluded.contains(view) {
                let sql = query(view, files)
                let columns = try db.makeStatement(sql: sql).columnNames.map { "quote(\"\($0)\")" }
                texts[view] =
                    try String.fetchOne(
                        db,
                        sql: "SELECT group_concat(\(columns.joined(separator: " || ' ' || ")), char(10)) FROM (\(sql))")
                    ?? ""
            }
            return texts
        }
    }

    /// Differences between two databases, a few lines per view; empty when they say the same.
    /// - Parameters:
    ///   - excluded: Views that may differ: alerts are grouped by when a run ends.
    ///   - known: What the left one says, when it was read before.
    static func differences(
        _ left: String, _ right: String, besides excluded: Set<String> = [], ofFiles files: Files = .all,
        known: [String: String]? = nil
    ) throws -> [String] {
        let expected = try known ?? texts(left, besides: excluded, files: files)
        let found = try texts(right, besides: excluded, files: files)
        return try found.keys.filter { found[$0] != expected[$0] }.sorted().flatMap { view in
            let (a, b) = (try rows(left, of: view, files: files), try rows(right, of: view, files: files))
            let onlyA = Set(a).subtracting(b).sorted().prefix(5)
            let onlyB = Set(b).subtracting(a).sorted().prefix(5)
            return ["\(view): \(a.count) and \(b.count) rows"] + onlyA.map { "  < \($0)" } + onlyB.map { "  > \($0)" }
        }
    }

    /// Whether all states that were logged are in the customers' rows.
    static func hasNoLog(_ path: String) throws -> Bool {
        try open(path).read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM state_log") == 0 }
    }

    /// The sums of the ledger alone: after every run of every test.
    static func brokenSums(_ path: String) throws -> [String] { try open(path).read(brokenSums) }

    /// I4 to the last record: what was read of a file is what is counted of it and of the second tries of its records,
    /// and every refused, conflicting or ignored record is kept with its reason.
    private static func brokenSums(_ db: Database) throws -> [String] {
        let counts = try Row.fetchAll(
            db,
            sql: """
                SELECT f.file_id, f.name, f.state, f.scanned, f.quarantined, f.conflicts, f.ignored,
                    f.records + (SELECT ifnull(sum(g.records), 0) FROM file AS g WHERE g.requeue_of = f.file_id) AS counted,
                    (SELECT count(*) FROM quarantined_record AS q
                        WHERE q.file_id = f.file_id AND q.record IS NOT NULL AND q.code <> 'conflict')
                        + (SELECT ifnull(sum(n), 0) FROM forgotten_refusal AS r
                        WHERE r.file_id = f.file_id AND r.code <> 'conflict') AS refused,
                    (SELECT count(*) FROM quarantined_record AS q
                        WHERE q.file_id = f.file_id AND q.code = 'conflict')
                        + (SELECT ifnull(sum(n), 0) FROM forgotten_refusal AS r
                        WHERE r.file_id = f.file_id AND r.code = 'conflict') AS conflicting,
                    (SELECT ifnull(sum(n), 0) FROM ignored_count AS i WHERE i.file_id = f.file_id) AS skipped
                FROM file AS f WHERE f.state = 'archived' AND f.requeue_of IS NULL
                """)
        return counts.compactMap { row in
            let facts: [(String, String)] = [
                ("scanned", "counted"), ("quarantined", "refused"), ("conflicts", "conflicting"),
                ("ignored", "skipped"),
            ]
            let wrong = facts.filter { (row[$0.0] as Int64) != (row[$0.1] as Int64) }
            guard !wrong.isEmpty else { return nil }
            let words = wrong.map { "\($0.0) \(row[$0.0] as Int64), \($0.1) \(row[$0.1] as Int64)" }
            return "I4: file \(row["name"] as String): \(words.joined(separator: "; "))"
        }
    }

    /// What must hold in any database: chains without a gap, sums of the ledger, integrity.
    static func brokenInvariants(_ path: String) throws -> [String] {
        try open(path).read { db in
            var broken: [String] = []
            let chains = try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM (
                      SELECT from_segment, seq,
                             lag(to_segment) OVER w AS before_segment, lag(seq) OVER w AS seq_before
                      FROM transitions WINDOW w AS (PARTITION BY customer, segmentation ORDER BY seq))
                    WHERE (from_segment IS NOT before_segment OR seq <> ifnull(seq_before, 0) + 1)
                      AND NOT (seq_before IS NULL
                        AND EXISTS (SELECT 1 FROM meta WHERE key = 'moves_forgotten_before'))
                    """)!
            if chains > 0 { broken.append("I7: \(chains) transitions do not continue their chain") }
            let sums = try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM files WHERE records <> accepted + duplicates + conflicts + beyond_horizon
                      + ignored + quarantined
                    """)!
            if sums > 0 { broken.append("I4: the sums of \(sums) files do not add up") }
            broken += try brokenSums(db)
            let integrity = try String.fetchOne(db, sql: "PRAGMA integrity_check")!
            if integrity != "ok" { broken.append(integrity) }
            return broken
        }
    }
}
