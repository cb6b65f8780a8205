public import DriftModel

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
/// set, applied as one stream.
public enum ApplyOrder {
    /// - Returns: The next set, its files in tie order (source, name, then age); empty when nothing waits.
    ///   Files without any usable record come first, each alone: they hold up nobody.
    /// - Complexity: O(n log n).
    public static func nextSet(of waiting: [WaitingFile]) -> [WaitingFile] {
        if let empty = waiting.filter({ $0.firstAt == nil }).min(by: ties) { return [empty] }
        let byTime = waiting.sorted { left, right in
            left.firstAt! == right.firstAt! ? ties(left, right) : left.firstAt! < right.firstAt!
        }
        guard let first = byTime.first else { return [] }
        var set = [first]
        var end = first.lastAt ?? first.firstAt!
        for file in byTime.dropFirst() {
            guard file.firstAt! <= end else { break }
            set.append(file)
            end = max(end, file.lastAt ?? file.firstAt!)
        }
        return set.sorted(by: ties)
    }

    /// How equal instants are ordered across files.
    static func ties(_ left: WaitingFile, _ right: WaitingFile) -> Bool {
        if left.sourceOrder != right.sourceOrder { return left.sourceOrder < right.sourceOrder }
        if left.name != right.name { return left.name.lexicographicallyPrecedes(right.name) }
        return left.fileID < right.fileID
    }
}
