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

    /// What another segment would make people do differently.
    public struct Duties: Hashable, Sendable {
        public var start: [String]
        public var stop: [String]

        public init(start: [String], stop: [String]) {
            self.start = start
            self.stop = stop
        }

        public static let none = Duties(start: [], stop: [])
    }

    /// How much is known of a customer.
    public struct Record: Hashable, Sendable {
        public var events: Int64
        public var firstEventAt: Instant?
        public var lastEventAt: Instant?

        public init(events: Int64, firstEventAt: Instant?, lastEventAt: Instant?) {
            self.events = events
            self.firstEventAt = firstEventAt
            self.lastEventAt = lastEventAt
        }
    }

    public var customer: String
    public var record: Record
    /// Of the engine, at the tick of logical time.
    public var explanation: Explanation
    public var model: Model
    public var axis: TimeAxis
    public var actions: [Action]
    /// The newest first.
    public var moves: [Move]
    /// What the next change would make people do, per segmentation.
    public var dutiesOfNext: [Duties]

    public init(
        customer: String, record: Record, explanation: Explanation, model: Model, axis: TimeAxis, actions: [Action],
        moves: [Move], dutiesOfNext: [Duties]
    ) {
        self.customer = customer
        self.record = record
        self.dutiesOfNext = dutiesOfNext
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

    /// The cuts of a banded score around its input; nil for what is no banded score, or has no input.
    func bands(of feature: Int32) -> BandPlace? {
        let feature = model.features[Int(feature)]
        let (input, cuts, descending): (Int, [Double], Bool)
        switch feature.kind {
        case .bands(let index, let fixed, let falls): (input, cuts, descending) = (index, fixed, falls)
        case .quantileBands(let index, _, let calibrated, let falls):
            (input, cuts, descending) = (index, calibrated ?? [], falls)
        default: return nil
        }
        guard case .number(let value) = explanation.features[input] else { return nil }
        let passed = cuts.count { $0 < value }
        return BandPlace(
            input: model.features[input].name, value: value, above: passed > 0 ? cuts[passed - 1] : nil,
            upTo: passed < cuts.count ? cuts[passed] : nil, step: descending ? -1 : 1)
    }

    /// A local date and time.
    func local(_ instant: Instant) -> String { TimeText.local(instant, axis.zone) }

    /// A tick as people write it: a local date, with hour grain an instant.
    func time(_ tick: Tick) -> String {
        axis.grain == .day ? TimeText.date(tick) : TimeText.instant(axis.start(of: tick))
    }
}

/// Where the input of a banded score lies between its cuts.
struct BandPlace: Hashable, Sendable {
    /// The feature that the bands divide.
    var input: String
    var value: Double
    /// It is above this cut; nil: in the lowest band.
    var above: Double?
    /// It is at most this cut; nil: in the highest band.
    var upTo: Double?
    /// What the score gains beyond ``upTo``: 1, or -1 when bands descend.
    var step: Double
}
