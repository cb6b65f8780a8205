public import DriftModel

/// Why a customer is where it is, and what would move it: what `segdrift explain` prints.
public struct Explanation: Sendable {
    public var tick: Tick
    public var isCustomer: Bool
    /// One per segmentation, in the model's order.
    public var segmentations: [OfSegmentation]
    /// Every feature's value at the tick; index as in ``Model/features``.
    public var features: [Value]

    public init(tick: Tick, isCustomer: Bool, segmentations: [OfSegmentation], features: [Value]) {
        self.tick = tick
        self.isCustomer = isCustomer
        self.segmentations = segmentations
        self.features = features
    }

    /// Where the customer stands in one segmentation, and why.
    public struct OfSegmentation: Sendable {
        public var segment: Int32?
        /// The rule that holds, as written; "otherwise"; nil for NULL and under `nearest`.
        public var rule: String?
        /// True when only the `stay` condition keeps the customer there.
        public var heldByStay: Bool
        public var since: Instant?
        /// Every input of the segmentation's rules and the population's, ascending by feature.
        public var inputs: [Input]
        public var next: NextChange?
        /// One more event like the customer's latest of a type that would lead to a better segment (or into
        /// the segment before the last move), best first.
        public var returns: [Return]

        public init(
            segment: Int32?, rule: String?, heldByStay: Bool, since: Instant?, inputs: [Input], next: NextChange?,
            returns: [Return]
        ) {
            self.segment = segment
            self.rule = rule
            self.heldByStay = heldByStay
            self.since = since
            self.inputs = inputs
            self.next = next
            self.returns = returns
        }
    }

    /// A feature that the rules read, and how far it is from changing something.
    public struct Input: Sendable {
        /// Index into ``Model/features``.
        public var feature: Int32
        public var value: Value
        /// The nearest constant that some rule compares this feature with; nil: none.
        public var boundary: Double?
        /// `boundary − value`, in the feature's unit; nil when either is missing.
        public var margin: Double?

        public init(feature: Int32, value: Value, boundary: Double?, margin: Double?) {
            self.feature = feature
            self.value = value
            self.boundary = boundary
            self.margin = margin
        }
    }

    /// "Would move to LOYAL with one purchase."
    public struct Return: Hashable, Sendable {
        /// Index into ``Model/eventTypes``.
        public var eventType: Int
        /// Where it would lead.
        public var segment: Int32

        public init(eventType: Int, segment: Int32) {
            self.eventType = eventType
            self.segment = segment
        }
    }
}
