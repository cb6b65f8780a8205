import DriftAnalytics
public import DriftStore

/// The status as one JSON object, the same from the API and from `segdrift status --json`. Names are stable.
public enum StatusDocument {
    /// The object on one line.
    public static func json(_ status: StoreStatus) -> String {
        JSONText.object([
            ("logical_time", .optional(status.logicalTime.map(TimeText.instant))),
            ("model", .optional(status.modelName)), ("model_version", .optional(status.modelVersion)),
            ("customers", .integer(status.customers)), ("transitions", .integer(status.transitions)),
            ("alerts", .integer(status.alerts)),
            ("last_recorded_at", .optional(status.lastRecordedAt.map(TimeText.instant))),
            ("next_wake_tick", .optional(status.nextWakeTick.map(Int64.init))),
            ("files", .json(counts(status.filesByState))), ("outbox", .json(counts(status.deliveriesByState))),
            ("oldest_pending_delivery", .optional(status.oldestPendingDelivery.map(TimeText.instant))),
            ("destinations", .json("[" + status.destinations.map(json).joined(separator: ",") + "]")),
            ("sources", .json("[" + status.sources.map(json).joined(separator: ",") + "]")),
            ("spool_troubles", .json("[" + status.spoolTroubles.map(json).joined(separator: ",") + "]")),
            ("spool_trouble_count", .integer(status.spoolTroubleCount)),
            ("database_bytes", .integer(status.databaseBytes)), ("wal_bytes", .integer(status.walBytes)),
            ("free_bytes", .integer(status.freeBytes)),
        ])
    }

    private static func json(_ source: SourceStatus) -> String {
        JSONText.object([
            ("source", .text(source.source)), ("files", .integer(source.files)), ("waiting", .integer(source.waiting)),
            ("records", .integer(source.counts.records)), ("accepted", .integer(source.counts.accepted)),
            ("late", .integer(source.counts.late)), ("quarantined", .integer(source.counts.quarantined)),
            ("last_done_at", .optional(source.lastDoneAt.map(TimeText.instant))),
            ("last_event_at", .optional(source.lastEventAt.map(TimeText.instant))),
            ("lag_seconds", .optional(source.lagSeconds)),
            ("arrival_delay_p50_seconds", .optional(source.delays.quantile(0.5))),
            ("arrival_delay_p99_seconds", .optional(source.delays.quantile(0.99))),
            ("wall_lag_suggested_seconds", .optional(suggested(source.delays))),
        ])
    }

    private static func json(_ destination: DestinationStatus) -> String {
        JSONText.object([
            ("destination", .text(destination.destination)),
            ("outbox", .json(counts(destination.deliveriesByState))),
            ("next_attempt_at", .optional(destination.nextAttemptAt.map(TimeText.instant))),
            ("resent", .integer(destination.resent)),
        ])
    }

    private static func json(_ trouble: SpoolTrouble) -> String {
        JSONText.object([
            ("source", .text(trouble.source)), ("name", .optional(trouble.name)), ("problem", .text(trouble.problem)),
            ("since", .text(TimeText.instant(trouble.since))),
        ])
    }

    private static func suggested(_ delays: DelaySketch) -> Int64? {
        if case .wait(let seconds) = WallLagAdvice(delays) { seconds } else { nil }
    }

    private static func counts<State: RawRepresentable<String>>(_ counts: [State: Int64]) -> String {
        JSONText.object(counts.map { ($0.key.rawValue, ReportValue.integer($0.value)) }.sorted { $0.0 < $1.0 })
    }
}
