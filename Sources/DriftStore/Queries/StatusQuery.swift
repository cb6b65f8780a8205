public import DriftModel
import GRDB

/// The figures of `segdrift status` that the database knows.
public struct StoreStatus: Hashable, Sendable {
    public var logicalTime: Instant?
    public var modelName: String?
    public var modelVersion: String?
    public var customers: Int64
    public var transitions: Int64
    /// When the last move was recorded, by the wall clock.
    public var lastRecordedAt: Instant?
    /// The tick at which time alone next moves somebody, or somebody must be looked at.
    public var nextWakeTick: Tick?
    public var filesByState: [FileState: Int64]
    public var sources: [SourceStatus]
    /// What needs a person in the spool, and how much there is in all.
    public var spoolTroubles: [SpoolTrouble]
    public var spoolTroubleCount: Int64
    public var deliveriesByState: [DeliveryState: Int64]
    public var oldestPendingDelivery: Instant?
    public var destinations: [DestinationStatus]
    public var alerts: Int64
    public var databaseBytes: Int64
    public var walBytes: Int64
    /// Free pages inside the database file, in bytes.
    public var freeBytes: Int64

    public init(
        logicalTime: Instant?, modelName: String?, modelVersion: String?, customers: Int64, transitions: Int64,
        lastRecordedAt: Instant?, nextWakeTick: Tick?, filesByState: [FileState: Int64], sources: [SourceStatus],
        spoolTroubles: [SpoolTrouble] = [], spoolTroubleCount: Int64 = 0,
        deliveriesByState: [DeliveryState: Int64], oldestPendingDelivery: Instant?,
        destinations: [DestinationStatus] = [], alerts: Int64, databaseBytes: Int64, walBytes: Int64, freeBytes: Int64
    ) {
        self.logicalTime = logicalTime
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.customers = customers
        self.transitions = transitions
        self.lastRecordedAt = lastRecordedAt
        self.nextWakeTick = nextWakeTick
        self.filesByState = filesByState
        self.sources = sources
        self.spoolTroubles = spoolTroubles
        self.spoolTroubleCount = spoolTroubleCount
        self.deliveriesByState = deliveriesByState
        self.oldestPendingDelivery = oldestPendingDelivery
        self.destinations = destinations
        self.alerts = alerts
        self.databaseBytes = databaseBytes
        self.walBytes = walBytes
        self.freeBytes = freeBytes
    }
}

/// What one source has delivered.
public struct SourceStatus: Hashable, Sendable {
    public var source: String
    public var files: Int64
    /// Not finished yet, quarantined ones aside.
    public var waiting: Int64
    public var counts: FileCounts
    /// When the last file was finished.
    public var lastDoneAt: Instant?
    /// The latest `at` delivered.
    public var lastEventAt: Instant?
    /// How long after its last event a file typically arrives: median over the last hundred files, in seconds.
    public var lagSeconds: Int64?
    /// How long after their `at` accepted records of the last hundred files came.
    public var delays: DelaySketch

    public init(
        source: String, files: Int64, waiting: Int64, counts: FileCounts, lastDoneAt: Instant?,
        lastEventAt: Instant?, lagSeconds: Int64?, delays: DelaySketch = DelaySketch()
    ) {
        self.source = source
        self.files = files
        self.waiting = waiting
        self.counts = counts
        self.lastDoneAt = lastDoneAt
        self.lastEventAt = lastEventAt
        self.lagSeconds = lagSeconds
        self.delays = delays
    }
}

extension StoreReader {
    /// All figures over one snapshot. Counts of customers and transitions come from counters and the table's end,
    /// not from reading them.
    public func status() throws -> StoreStatus {
        try read { db in
            let troubles = try spoolTroubles(db)
            let destinations = try DestinationStatus.all(db)
            return StoreStatus(
                logicalTime: try meta(db, "logical_time").flatMap(Int64.init).map(Instant.init(microseconds:)),
                modelName: try String.fetchOne(db, sql: "SELECT name FROM model WHERE active = 1"),
                modelVersion: try String.fetchOne(db, sql: "SELECT version FROM model WHERE active = 1"),
                customers: try number(db, "SELECT count(*) FROM customer WHERE state IS NOT NULL"),
                transitions: try number(db, "SELECT sum(n) FROM flow_count"),
                lastRecordedAt: try instant(
                    db, "SELECT recorded_at FROM recording ORDER BY recording_id DESC LIMIT 1"),
                nextWakeTick: try Tick.fetchOne(
                    db, sql: "SELECT min(wake_tick) FROM customer WHERE wake_tick IS NOT NULL"),
                filesByState: try states(db, "SELECT state, count(*) FROM file GROUP BY state"),
                sources: try sources(db), spoolTroubles: troubles.kept, spoolTroubleCount: troubles.count,
                deliveriesByState: destinations.reduce(into: [:]) {
                    $0.merge($1.deliveriesByState, uniquingKeysWith: +)
                },
                oldestPendingDelivery: destinations.compactMap(\.nextAttemptAt).min(), destinations: destinations,
                alerts: try number(db, "SELECT count(*) FROM alert"),
                databaseBytes: FileIdentity(path: path)?.size ?? 0,
                walBytes: FileIdentity(path: path + "-wal")?.size ?? 0,
                freeBytes: try number(db, "PRAGMA freelist_count") * number(db, "PRAGMA page_size"))
        }
    }

    private func number(_ db: Database, _ sql: String) throws -> Int64 { try Int64.fetchOne(db, sql: sql) ?? 0 }

    private func instant(_ db: Database, _ sql: String) throws -> Instant? {
        try Int64.fetchOne(db, sql: sql).map(Instant.init(microseconds:))
    }

    func meta(_ db: Database, _ key: String) throws -> String? {
        try String.fetchOne(db, sql: "SELECT CAST(value AS TEXT) FROM meta WHERE key = ?", arguments: [key])
    }

    private func states<State: RawRepresentable<String> & Hashable>(
        _ db: Database, _ sql: String
    ) throws -> [State: Int64] {
        var counts: [State: Int64] = [:]
        for row in try Row.fetchAll(db, sql: sql) {
            if let state = State(rawValue: row[0]) { counts[state] = row[1] }
        }
        return counts
    }

    private func sources(_ db: Database) throws -> [SourceStatus] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT source, count(*) AS files,
                    sum(state IN ('claimed', 'valid', 'applying', 'committed', 'duplicate_pending',
                        'quarantine_pending')) AS waiting,
                    sum(accepted) AS accepted, sum(duplicates) AS duplicates, sum(conflicts) AS conflicts,
                    sum(late) AS late, sum(beyond_horizon) AS beyond_horizon, sum(ignored) AS ignored,
                    sum(quarantined) AS quarantined, max(done_at) AS done_at,
                    max(CASE WHEN accepted > 0 THEN last_at END) AS last_at
                FROM file GROUP BY source ORDER BY source
                """)
        return try rows.map { row in
            SourceStatus(
                source: row["source"], files: row["files"], waiting: row["waiting"], counts: FileCounts(row: row),
                lastDoneAt: row.instant("done_at"), lastEventAt: row.instant("last_at"),
                lagSeconds: try lag(db, source: row["source"]),
                delays: try SourceQuality.delays(db, source: row["source"]))
        }
    }

    private func lag(_ db: Database, source: String) throws -> Int64? {
        try Int64.fetchOne(
            db,
            sql: """
                WITH recent AS (
                    SELECT seen_at - last_at AS lag FROM file WHERE source = ? AND last_at IS NOT NULL
                    ORDER BY file_id DESC LIMIT 100)
                SELECT lag / 1000000 FROM recent ORDER BY lag
                LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM recent)
                """, arguments: [source])
    }
}
