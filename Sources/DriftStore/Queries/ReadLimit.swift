import CSQLite
import GRDB

/// When a read has to end: it keeps the daemon's log from being used again, and on a busy machine the log then grows with
/// every file that is taken.
public struct ReadLimit: Hashable, Sendable {
    /// Within so much time every read may end as it likes.
    public var seconds: Double
    /// After that, it may go on for as long as the log is no longer than this.
    public var logBytesMax: Int64

    public init(seconds: Double, logBytesMax: Int64) {
        self.seconds = seconds
        self.logBytesMax = logBytesMax
    }

    /// Two seconds, then until the log is longer than a load makes it that nobody holds up.
    public static let usual = ReadLimit(seconds: 2, logBytesMax: Store.walBytesUnderLoad + Store.walBytesUnderLoad / 2)

    /// Runs reads that end in `SQLITE_INTERRUPT` beyond the limit.
    func hold<T>(_ db: Database, path: String, _ body: () throws -> T) throws -> T {
        guard let connection = unsafe db.sqliteConnection else { return try body() }
        return try unsafe (path + "-wal").withCString { log in
            var limit = unsafe segdrift_sqlite_read_limit(
                log: log, log_bytes_max: logBytesMax,
                until_nanoseconds: segdrift_monotonic_nanoseconds() + Int64(seconds * 1_000_000_000))
            return try unsafe withUnsafeMutablePointer(to: &limit) { limit in
                unsafe segdrift_sqlite_limit_reads(connection, limit)
                defer { unsafe segdrift_sqlite_limit_reads(connection, nil) }
                return try body()
            }
        }
    }
}
