/// Moves of one pair of segments on one day; nil is "not a customer".
public struct FlowDay: Hashable, Sendable {
    public var segmentation: String
    /// Local date, `2026-01-31`; texts of this form sort by time.
    public var day: String
    public var from: String?
    public var to: String?
    public var cause: String
    public var customers: Int

    public init(segmentation: String, day: String, from: String?, to: String?, cause: String, customers: Int) {
        self.segmentation = segmentation
        self.day = day
        self.from = from
        self.to = to
        self.cause = cause
        self.customers = customers
    }
}

/// Size of one segment at the end of one day; a segment of nil counts prospects.
public struct SegmentDay: Hashable, Sendable {
    public var segmentation: String
    public var segment: String?
    /// Local date, `2026-01-31`.
    public var day: String
    public var customers: Int

    public init(segmentation: String, segment: String?, day: String, customers: Int) {
        self.segmentation = segmentation
        self.segment = segment
        self.day = day
        self.customers = customers
    }
}

/// A segment now against an earlier day: size, share, change, and who came and went in between.
public struct SegmentSummary: Hashable, Sendable {
    public var segmentation: String
    /// nil: prospects.
    public var segment: String?
    public var customers: Int
    /// Of the segmentation's customers, prospects not counted; nil for prospects and when there are no customers.
    public var share: Double?
    /// Customers more than on the earlier day.
    public var change: Int
    /// Moves into the segment after the earlier day, those back and forth counted each time.
    public var inflow: Int
    /// Moves out of it.
    public var outflow: Int
    /// Sizes day by day from the earlier day on, for a sparkline.
    public var history: [Int]

    public init(
        segmentation: String, segment: String?, customers: Int, share: Double?, change: Int, inflow: Int,
        outflow: Int, history: [Int]
    ) {
        self.segmentation = segmentation
        self.segment = segment
        self.customers = customers
        self.share = share
        self.change = change
        self.inflow = inflow
        self.outflow = outflow
        self.history = history
    }
}

/// Summaries over daily counts.
public enum SegmentSummaries {
    private struct Key: Hashable {
        var segmentation: String
        var segment: String?
    }

    /// - Parameters:
    ///   - sizes: Every segment and day from `since` on, in any order; a missing day keeps the last size.
    ///   - flows: Moves; those on or before `since` are not counted.
    ///   - order: Segments in the order in which they are to appear, per segmentation; others follow by name,
    ///     prospects last.
    ///   - since: The earlier day; a segment without a row on it began at 0.
    /// - Returns: One summary per segment.
    /// - Complexity: O(n log n) in the number of rows.
    public static func make(
        sizes: [SegmentDay], flows: [FlowDay], order: [(segmentation: String, segments: [String])], since: String
    ) -> [SegmentSummary] {
        let days = Set(sizes.lazy.map(\.day).filter { $0 >= since }).sorted()
        guard let last = days.last else { return [] }
        var counts: [Key: [String: Int]] = [:]
        for size in sizes where size.day >= since {
            counts[Key(segmentation: size.segmentation, segment: size.segment), default: [:]][size.day] = size.customers
        }
        var inflow: [Key: Int] = [:]
        var outflow: [Key: Int] = [:]
        for flow in flows where flow.day > since && flow.from != flow.to {
            inflow[Key(segmentation: flow.segmentation, segment: flow.to), default: 0] += flow.customers
            outflow[Key(segmentation: flow.segmentation, segment: flow.from), default: 0] += flow.customers
        }
        let keys = sorted(Set(counts.keys), by: order)
        var totals: [String: Int] = [:]
        for key in keys where key.segment != nil { totals[key.segmentation, default: 0] += counts[key]?[last] ?? 0 }
        return keys.map { key in
            let history = filled(counts[key] ?? [:], over: days)
            let now = history.last ?? 0
            let total = totals[key.segmentation] ?? 0
            return SegmentSummary(
                segmentation: key.segmentation, segment: key.segment, customers: now,
                share: key.segment == nil || total == 0 ? nil : Double(now) / Double(total),
                change: now - (days.first == since ? history.first ?? 0 : 0), inflow: inflow[key] ?? 0,
                outflow: outflow[key] ?? 0, history: history)
        }
    }

    private static func filled(_ counts: [String: Int], over days: [String]) -> [Int] {
        var current = 0
        return days.map { day in
            current = counts[day] ?? current
            return current
        }
    }

    private static func sorted(
        _ keys: Set<Key>, by order: [(segmentation: String, segments: [String])]
    ) -> [Key] {
        let segmentationOrder = order.map(\.segmentation)
        func place(_ key: Key) -> (Int, String, Int, String) {
            let segmentation = segmentationOrder.firstIndex(of: key.segmentation)
            guard let segment = key.segment else { return (segmentation ?? .max, key.segmentation, .max, "") }
            let index = segmentation.flatMap { order[$0].segments.firstIndex(of: segment) }
            return (segmentation ?? .max, key.segmentation, index ?? .max - 1, segment)
        }
        return keys.sorted { place($0) < place($1) }
    }
}
