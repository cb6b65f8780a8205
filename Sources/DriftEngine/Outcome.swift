public import DriftModel

/// What happened to one record.
public enum RecordClass: UInt8, Hashable, Sendable, CaseIterable {
    case accepted, duplicate, conflict, beyondHorizon, ignored, quarantined
}

/// A move of one customer in one segmentation. Flat: its values are ranges in the ``Outcome`` it came with.
public struct Transition: Sendable {
    public var customer: Int64
    /// Index into ``Model/segmentations``.
    public var segmentation: Int32
    /// 1, 2, 3, … per customer and segmentation, without a gap.
    public var seq: Int32
    /// Index into the segmentation's segments; nil: NULL (not a customer).
    public var from: Int32?
    public var to: Int32?
    public var effectiveAt: Instant
    public var cause: Cause
    /// The record of the batch that triggered it; nil for time and activation.
    public var record: Int?
    /// The inputs: indexes into ``Model/features`` in ``Outcome/inputFeatures``, one cell each in
    /// ``Outcome/before`` and ``Outcome/after``.
    public var inputs: Range<Int>
    /// Comparisons whose truth flipped, in ``Outcome/flips``.
    public var flips: Range<Int>
    /// The alert rules whose match and `when` the move meets, in ``Outcome/alertRules``.
    public var alertRules: Range<Int> = 0..<0
    /// What the customer is worth after the move (``Model/valueFeature``); nil: no such feature, or NULL.
    public var worth: Double?

    public init(
        customer: Int64, segmentation: Int32, seq: Int32, from: Int32?, to: Int32?, effectiveAt: Instant,
        cause: Cause, record: Int?, inputs: Range<Int>, flips: Range<Int>
    ) {
        self.customer = customer
        self.segmentation = segmentation
        self.seq = seq
        self.from = from
        self.to = to
        self.effectiveAt = effectiveAt
        self.cause = cause
        self.record = record
        self.inputs = inputs
        self.flips = flips
    }
}

/// An atomic comparison that flipped with a move: what a *reason* is made of.
public struct Flip: Sendable {
    /// Index into ``Engine/comparisons``.
    public var comparison: Int32
    /// The left operand before and after; texts in ``Outcome/text``.
    public var before: Cell
    public var after: Cell
    /// The right operand after, where it is one scalar (it may depend on features); else NULL.
    public var limit: Cell

    public init(comparison: Int32, before: Cell, after: Cell, limit: Cell) {
        self.comparison = comparison
        self.before = before
        self.after = after
        self.limit = limit
    }
}

/// Everything that applying records or advancing time brought about, for one transaction.
public struct Outcome: Sendable {
    public var transitions: [Transition] = []
    public var inputFeatures: [Int32] = []
    public var before: [Cell] = []
    public var after: [Cell] = []
    public var flips: [Flip] = []
    /// Indexes into ``Model/alerts``.
    public var alertRules: [Int32] = []
    /// Bytes of the texts in the cells above (pool `.input`).
    public var text: [UInt8] = []
    /// Instants at which customers became known (their first accepted record): they count as prospects from
    /// then on, until a transition says otherwise.
    public var appearances: [Instant] = []
    /// Records the engine refused, with the reason (`overflow`): they had no effect.
    public var failures: [Failure] = []

    /// A record without effect, and why.
    /// A record that could not be taken.
    public struct Failure: Sendable {
        public var record: Int
        public var code: String
        public var reason: String

        public init(record: Int, code: String, reason: String) {
            self.record = record
            self.code = code
            self.reason = reason
        }
    }

    public init() {}

    /// Whether nothing was brought about.
    public var isEmpty: Bool { transitions.isEmpty && appearances.isEmpty && failures.isEmpty }

    /// Forgets the contents, keeps the memory.
    public mutating func removeAll() {
        transitions.removeAll(keepingCapacity: true)
        inputFeatures.removeAll(keepingCapacity: true)
        before.removeAll(keepingCapacity: true)
        after.removeAll(keepingCapacity: true)
        flips.removeAll(keepingCapacity: true)
        alertRules.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        appearances.removeAll(keepingCapacity: true)
        failures.removeAll(keepingCapacity: true)
    }
}
