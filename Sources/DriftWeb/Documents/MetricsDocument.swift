import DriftModel
public import DriftStore

/// What `/metrics` tells: labels of low cardinality only, no customer.
public enum MetricsDocument {
    /// The exposition in OpenMetrics text.
    public static func text(_ status: StoreStatus, _ segments: [SegmentSizeRow]) -> String {
        var metrics = OpenMetrics()
        metrics.add(
            "segdrift_model", .info, help: "The model in force.",
            [
                (
                    labels: [
                        ("name", status.modelName ?? ""), ("version", String((status.modelVersion ?? "").prefix(12))),
                    ],
                    value: 1
                )
            ])
        metrics.add(
            "segdrift_logical_time_seconds", .gauge, help: "Logical time, in seconds since 1970.",
            status.logicalTime.map { Double($0.microseconds) / 1e6 })
        metrics.add(
            "segdrift_last_recorded_seconds", .gauge, help: "When the last move was recorded, in seconds since 1970.",
            status.lastRecordedAt.map { Double($0.microseconds) / 1e6 })
        metrics.add("segdrift_customers_known", .gauge, help: "Customers and prospects.", Double(status.customers))
        metrics.add("segdrift_transitions", .counter, help: "Moves recorded.", Double(status.transitions))
        metrics.add("segdrift_alerts", .counter, help: "Alerts written.", Double(status.alerts))
        metrics.add(
            "segdrift_segment_customers", .gauge,
            help: "Customers per segment; an empty segment label counts prospects.",
            segments.map {
                (
                    labels: [("segmentation", $0.segmentation), ("segment", $0.segment ?? "")],
                    value: Double($0.customers)
                )
            })
        metrics.add(
            "segdrift_files", .gauge, help: "Files in the ledger by state.",
            FileState.allCases.map { (labels: [("state", $0.rawValue)], value: Double(status.filesByState[$0] ?? 0)) })
        metrics.add(
            "segdrift_deliveries", .gauge, help: "Deliveries of alerts by state.",
            DeliveryState.allCases.map {
                (labels: [("state", $0.rawValue)], value: Double(status.deliveriesByState[$0] ?? 0))
            })
        metrics.add(
            "segdrift_destination_deliveries", .gauge, help: "Deliveries of alerts by destination and state.",
            status.destinations.flatMap { destination in
                DeliveryState.allCases.map { state in
                    (
                        labels: [("destination", destination.destination), ("state", state.rawValue)],
                        value: Double(destination.deliveriesByState[state] ?? 0)
                    )
                }
            })
        metrics.add(
            "segdrift_resent_deliveries", .counter,
            help: "Deliveries sent again with the same id, because it was not known whether they had arrived.",
            status.destinations.map { (labels: [("destination", $0.destination)], value: Double($0.resent)) })
        metrics.add(
            "segdrift_records", .counter, help: "Records by source and what became of them.",
            status.sources.flatMap { source in
                let counts = source.counts
                let classes = [
                    ("accepted", counts.accepted), ("duplicate", counts.duplicates), ("conflict", counts.conflicts),
                    ("beyond_horizon", counts.beyondHorizon), ("ignored", counts.ignored),
                    ("quarantined", counts.quarantined),
                ]
                return classes.map {
                    (labels: [("source", source.source), ("class", $0.0)], value: Double($0.1))
                }
            })
        metrics.add("segdrift_database_bytes", .gauge, help: "Size of the database file.", Double(status.databaseBytes))
        metrics.add("segdrift_wal_bytes", .gauge, help: "Size of the write-ahead log.", Double(status.walBytes))
        return metrics.text
    }
}
