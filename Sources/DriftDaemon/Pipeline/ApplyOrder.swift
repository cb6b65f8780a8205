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
    /// As its first pass counted them.
    public var records: Int64

    public init(
        fileID: Int64, sourceOrder: Int, name: [UInt8], firstAt: Instant?, lastAt: Instant?, records: Int64 = 0
    ) {
        self.fileID = fileID
        self.sourceOrder = sourceOrder
        self.name = name
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.records = records
    }
}

/// The order in which waiting files are applied: by their first `at`; files whose ranges overlap form one
/// set, applied as one stream. Those without any usable record come first: they hold up nobody.
///
/// Small files that follow one another are joined into one set, which has one transaction and one look at each
/// directory for all of them: by the invariance of splits (I2) nobody can tell from the result.
public enum ApplyOrder {
    /// How large a set may become by joining files that do not overlap.
    public struct Joining: Hashable, Sendable {
        public var filesMax: Int
        public var recordsMax: Int64

        public init(filesMax: Int, recordsMax: Int64) {
            self.filesMax = filesMax
            self.recordsMax = recordsMax
        }

        /// Files that overlap, and no others.
        public static let none = Joining(filesMax: 1, recordsMax: 0)
    }

    /// A set that grows by files in the order of their first `at`, until one begins after all of it has ended that is
    /// not joined.
    public struct Growing: Sendable {
        private let joining: Joining
        private var files: [WaitingFile] = []
        private var records: Int64 = 0
        private var end: Instant?
        /// So many of the files end before all others begin.
        private var whole = 0

        public init(joining: Joining = .none) {
            self.joining = joining
        }

        /// Takes the next file, which has a first `at` not before that of the last.
        /// - Returns: False when it does not belong to the set, nor does any later one.
        public mutating func take(_ file: WaitingFile) -> Bool {
            guard let first = file.firstAt else { return true }
            if let end, first > end { whole = files.count }
            if whole > 0, files.count >= joining.filesMax || records + file.records > joining.recordsMax {
                // What overlaps with it is the next set's too.
                files.removeLast(files.count - whole)
                return false
            }
            files.append(file)
            records += file.records
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
        in transaction: borrowing StoreTransaction, sources: [String], joining: Joining = .none,
        canApply: (WaitingRow) -> Bool
    ) throws -> (set: [WaitingFile], firstWaiting: Instant?)? {
        let orders = Dictionary(zip(sources, sources.indices)) { first, _ in first }
        func file(_ row: WaitingRow) -> WaitingFile {
            WaitingFile(
                fileID: row.fileID, sourceOrder: orders[row.source] ?? .max, name: row.name, firstAt: row.firstAt,
                lastAt: row.lastAt, records: row.records)
        }
        var empty: [WaitingFile] = []
        for source in sources where empty.count < joining.filesMax {
            try transaction.waitingWithoutRecords(source: source) { row in
                if canApply(row) { empty.append(file(row)) }
                return empty.count < joining.filesMax
            }
        }
        var growing = Growing(joining: joining)
        var firstWaiting: Instant?
        try transaction.waitingInOrder { row in
            guard canApply(row) else { return true }
            firstWaiting = firstWaiting ?? row.firstAt
            return empty.isEmpty && growing.take(file(row))
        }
        let set = empty.isEmpty ? growing.set : empty
        return set.isEmpty ? nil : (set, firstWaiting)
    }

    /// How equal instants are ordered across files.
    static func ties(_ left: WaitingFile, _ right: WaitingFile) -> Bool {
        if left.sourceOrder != right.sourceOrder { return left.sourceOrder < right.sourceOrder }
        if left.name != right.name { return left.name.lexicographicallyPrecedes(right.name) }
        return left.fileID < right.fileID
    }
}
