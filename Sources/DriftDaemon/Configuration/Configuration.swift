public import DriftAlerts
public import DriftIntake

/// The whole of `segdrift.yaml`, validated, defaults filled in, paths absolute.
public struct Configuration: Hashable, Sendable {
    /// Path of the model file.
    public var model: String
    /// Database, lock, control files.
    public var stateDirectory: String
    /// `incoming/`, `work/`, `archive/`, `quarantine/` lie under it, on one file system.
    public var spoolDirectory: String
    /// How far logical time stays behind the wall clock.
    public var wallLag: WallLag
    /// Seconds that an event may lie after its file's claim.
    public var futureToleranceSeconds: Int64
    /// Bytes for hot state and caches.
    public var memoryBudgetBytes: Int64
    public var retention: Retention
    public var privacy: Privacy
    public var http: HTTPConfiguration
    /// Names this daemon in what it sends; the host's name unless set.
    public var instance: String
    /// In the order written, which breaks ties between files of equal time.
    public var sources: [SourceConfiguration]
    /// In the order written.
    public var destinations: [DestinationConfiguration]

    public init(
        model: String, stateDirectory: String = Configuration.stateDirectoryDefault,
        spoolDirectory: String = Configuration.spoolDirectoryDefault, wallLag: WallLag = .seconds(0),
        futureToleranceSeconds: Int64 = 3600, memoryBudgetBytes: Int64 = 128 << 20,
        retention: Retention = Retention(), privacy: Privacy = Privacy(),
        http: HTTPConfiguration = HTTPConfiguration(), instance: String = "localhost",
        sources: [SourceConfiguration] = [], destinations: [DestinationConfiguration] = []
    ) {
        self.model = model
        self.stateDirectory = stateDirectory
        self.spoolDirectory = spoolDirectory
        self.wallLag = wallLag
        self.futureToleranceSeconds = futureToleranceSeconds
        self.memoryBudgetBytes = memoryBudgetBytes
        self.retention = retention
        self.privacy = privacy
        self.http = http
        self.instance = instance
        self.sources = sources
        self.destinations = destinations
    }

    /// Where state goes unless `state_directory` or `$STATE_DIRECTORY` says otherwise.
    public static let stateDirectoryDefault = "/var/lib/segdrift"
    /// Where the spool is unless `spool_directory` says otherwise.
    public static let spoolDirectoryDefault = "/var/spool/segdrift"

    /// Path of the database.
    public var databasePath: String { stateDirectory + "/segdrift.sqlite" }
}

/// `wall_lag`: what logical time follows.
public enum WallLag: Hashable, Sendable {
    /// The wall clock minus so many seconds.
    case seconds(Int64)
    /// Only the events' own times.
    case never
}

/// How long something is kept.
public enum KeepFor: Hashable, Sendable {
    case forever
    case seconds(Int64)
}

/// `retention:` — what is deleted when.
public struct Retention: Hashable, Sendable {
    public var archive: KeepFor
    public var transitions: KeepFor
    public var quarantine: KeepFor

    public init(
        archive: KeepFor = .forever, transitions: KeepFor = .forever, quarantine: KeepFor = .seconds(90 * 86_400)
    ) {
        self.archive = archive
        self.transitions = transitions
        self.quarantine = quarantine
    }
}

/// `privacy:` — what may be seen where.
public struct Privacy: Hashable, Sendable {
    /// Logs name a keyed hash instead of the customer.
    public var hashCustomersInLogs: Bool

    public init(hashCustomersInLogs: Bool = false) {
        self.hashCustomersInLogs = hashCustomersInLogs
    }
}

/// `http:` — the read-only dashboard and API.
public struct HTTPConfiguration: Hashable, Sendable {
    public var listen: ListenAddress
    /// Host names accepted besides the loopback ones.
    public var allowHosts: [String]

    public init(listen: ListenAddress = .tcp(host: "127.0.0.1", port: 8674), allowHosts: [String] = []) {
        self.listen = listen
        self.allowHosts = allowHosts
    }
}

/// Where the daemon listens.
public enum ListenAddress: Hashable, Sendable {
    case tcp(host: String, port: Int)
    /// An absolute path.
    case unix(path: String)
    /// Sockets handed over by systemd only; without any there is no HTTP.
    case none
}
