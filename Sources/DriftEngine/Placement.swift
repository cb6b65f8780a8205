public import DriftModel

/// Where a customer stands in one segmentation.
public struct Placement: Hashable, Sendable {
    /// Index into the segmentation's segments; nil: NULL (not a customer, or not yet).
    public var segment: Int32?
    /// The sequence number of the latest transition; 0: none yet.
    public var seq: Int32
    /// `effective_at` of the latest transition; nil: none yet.
    public var since: Instant?
    /// What happens next if no further event comes; nil: nothing within the search (120 years).
    public var next: NextChange?

    public init(segment: Int32?, seq: Int32, since: Instant?, next: NextChange?) {
        self.segment = segment
        self.seq = seq
        self.since = since
        self.next = next
    }

    /// A customer never seen.
    public static let none = Placement(segment: nil, seq: 0, since: nil, next: nil)
}

/// A move that time alone will bring.
public struct NextChange: Hashable, Sendable {
    /// The first tick at which the segment differs.
    public var tick: Tick
    /// The segment from then on; nil: NULL.
    public var segment: Int32?

    public init(tick: Tick, segment: Int32?) {
        self.tick = tick
        self.segment = segment
    }
}

/// One row of a forecast: a move that will happen unless an event comes first.
public struct ForecastMove: Hashable, Sendable {
    /// Index into ``Model/segmentations``.
    public var segmentation: Int
    public var tick: Tick
    public var from: Int32?
    public var to: Int32?

    public init(segmentation: Int, tick: Tick, from: Int32?, to: Int32?) {
        self.segmentation = segmentation
        self.tick = tick
        self.from = from
        self.to = to
    }
}

/// Bytes that are no state of this engine's customers.
public enum StateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The version byte is one this build does not know.
    case unknownVersion(UInt8)
    /// Written for a model that stores other things.
    case otherLayout
    /// Ends early, or holds what no encoder writes; the offset of the first bad byte.
    case damaged(at: Int)

    public var description: String {
        switch self {
        case .unknownVersion(let version):
            "the state has format version \(version); this build reads version \(CustomerState.formatVersion)"
        case .otherLayout: "the state was written for a model that stores other things; re-evaluate or rebuild it"
        case .damaged(let offset): "the state is damaged at byte \(offset); rebuild it from the archive"
        }
    }
}
