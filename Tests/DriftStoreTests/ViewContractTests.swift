import DriftStore
import Testing

/// The columns of the views, as documented: scripts and dashboards name them.
@Suite struct ViewContractTests {
    static let columns: [(view: String, columns: String)] = [
        (
            "transitions",
            """
            transition_id, customer, segmentation, seq, from_segment, to_segment, direction, effective_at, \
            recorded_at, cause, reason, model_version, source, file, record, event_id, inputs_before, inputs_after
            """
        ),
        ("current_segments", "customer, segmentation, segment, since, seq, next_change_at, next_segment"),
        ("customers", "customer, is_customer, first_event_at, last_event_at, events, attributes"),
        ("segment_sizes", "segmentation, segment, day, customers"),
        ("segment_flows", "segmentation, day, from_segment, to_segment, cause, customers"),
        (
            "alerts",
            """
            alert_id, rule, severity, created_at, customer, segmentation, from_segment, to_segment, kind, \
            group_key, state, suppressed_by, summary
            """
        ),
        ("silences", "silence_id, rule, segmentation, customer, created_at, until, created_by, comment"),
        (
            "deliveries",
            "alert_id, destination, state, attempts, next_attempt_at, last_error, delivered_at, suppressed_by"
        ),
        (
            "files",
            """
            file_id, source, name, sha256, size, state, records, accepted, duplicates, conflicts, late, \
            beyond_horizon, ignored, quarantined, attempts, seen_at, done_at, reason
            """
        ),
        ("quarantined", "file_id, record, byte_offset, code, reason, sample"),
        ("customer_actions", "customer, area, action, playbook, segmentation"),
        ("assumptions", "name, day, state, n, share, low, high"),
        ("models", "version, name, activated_at, active, yaml, cuts"),
        ("drift_daily", "day, segmentation, test, statistic, p_value, effect, n"),
        ("feed_forms", "source, version, kind, first_seen_at, first_file_id, last_file_id, columns, change"),
    ]

    @Test(arguments: columns) func aViewHasExactlyItsDocumentedColumns(view: String, columns: String) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let result = try scratch.reader().query("SELECT * FROM \(view)")
        #expect(result.columns.joined(separator: ", ") == columns)
        #expect(result.rows.isEmpty)
        try store.close()
    }
}
