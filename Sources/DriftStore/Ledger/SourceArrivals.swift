public import DriftModel
import GRDB

extension StoreTransaction {
    /// When each source's latest file was first seen, of files claimed after one by number.
    /// - Returns: By source, and the number of the latest file of all; nil: there is none after that.
    /// - Complexity: O(files after that).
    public func latestArrivals(
        after fileID: Int64
    ) throws -> (seenAt: [String: Instant], fileID: Int64?) {
        let found = try rows(
            "SELECT source, max(seen_at), max(file_id) FROM file WHERE file_id > ? AND requeue_of IS NULL GROUP BY source",
            [fileID])
        return (
            Dictionary(uniqueKeysWithValues: found.map { ($0[0], Instant(microseconds: $0[1])) }),
            found.map { $0[2] as Int64 }.max()
        )
    }
}
