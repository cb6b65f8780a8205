import GRDB

/// How many customers are in one segment of each segmentation at the same time.
public struct SegmentCombination: Hashable, Sendable {
    /// Segment ids by segmentation; nil: not a customer there.
    public var segments: [String: String?]
    public var customers: Int64

    public init(segments: [String: String?], customers: Int64) {
        self.segments = segments
        self.customers = customers
    }
}

extension StoreReader {
    /// Every combination of segments that somebody is in now. Reads every customer.
    public func segmentCombinations() throws -> [SegmentCombination] {
        try read { db in
            // Names hold no control characters.
            try Row.fetchAll(
                db,
                sql: """
                    SELECT combination, count(*) FROM (
                        SELECT group_concat(segmentation || char(31) || ifnull(segment, ''), char(30)) AS combination
                        FROM current_segments GROUP BY customer)
                    GROUP BY combination
                    """
            ).map { row in
                let parts = (row[0] as String? ?? "").split(separator: "\u{1E}").map {
                    $0.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
                }
                return SegmentCombination(
                    segments: Dictionary(
                        parts.map { ($0[0], $0.count > 1 && !$0[1].isEmpty ? $0[1] : nil) }, uniquingKeysWith: { $1 }),
                    customers: row[1])
            }
        }
    }
}
