import DriftModel
import func Glibc.log2
import func Glibc.exp2

/// How good a file's records are: what the first pass counts on the side. Counts of files add up to a source's.
public struct FileQuality: Hashable, Sendable {
    /// Records that could be read, mapped or not.
    public var records: Int64 = 0
    /// NULL or missing, by field that the mapping reads.
    public var nulls: [String: Int64] = [:]
    /// Between a record's `at` and the claim of its file.
    public var delays = DelayCounts()

    public init() {}
}

/// Delays in buckets of about nine percent: small, and mergeable by adding.
public struct DelayCounts: Hashable, Sendable {
    /// Records by bucket; see ``bucket(ofSeconds:)``.
    public var counts: [Int: Int64] = [:]

    public init() {}

    /// Delays beyond this say when history was loaded, not how late a source delivers: 60 days.
    public static let historySeconds: Int64 = 60 * 86_400
    /// The bucket of history.
    public static let historyBucket = -1

    /// - Parameter seconds: Negative ones (a producer's clock is ahead) count as none.
    public static func bucket(ofSeconds seconds: Int64) -> Int {
        if seconds > historySeconds { return historyBucket }
        return Int((8 * log2(Double(max(0, seconds)) + 1)).rounded(.down))
    }

    /// The longest delay, in seconds, that falls into a bucket.
    public static func seconds(ofBucket bucket: Int) -> Int64 {
        Int64(exp2(Double(bucket + 1) / 8).rounded(.up)) - 2
    }

    /// Counts records of one delay.
    public mutating func add(seconds: Int64, count: Int64 = 1) {
        counts[Self.bucket(ofSeconds: seconds), default: 0] += count
    }

    /// Records that are not history.
    public var total: Int64 { counts.reduce(0) { $1.key == Self.historyBucket ? $0 : $0 + $1.value } }

    /// The delay, in seconds, that a share of the records does not exceed, to within a bucket; history left out. nil
    /// without records.
    public func quantile(_ share: Double) -> Int64? {
        let total = total
        guard total > 0 else { return nil }
        var left = max(1, Int64((Double(total) * share).rounded(.up)))
        for (bucket, count) in counts.sorted(by: { $0.key < $1.key }) where bucket != Self.historyBucket {
            left -= count
            if left <= 0 { return Self.seconds(ofBucket: bucket) }
        }
        return nil
    }

    /// A `wall_lag` that 99 of 100 records keep to, in whole hours; nil without records.
    public var wallLagHours: Int64? { quantile(0.99).map { ($0 + 3_599) / 3_600 } }
}
