public import DriftModel

/// Mapped records on their way into the engine: flat arrays, no object per record or field.
///
/// Built by the intake, one per chunk. A record is one or more events of one customer: the `also` events
/// first, its own last; it is applied and evaluated as a whole.
public struct RecordBatch: Sendable {
    /// One record of a file: whose, when, and its events.
    public struct Record: Sendable {
        /// Position in the ledger's set of files being applied.
        public var file: Int32
        /// 1-based number in its file, header not counted.
        public var number: Int64
        /// Customer, as the store numbers them; 0 until the name is resolved.
        public var customer: Int64
        /// Bytes of the customer's name in ``text``.
        public var customerName: Range<Int>
        /// The instant of the record's own event; its `also` events share it.
        public var at: Instant
        /// Hash of (source, id); nil when the record has no id.
        public var idHash: UInt64?
        /// Hash of the mapped content, to tell a duplicate from a conflict.
        public var contentHash: UInt32
        /// Attributes of an external source never override those of an internal one.
        public var trust: Trust
        /// Range in ``events``; empty when every event's type is unknown to the model.
        public var events: Range<Int>
        /// Bytes of the record's id in ``text``; empty without one.
        public var id: Range<Int>
        /// Where it begins in its file's text; −1 where that is not known.
        public var byteOffset: Int64

        public init(
            file: Int32, number: Int64, customer: Int64, customerName: Range<Int>, at: Instant, idHash: UInt64?,
            contentHash: UInt32,
            trust: Trust, events: Range<Int>, id: Range<Int>, byteOffset: Int64 = -1
        ) {
            self.file = file
            self.number = number
            self.customer = customer
            self.customerName = customerName
            self.at = at
            self.idHash = idHash
            self.contentHash = contentHash
            self.trust = trust
            self.events = events
            self.id = id
            self.byteOffset = byteOffset
        }
    }

    /// One event of a record.
    public struct Event: Sendable {
        /// Index into ``Model/eventTypes``.
        public var type: Int32
        /// First cell in ``cells``: one per field of the type (``EventType/fields`` order), then one per
        /// attribute it sets (``EventType/sets`` order).
        public var cells: Int

        public init(type: Int32, cells: Int) {
            self.type = type
            self.cells = cells
        }
    }

    public var records: [Record] = []
    public var events: [Event] = []
    /// Field and attribute values; texts of pool `.input` lie in ``text``.
    public var cells: [Cell] = []
    public var text: [UInt8] = []

    public init() {}

    /// Reads a little of a record and its first event. Records are applied in another order than they lie in memory: done
    /// for some of them at once, the waits for memory overlap instead of coming one after another.
    /// - Returns: Bits without meaning, to be used so that reading is not left out.
    public func touch(_ index: Int) -> UInt64 {
        let events = records.span[index].events
        guard !events.isEmpty else { return 0 }
        let first = self.events.span[events.lowerBound].cells
        return first < cells.count ? cells.span[first].bits : 0
    }

    /// Forgets the contents, keeps the memory.
    public mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        cells.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
    }
}

/// How far a source is believed about attributes; a higher one wins.
public enum Trust: UInt8, Hashable, Comparable, Codable, Sendable {
    case external = 0
    case `internal` = 1

    public static func < (left: Trust, right: Trust) -> Bool { left.rawValue < right.rawValue }
}
