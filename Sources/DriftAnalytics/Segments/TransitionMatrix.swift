/// Who went where: a square table of counts over the segments of one segmentation.
public struct TransitionMatrix: Hashable, Sendable {
    /// Rows and columns; nil stands for "not a customer".
    public let segments: [String?]
    /// `counts[from][to]`.
    public private(set) var counts: [[Int]]

    /// - Parameter segments: Rows and columns in the order to be shown, each once.
    public init(segments: [String?]) {
        self.segments = segments
        counts = Array(repeating: Array(repeating: 0, count: segments.count), count: segments.count)
    }

    /// A matrix of every move in the flows (kind *path*: a customer who moved twice counts twice). Segments the
    /// order does not name follow it by name; NULL comes last, and only if it occurs.
    public init(flows: some Sequence<FlowDay>, order: [String]) {
        let flows = Array(flows)
        let met = Set(flows.flatMap { [$0.from, $0.to] })
        let named = Set(order)
        let others = met.compactMap(\.self).filter { !named.contains($0) }.sorted()
        self.init(segments: (order + others).map(Optional.some) + (met.contains(nil) ? [nil] : []))
        for flow in flows { add(flow.customers, from: flow.from, to: flow.to) }
    }

    /// Counts customers who went from one segment to another, or stayed when both are the same.
    /// - Returns: Whether both segments are in the matrix; if not, nothing is counted.
    @discardableResult
    public mutating func add(_ customers: Int, from: String?, to: String?) -> Bool {
        guard let row = segments.firstIndex(of: from), let column = segments.firstIndex(of: to) else { return false }
        counts[row][column] += customers
        return true
    }

    /// Customers that started in a row's segment.
    public func rowTotal(_ row: Int) -> Int { counts[row].reduce(0, +) }

    /// Customers that ended in a column's segment.
    public func columnTotal(_ column: Int) -> Int { counts.reduce(0) { $0 + $1[column] } }

    public var total: Int { segments.indices.reduce(0) { $0 + rowTotal($1) } }

    /// The share of a row that went to a column, with its interval.
    public func share(_ row: Int, _ column: Int) -> WilsonInterval {
        WilsonInterval(hits: counts[row][column], of: rowTotal(row))
    }

    /// One pair with moves in it.
    public struct Pair: Hashable, Sendable {
        public var from: String?
        public var to: String?
        public var customers: Int
        /// Of those that started in `from`.
        public var share: WilsonInterval
    }

    /// The pairs of different segments with moves, the largest first; ties in the matrix's order.
    public func largestMoves(_ limit: Int = .max) -> [Pair] {
        var pairs: [(order: Int, pair: Pair)] = []
        for row in segments.indices {
            for column in segments.indices where row != column && counts[row][column] > 0 {
                let pair = Pair(
                    from: segments[row], to: segments[column], customers: counts[row][column],
                    share: share(row, column))
                pairs.append((pairs.count, pair))
            }
        }
        pairs.sort { ($1.pair.customers, $0.order) < ($0.pair.customers, $1.order) }
        return pairs.prefix(limit).map(\.pair)
    }
}
