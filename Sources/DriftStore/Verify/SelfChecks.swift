import GRDB

/// What a database can be held to without any other source of truth.
public struct SelfCheck: Hashable, Sendable {
    /// What was held to what, in a word: `integrity`, `chains`, …
    public var name: String
    /// How much was looked at, in words.
    public var extent: String
    /// What does not hold, each with its place; empty: all of it does. At most ``StoreReader/findingsMax``.
    public var findings: [String]

    public init(name: String, extent: String, findings: [String]) {
        self.name = name
        self.extent = extent
        self.findings = findings
    }
}

extension StoreReader {
    /// Findings told per check.
    public static let findingsMax = 20

    /// SQLite's own checks of the file: every page, every index, every reference.
    public func checkIntegrity() throws -> SelfCheck {
        try read { db in
            var findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(Self.findingsMax))")
            if findings == ["ok"] { findings = [] }
            for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
                findings.append("a row of \(row[0] as String? ?? "?") refers to a row that is not there")
            }
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            return SelfCheck(name: "integrity", extent: "\(pages) pages", findings: Self.capped(findings))
        }
    }

    /// I7: each move begins where the one before ended, without a gap in the numbers, and the last one ends where the
    /// customer is. Where moves were forgotten, the first that is left may begin anywhere. I5's half that concerns the database: an alert's transition exists.
    public func checkChains() throws -> SelfCheck {
        try read { db in
            let mayBegin = try Self.hasForgottenMoves(db)
            var findings = try String.fetchAll(
                db,
                sql: """
                    SELECT 'move ' || transition_id || ' of customer ' || ifnull(c.name, '?') || ' (seq ' || seq
                        || ') does not continue the one before it'
                    FROM (
                        SELECT t.transition_id, t.customer_id, t.seq, t.effective_at, k.from_segment_id AS here,
                            lag(k.to_segment_id) OVER w AS before, lag(t.seq) OVER w AS seq_before,
                            lag(t.effective_at, 1, t.effective_at) OVER w AS at_before
                        FROM transition AS t JOIN transition_kind AS k USING (kind_id)
                        WINDOW w AS (PARTITION BY t.customer_id, t.segmentation_id ORDER BY t.seq)) AS m
                    LEFT JOIN customer AS c USING (customer_id)
                    WHERE (here IS NOT before OR seq <> ifnull(seq_before, 0) + 1 OR effective_at < at_before)
                        AND NOT (? AND seq_before IS NULL) LIMIT ?
                    """, arguments: [mayBegin, Self.findingsMax])
            findings += try String.fetchAll(
                db,
                sql: """
                    SELECT 'customer ' || c.name || ' is in ' || ifnull(s.name, 'no segment') || ' of ' || g.name
                        || ', the last move led to ' || ifnull(e.name, 'none')
                    FROM customer AS c CROSS JOIN json_each(c.segments) AS p
                    JOIN segmentation AS g ON g.segmentation_id = p.value ->> 0
                    LEFT JOIN segment AS s ON s.segment_id = p.value ->> 1
                    LEFT JOIN transition AS t ON t.customer_id = c.customer_id AND t.segmentation_id = p.value ->> 0
                        AND t.seq = p.value ->> 3
                    LEFT JOIN transition_kind AS k ON k.kind_id = t.kind_id
                    LEFT JOIN segment AS e ON e.segment_id = k.to_segment_id
                    WHERE k.to_segment_id IS NOT p.value ->> 1 LIMIT ?
                    """, arguments: [Self.findingsMax])
            let moves = try Int.fetchOne(db, sql: "SELECT count(*) FROM transition") ?? 0
            return SelfCheck(name: "chains", extent: "\(moves) moves", findings: Self.capped(findings))
        }
    }

    /// I4: every record of every file is in exactly one class, and what is kept of refused and ignored ones adds up to
    /// their counts.
    public func checkLedger() throws -> SelfCheck {
        try read { db in
            let findings = try String.fetchAll(
                db,
                sql: """
                    WITH kept AS (
                        SELECT file_id, sum(n * (code <> 'conflict')) AS refused, sum(n * (code = 'conflict')) AS conflicts
                        FROM (
                            SELECT file_id, code, 1 AS n FROM quarantined_record WHERE record IS NOT NULL
                            UNION ALL SELECT file_id, code, n FROM forgotten_refusal)
                        GROUP BY file_id),
                    skipped AS (SELECT file_id, sum(n) AS n FROM ignored_count GROUP BY file_id)
                    SELECT 'file ' || f.file_id || ' (' || f.name || '): ' || CASE
                        WHEN f.records <> f.accepted + f.duplicates + f.conflicts + f.beyond_horizon + f.ignored
                            + f.quarantined THEN 'its ' || f.records || ' records are not the sum of their classes'
                        WHEN f.state = 'archived' AND f.quarantined <> ifnull(kept.refused, 0) THEN
                            f.quarantined || ' records count as quarantined, ' || ifnull(kept.refused, 0) || ' are kept'
                        WHEN f.state = 'archived' AND f.conflicts <> ifnull(kept.conflicts, 0) THEN
                            f.conflicts || ' records count as conflicts, ' || ifnull(kept.conflicts, 0) || ' are kept'
                        WHEN f.state = 'archived' AND f.ignored <> ifnull(skipped.n, 0) THEN
                            f.ignored || ' records count as ignored, ' || ifnull(skipped.n, 0) || ' have a reason'
                        WHEN f.state = 'archived' AND f.records + ifnull((SELECT sum(g.records) FROM file AS g
                                WHERE g.requeue_of = f.file_id), 0) <> f.scanned AND f.requeue_of IS NULL THEN
                            f.scanned || ' records were read, ' || f.records || ' are counted'
                        END
                    FROM file AS f LEFT JOIN kept USING (file_id) LEFT JOIN skipped USING (file_id)
                    WHERE f.records <> f.accepted + f.duplicates + f.conflicts + f.beyond_horizon + f.ignored + f.quarantined
                        OR f.state = 'archived' AND (f.quarantined <> ifnull(kept.refused, 0)
                            OR f.conflicts <> ifnull(kept.conflicts, 0) OR f.ignored <> ifnull(skipped.n, 0)
                            OR f.requeue_of IS NULL AND f.records + ifnull((SELECT sum(g.records) FROM file AS g
                                WHERE g.requeue_of = f.file_id), 0) <> f.scanned)
                    ORDER BY f.file_id LIMIT ?
                    """, arguments: [Self.findingsMax])
            let totals = try Row.fetchOne(db, sql: "SELECT count(*), ifnull(sum(records), 0) FROM file")
            let (files, records): (Int, Int) = (totals?[0] ?? 0, totals?[1] ?? 0)
            return SelfCheck(
                name: "ledger", extent: "\(records) records of \(files) files", findings: Self.capped(findings))
        }
    }

    /// Counts kept per day against the moves and customers they count, as far as these are kept.
    public func checkCounts() throws -> SelfCheck {
        try read { db in
            let flows = try Int.fetchOne(db, sql: "SELECT ifnull(sum(n), 0) FROM flow_count") ?? 0
            let moves = try Int.fetchOne(db, sql: "SELECT count(*) FROM transition") ?? 0
            let appeared = try Int.fetchOne(db, sql: "SELECT ifnull(sum(n), 0) FROM appearance_count") ?? 0
            let customers = try Int.fetchOne(db, sql: "SELECT count(*) FROM customer WHERE state IS NOT NULL") ?? 0
            var findings: [String] = []
            if flows < moves { findings.append("\(flows) moves are counted per day, \(moves) are there") }
            if appeared < customers {
                findings.append("\(appeared) customers are counted per day, \(customers) are there")
            }
            return SelfCheck(name: "counts", extent: "\(flows) moves by day", findings: findings)
        }
    }

    private static func capped(_ findings: [String]) -> [String] { Array(findings.prefix(findingsMax)) }

    /// Work that is under way, in words; nil: the database is at rest.
    public func unfinishedWork() throws -> String? {
        try read { db in
            let applying = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM file WHERE state = 'applying' \(FileState.sqlNotFinal)")
            if let applying, applying > 0 { return "\(applying) files are being applied" }
            let target = try Int.fetchOne(db, sql: "SELECT count(*) FROM meta WHERE key = 'time_target'")
            return target == 0 ? nil : "logical time is being moved on"
        }
    }

    /// A copy of the database as it is now, in one read.
    public func copy(to destination: String) throws {
        do {
            let copy = try DatabaseQueue(path: destination)
            try queue.backup(to: copy)
            try copy.close()
        } catch let error as DatabaseError {
            throw StoreError(error, path: destination)
        }
    }
}
