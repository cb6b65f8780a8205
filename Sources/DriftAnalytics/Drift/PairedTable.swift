/// The same customers on two days: how many were in one segment first and in another (or the same) later.
public struct PairedTable: Hashable, Sendable {
    /// Number of segments: rows and columns.
    public let width: Int
    /// `counts[from * width + to]`, all ≥ 0.
    public private(set) var counts: [Int]

    /// - Parameter width: Number of segments.
    public init(width: Int) {
        self.width = width
        counts = Array(repeating: 0, count: width * width)
    }

    /// A table given by rows.
    public init(rows: [[Int]]) {
        precondition(rows.allSatisfy { $0.count == rows.count }, "a square table")
        width = rows.count
        counts = rows.flatMap(\.self)
    }

    /// Counts customers, or with a negative number takes them back.
    public mutating func add(_ customers: Int, from: Int, to: Int) { counts[from * width + to] += customers }

    /// Customers who were in one and are in the other.
    public subscript(from: Int, to: Int) -> Int { counts[from * width + to] }

    /// Sizes on the first day.
    public var before: [Int] { (0..<width).map { row in (0..<width).reduce(0) { $0 + self[row, $1] } } }

    /// Sizes on the second day.
    public var after: [Int] { (0..<width).map { column in (0..<width).reduce(0) { $0 + self[$1, column] } } }

    /// Customers in all.
    public var total: Int { counts.reduce(0, +) }

    /// Customers who are elsewhere than before.
    public var moved: Int { (0..<width).reduce(total) { $0 - self[$1, $1] } }
}
