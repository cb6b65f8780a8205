import GRDB

/// The views analysts rely on: names and columns are a contract. Made anew by each migration that touches them.
///
/// Names are joined by primary key only, and optionally, so that SQLite can leave out what a query does not use
/// and read the newest moves backwards without sorting.
///
/// Our own connections trust no schema (`trusted_schema = OFF`), under which this release of SQLite refuses JSON
/// functions inside stored views. They make the same views in their temporary schema, which hides the stored
/// ones: so a view that somebody put into the file is never run either.
enum Views {
    /// Hides the stored views of the file behind the same ones of this connection.
    static func makeTemporary(_ db: Database) throws {
        for view in all { try db.execute(sql: "CREATE TEMPORARY VIEW \(view.name) AS \(view.sql)") }
    }

    static let all: [(name: String, sql: String)] = [
        ("transitions", transitions), ("current_segments", currentSegments), ("customers", customers),
        ("segment_sizes", segmentSizes), ("segment_flows", segmentFlows), ("alerts", alerts), ("silences", silences),
        ("deliveries", deliveries), ("files", files), ("quarantined", quarantined),
        ("customer_actions", customerActions), ("assumptions", assumptions), ("models", models),
        ("drift_daily", driftDaily), ("feed_forms", feedForms),
    ]

    /// ISO 8601 UTC text of a column of microseconds: whole seconds, else milliseconds, else microseconds.
    /// The remainder is taken towards minus infinity, so that instants before 1970 read right.
    static func iso(_ column: String) -> String {
        let remainder = "((\(column) % 1000000 + 1000000) % 1000000)"
        return """
            (strftime('%Y-%m-%dT%H:%M:%S', (\(column) - \(remainder)) / 1000000, 'unixepoch')
                || CASE WHEN \(column) % 1000000 = 0 THEN 'Z'
                    WHEN \(column) % 1000 = 0 THEN printf('.%03dZ', \(remainder) / 1000)
                    ELSE printf('.%06dZ', \(remainder)) END)
            """
    }

    /// Local date of a column of day numbers.
    static func date(_ column: String) -> String {
        "date(\(column) * 86400, 'unixepoch')"
    }

    /// One side (0 before, 1 after) of a row's inputs as a JSON object.
    private static func inputs(_ side: Int) -> String {
        """
        (SELECT json_group_object(n.value, json(CASE json_type(t.inputs, '$[' || n.key || ']')
                WHEN 'array' THEN json_extract(t.inputs, '$[' || n.key || ']') -> \(side)
                ELSE t.inputs -> n.key END))
            FROM input_set AS i CROSS JOIN json_each(i.names) AS n WHERE i.input_set_id = k.input_set_id)
        """
    }

    /// A value of a flip as a person writes it: texts quoted, NULL and truth values in capitals.
    private static func flipValue(_ position: Int) -> String {
        """
        CASE json_type(e.value, '$[\(position)]') WHEN 'null' THEN 'NULL' WHEN 'true' THEN 'TRUE'
            WHEN 'false' THEN 'FALSE' WHEN 'text' THEN e.value ->> \(position) ELSE e.value -> \(position) END
        """
    }

    /// What rules of several segments say alike is said once, where it comes first.
    private static var reason: String {
        """
        (SELECT group_concat(x.said, '; ') FROM (
            SELECT q.subject || ' ' || \(flipValue(1)) || ' → ' || \(flipValue(2))
                || CASE WHEN q.has_limit = 0 THEN ', ' || q.text
                    WHEN json_type(e.value, '$[3]') IS NULL THEN ', limit ' || q.limit_text
                    ELSE ', limit ' || \(flipValue(3)) END AS said
            FROM json_each(t.flips) AS e CROSS JOIN comparison AS q ON q.comparison_id = e.value ->> 0
            GROUP BY said ORDER BY min(e.key)) AS x)
        """
    }

    /// Only the customer and the kind are joined; other names are looked up in place, which SQLite leaves undone
    /// for columns that a query does not use: counting moves then costs little more than reading them.
    static var transitions: String {
        """
        SELECT t.transition_id, c.name AS customer,
            (SELECT name FROM segmentation AS g WHERE g.segmentation_id = t.segmentation_id) AS segmentation, t.seq,
            (SELECT name FROM segment AS f WHERE f.segment_id = k.from_segment_id) AS from_segment,
            (SELECT name FROM segment AS s WHERE s.segment_id = k.to_segment_id) AS to_segment, k.direction,
            \(iso("t.effective_at")) AS effective_at,
            (SELECT \(iso("r.recorded_at")) FROM recording AS r WHERE r.recording_id = t.recording_id) AS recorded_at,
            k.cause, \(reason) AS reason,
            (SELECT version FROM model AS m WHERE m.model_id = k.model_id) AS model_version,
            (SELECT source FROM file AS l WHERE l.file_id = t.file_id) AS source,
            (SELECT name FROM file AS l WHERE l.file_id = t.file_id) AS file, t.record, t.event_id,
            \(inputs(0)) AS inputs_before, \(inputs(1)) AS inputs_after
        FROM transition AS t
        LEFT JOIN customer AS c ON c.customer_id = t.customer_id
        LEFT JOIN transition_kind AS k ON k.kind_id = t.kind_id
        """
    }

    private static var currentSegments: String {
        """
        SELECT c.name AS customer, g.name AS segmentation, s.name AS segment,
            \(iso("json_extract(p.value, '$[2]')")) AS since, json_extract(p.value, '$[3]') AS seq,
            CASE m.grain WHEN 'hour' THEN \(iso("(json_extract(p.value, '$[4]') * 3600000000)"))
                ELSE \(date("json_extract(p.value, '$[4]')")) END AS next_change_at,
            n.name AS next_segment
        FROM customer AS c CROSS JOIN json_each(c.segments) AS p
        LEFT JOIN segmentation AS g ON g.segmentation_id = json_extract(p.value, '$[0]')
        LEFT JOIN segment AS s ON s.segment_id = json_extract(p.value, '$[1]')
        LEFT JOIN segment AS n ON n.segment_id = json_extract(p.value, '$[5]')
        LEFT JOIN model AS m ON m.active = 1
        """
    }

    /// A row without a state is a name of which no record was ever accepted.
    private static var customers: String {
        """
        SELECT c.name AS customer, c.is_customer, \(iso("c.first_at")) AS first_event_at,
            \(iso("c.last_at")) AS last_event_at, c.events, ifnull(c.attributes, '{}') AS attributes
        FROM customer AS c WHERE c.state IS NOT NULL
        """
    }

    /// Daily changes added up over a dense calendar of every segment there ever was; each day then shows the
    /// segments of the model in force at its end. Cumulating before choosing keeps a returning segment right.
    private static var segmentSizes: String {
        """
        WITH RECURSIVE
            last_day (day) AS MATERIALIZED (SELECT value FROM meta WHERE key = 'logical_day'),
            calendar (day) AS MATERIALIZED (
                SELECT min(day) FROM appearance_count
                UNION ALL
                SELECT day + 1 FROM calendar WHERE day < (SELECT day FROM last_day)),
            dated (day, model_id, appeared) AS MATERIALIZED (
                SELECT d.day, (SELECT a.model_id FROM activation AS a
                        WHERE a.from_day IS NULL OR a.from_day <= d.day ORDER BY a.activation_id DESC LIMIT 1),
                    ifnull((SELECT p.n FROM appearance_count AS p WHERE p.day = d.day), 0)
                FROM calendar AS d WHERE d.day IS NOT NULL),
            place (segmentation_id, segment_id) AS MATERIALIZED (
                SELECT segmentation_id, segment_id FROM segment
                UNION ALL SELECT segmentation_id, 0 FROM segmentation),
            total (segmentation_id, segment_id, day, model_id, n) AS (
                SELECT p.segmentation_id, p.segment_id, d.day, d.model_id,
                    sum(ifnull(x.n, 0) + CASE WHEN p.segment_id = 0 THEN d.appeared ELSE 0 END) OVER (
                        PARTITION BY p.segmentation_id, p.segment_id ORDER BY d.day)
                FROM place AS p CROSS JOIN dated AS d
                LEFT JOIN size_change AS x ON x.segmentation_id = p.segmentation_id
                    AND x.segment_id = p.segment_id AND x.day = d.day)
        SELECT g.name AS segmentation, s.name AS segment, \(date("t.day")) AS day, t.n AS customers
        FROM total AS t
        JOIN segmentation AS g ON g.segmentation_id = t.segmentation_id
        LEFT JOIN segment AS s ON s.segment_id = t.segment_id
        WHERE CASE WHEN t.segment_id = 0 THEN
                EXISTS (SELECT 1 FROM model_segmentation AS x
                    WHERE x.model_id = t.model_id AND x.segmentation_id = t.segmentation_id)
            ELSE EXISTS (SELECT 1 FROM model_segment AS y
                WHERE y.model_id = t.model_id AND y.segment_id = t.segment_id) END
        """
    }

    private static var segmentFlows: String {
        """
        SELECT g.name AS segmentation, \(date("x.day")) AS day, f.name AS from_segment, s.name AS to_segment,
            x.cause, x.n AS customers
        FROM flow_count AS x
        JOIN segmentation AS g ON g.segmentation_id = x.segmentation_id
        LEFT JOIN segment AS f ON f.segment_id = x.from_segment_id
        LEFT JOIN segment AS s ON s.segment_id = x.to_segment_id
        WHERE x.n > 0
        """
    }

    private static var alerts: String {
        """
        SELECT a.alert_id, a.rule, a.severity, \(iso("a.created_at")) AS created_at, c.name AS customer,
            a.segmentation, a.from_segment, a.to_segment, a.kind, a.group_key, a.state, a.suppressed_by, a.summary
        FROM alert AS a LEFT JOIN customer AS c ON c.customer_id = a.customer_id
        """
    }

    /// Alerts are not told that match all that is given here.
    private static var silences: String {
        """
        SELECT x.silence_id, x.rule, x.segmentation, c.name AS customer, \(iso("x.created_at")) AS created_at,
            \(iso("x.until")) AS until, x.created_by, x.comment
        FROM silence AS x LEFT JOIN customer AS c ON c.customer_id = x.customer_id
        """
    }

    private static var deliveries: String {
        """
        SELECT d.alert_id, d.destination, d.state, d.attempts, \(iso("d.due_at")) AS next_attempt_at, d.last_error,
            \(iso("d.delivered_at")) AS delivered_at, d.suppressed_by
        FROM delivery AS d
        """
    }

    private static var files: String {
        """
        SELECT l.file_id, l.source, l.name, l.sha256, l.size, l.state, l.records, l.accepted, l.duplicates,
            l.conflicts, l.late, l.beyond_horizon, l.ignored, l.quarantined, l.attempts,
            \(iso("l.seen_at")) AS seen_at, \(iso("l.done_at")) AS done_at, l.reason
        FROM file AS l
        """
    }

    private static var quarantined: String {
        """
        SELECT q.file_id, q.record, q.byte_offset, q.code, q.reason, q.sample FROM quarantined_record AS q
        """
    }

    /// The first to fill an area wins: the row of least precedence, which SQLite takes for the bare columns of
    /// `min()`. Grouping by the name lets a condition on the customer reach the table.
    private static var customerActions: String {
        """
        SELECT customer, area, action, playbook, segmentation FROM (
            SELECT c.name AS customer, a.area AS area, a.action AS action, a.playbook AS playbook,
                a.segmentation AS segmentation, min(a.precedence) AS precedence
            FROM customer AS c CROSS JOIN json_each(c.segments) AS p
            CROSS JOIN model_action AS a ON a.model_id = (SELECT model_id FROM model WHERE active = 1)
                AND a.segment_id = json_extract(p.value, '$[1]')
            GROUP BY c.name, a.area)
        """
    }

    private static var assumptions: String {
        """
        SELECT x.name, \(date("x.day")) AS day, x.state, x.n, x.share, x.low, x.high FROM assumption_day AS x
        """
    }

    private static var models: String {
        """
        SELECT m.version, m.name, \(iso("m.activated_at")) AS activated_at, m.active, m.yaml, m.cuts FROM model AS m
        """
    }

    private static var driftDaily: String {
        """
        SELECT \(date("x.day")) AS day, g.name AS segmentation, x.test, x.statistic, x.p_value, x.effect, x.n
        FROM drift_day AS x JOIN segmentation AS g ON g.segmentation_id = x.segmentation_id
        """
    }

    /// The current form of a source is the one with the greatest `last_file_id`.
    private static var feedForms: String {
        """
        SELECT f.source, f.version, f.kind, \(iso("f.first_seen_at")) AS first_seen_at, f.first_file_id, f.last_file_id,
            (SELECT json_group_array(name) FROM (
                SELECT c.name FROM feed_column AS c WHERE c.form_id = f.form_id ORDER BY c.position)) AS columns,
            f.change
        FROM feed_form AS f
        """
    }
}
