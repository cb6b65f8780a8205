public import DriftModel

/// What `segdrift run` was asked to do.
public struct RunOptions: Sendable {
    public var configPath: String
    /// Take what is in the spool, walk time, deliver what is due, end.
    public var once: Bool
    /// With ``once``: the instant logical time is walked to, instead of the wall clock.
    public var asOf: Instant?
    /// Believe the wall clock although it jumped or the last run was long ago.
    public var acceptClock: Bool
    /// Records in a transaction: enough that a customer is touched once for several records, few enough that a stop
    /// takes effect within a second or so. No result depends on it.
    public var chunkRecords: Int
    /// Threads that work customers out, one or two. No result depends on it.
    public var workThreads = 2
    /// A walk of logical time over more customers goes by the table. No move depends on it.
    public var customersWalkedByTickMax = TimeWalker.customersPerTransactionMax
    /// Memory for sorting a file that is not in the order of its time; nil: a quarter of the budget. No result depends
    /// on it.
    public var sortBytes: Int?
    /// A first load or backfill: every move is history, told in one digest.
    public var isLoad = false

    public static let chunkRecordsDefault = 131_072

    /// A record, what becomes of it and its place in the log take about a kibibyte while they wait for their commit.
    func chunkRecords(within budget: Int64) -> Int { min(chunkRecords, max(4_096, Int(budget >> 10))) }

    public init(
        configPath: String, once: Bool = false, asOf: Instant? = nil, acceptClock: Bool = false,
        chunkRecords: Int = RunOptions.chunkRecordsDefault
    ) {
        self.configPath = configPath
        self.once = once
        self.asOf = asOf
        self.acceptClock = acceptClock
        self.chunkRecords = chunkRecords
    }
}

/// What a run did, for the closing line of `run --once` and for the demo.
public struct RunSummary: Hashable, Sendable {
    /// Files that reached a final state (archived, duplicate, quarantined).
    public var files = 0
    /// Of them, those that were refused whole.
    public var refusedFiles = 0
    public var records = 0
    public var accepted = 0
    /// Records that were refused one by one.
    public var quarantined = 0
    public var transitions = 0
    public var alerts = 0
    public var delivered = 0
    /// Logical time at the end; nil while nothing has set it.
    public var logicalTime: Instant?

    public init() {}
}
