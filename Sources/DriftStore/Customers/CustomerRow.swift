public import DriftEngine
public import DriftModel

/// What is stored about a customer besides the name: columns for the views, and the engine's own bytes.
public struct CustomerRow: Sendable {
    /// Where a customer stands in one segmentation.
    public struct Placement: Hashable, Sendable {
        /// Index of the segment in the active model; nil: NULL.
        public var segment: Int32?
        /// Number of the last move; 0 before the first.
        public var seq: Int32
        /// When the last move took effect.
        public var since: Instant?
        /// The first tick at which time alone moves the customer; nil: none in sight.
        public var nextTick: Tick?
        /// Where to; nil: NULL. Without meaning when ``nextTick`` is nil.
        public var nextSegment: Int32?

        public init(segment: Int32?, seq: Int32, since: Instant?, nextTick: Tick?, nextSegment: Int32?) {
            self.segment = segment
            self.seq = seq
            self.since = since
            self.nextTick = nextTick
            self.nextSegment = nextSegment
        }
    }

    public var isCustomer: Bool
    public var firstEventAt: Instant?
    public var lastEventAt: Instant?
    /// Events of accepted records.
    public var events: Int64
    /// The earliest tick at which the customer must be looked at again.
    public var wakeTick: Tick?
    /// One per segmentation of the active model, in its order.
    public var placements: [Placement]
    /// One per attribute of the active model, in its order.
    public var attributes: [Value]
    /// The engine's encoding of the state.
    public var state: [UInt8]
    /// Placements and attributes as they are written; nil: not written yet.
    var texts: Texts?

    public init(
        isCustomer: Bool = false, firstEventAt: Instant? = nil, lastEventAt: Instant? = nil, events: Int64 = 0,
        wakeTick: Tick? = nil, placements: [Placement] = [], attributes: [Value] = [], state: [UInt8] = []
    ) {
        self.isCustomer = isCustomer
        self.firstEventAt = firstEventAt
        self.lastEventAt = lastEventAt
        self.events = events
        self.wakeTick = wakeTick
        self.placements = placements
        self.attributes = attributes
        self.state = state
    }
}

extension CustomerRow {
    /// The columns of a state as the engine has it.
    /// - Parameters:
    ///   - encoded: The same state's bytes.
    ///   - attributeCount: Of the active model.
    public init(_ state: borrowing CustomerState, encoded: [UInt8], attributeCount: Int) {
        self.init(
            isCustomer: state.isCustomer, firstEventAt: state.firstEventAt, lastEventAt: state.lastEventAt,
            events: state.eventCount, wakeTick: state.wakeTick,
            placements: state.placements.map { placement in
                Placement(
                    segment: placement.segment, seq: placement.seq, since: placement.since,
                    nextTick: placement.next?.tick, nextSegment: placement.next?.segment)
            }, state: encoded)
        attributes.reserveCapacity(attributeCount)
        for index in 0..<attributeCount { attributes.append(state.attribute(index)) }
    }
}

/// The row of a customer who has none yet.
public struct NewCustomerRow: Sendable {
    public var customer: Int64
    /// UTF-8.
    public var name: [UInt8]
    public var row: CustomerRow

    public init(customer: Int64, name: [UInt8], row: CustomerRow) {
        self.customer = customer
        self.name = name
        self.row = row
    }
}
