public import DriftModel
import DriftStore

/// A file that passed its first pass and waits to be applied.
public struct WaitingFile: Hashable, Sendable {
    public var fileID: Int64
    /// Position of its source in the configuration.
    public var sourceOrder: Int
    /// Name as delivered, raw bytes.
    public var name: [UInt8]
    /// First and last `at` among its records; nil when it has no usable record.
    public var firstAt: Instant?
    public var lastAt: Instant?

    public init(fileID: Int64, sourceOrder: Int, name: [UInt8], firstAt: Instant?, lastAt: Instant?) {
        self.fileID = fileID
        self.sourceOrder = sourceOrder
        self.name = name
        self.firstAt = firstAt
        self.lastAt = lastAt
    }
}

/// The order in which waiting files are applied: by their first `at`; files whose ranges overlap form one
/// set, applied as one stream. Those without any usable record come first, each alone: they hold up nobody.
public enum ApplyOrder {
    /// A set that grows by files in the order of their first `at`, until one begins after all of it has ended.
    public struct Growing: Sendable {
        private var files: [WaitingFile] = []
        private var end: Instant?

        public init() {}

        /// Takes the next file, which has a first `at` not before that of the last.
        /// - Returns: False when it does not belong to the set, nor does any later one.
        public mutating func take(_ file: WaitingFile) -> Bool {
            guard let first = file.firstAt else { return true }
            if let end, first > end { return false }
            files.append(file)
            end = max(end ?? first, file.lastAt ?? first)
            return true
        }

        /// The files in tie order (source, name, then age).
        public var set: [WaitingFile] { files.sorted(by: ApplyOrder.ties) }
    }

    /// The files to apply next, and the first event of all that wait; nil when none waits. The ledger keeps them in
    /// order, so that many that wait cost no more than few.
    /// - Parameters:
    ///   - sources: Names, in the order of the configuration.
    ///   - canApply: Whether a file can be applied now; called for those that are next.
    static func next(
        in transaction: borrowing StoreTransaction, sources: [String], canApply: (WaitingRow) -> Bool
    ) throws -> (set: [WaitingFile], firstWaiting: Instant?)? {
        let orders = Dictionary(zip(sources, sources.indices)) { first, _ in first }
        func file(_ row: WaitingRow) -> WaitingFile {
            WaitingFile(
                fileID: row.fileID, sourceOrder: orders[row.source] ?? .max, name: row.name, firstAt: row.firstAt,
                lastAt: row.lastAt)
        }
        var empty: WaitingFile?
        for source in sources where empty == nil {
            try transaction.waitingWithoutRecords(source: source) { row in
                if canApply(row) { empty = file(row) }
                return empty == nil
            }
        }
        var growing = Growing()
        var firstWaiting: Instant?
        try transaction.waitingInOrder { row in
            guard canApply(row) else { return true }
            firstWaiting = firstWaiting ?? row.firstAt
            return empty == nil && growing.take(file(row))
        }
        let set = empty.map { [$0] } ?? growing.set
        return set.isEmpty ? nil : (set, firstWaiting)
    }

    /// How equal instants are ordered across files.
    static func ties(_ left: WaitingFile, _ right: WaitingFile) -> Bool {
        if left.sourceOrder != right.sourceOrder { return left.sourceOrder < right.sourceOrder }
        if left.name != right.name { return left.name.lexicographicallyPrecedes(right.name) }
        return left.fileID < right.fileID
    }
}
