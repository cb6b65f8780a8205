public import DriftEngine
public import DriftModel

/// Everything `segdrift explain` says about one customer, as data: names instead of indexes.
public struct CustomerReport: Sendable {
    /// One action of the playbooks in force for the customer.
    public struct Action: Hashable, Sendable {
        public var area: String
        public var action: String
        public var segmentation: String

        public init(area: String, action: String, segmentation: String) {
            self.area = area
            self.action = action
            self.segmentation = segmentation
        }
    }

    /// One earlier move.
    public struct Move: Hashable, Sendable {
        public var effectiveAt: String
        public var segmentation: String
        public var from: String?
        public var to: String?
        public var cause: String
        public var reason: String?

        public init(
            effectiveAt: String, segmentation: String, from: String?, to: String?, cause: String, reason: String?
        ) {
            self.effectiveAt = effectiveAt
            self.segmentation = segmentation
            self.from = from
            self.to = to
            self.cause = cause
            self.reason = reason
        }
    }

    public var customer: String
    /// Of the engine, at the tick of logical time.
    public var explanation: Explanation
    public var model: Model
    public var axis: TimeAxis
    public var actions: [Action]
    /// The newest first.
    public var moves: [Move]

    public init(
        customer: String, explanation: Explanation, model: Model, axis: TimeAxis, actions: [Action], moves: [Move]
    ) {
        self.customer = customer
        self.explanation = explanation
        self.model = model
        self.axis = axis
        self.actions = actions
        self.moves = moves
    }

    /// The name of a segment; nil for NULL.
    func segment(_ index: Int32?, of segmentation: Int) -> Segment? {
        index.map { model.segmentations[segmentation].segments[Int($0)] }
    }

    /// A tick as people write it: a local date, with hour grain an instant.
    func time(_ tick: Tick) -> String {
        axis.grain == .day ? TimeText.date(tick) : TimeText.instant(axis.start(of: tick))
    }
}
