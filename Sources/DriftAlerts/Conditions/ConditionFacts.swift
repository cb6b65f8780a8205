public import DriftAnalytics
public import DriftModel

/// What a rule about whole segments, or an assumption, found at the end of a day. Independent of the model and the
/// database: what is told can be told from this alone.
public struct ConditionFacts: Hashable, Sendable {
    /// What was looked at.
    public enum Kind: Hashable, Sendable {
        /// The shares of all segments on two days.
        case population(Population)
        /// The size of one segment on two days.
        case size(segment: String, before: Int, after: Int, limitBelow: Double?, limitAbove: Double?)
        /// One day's moves of one pair against their daily mean.
        case flow(from: String?, to: String?, moves: Int, usual: Double, times: Double, atLeast: Int)
        /// Something the segmentation takes for granted.
        case assumption(AssumptionFinding)
    }

    /// The outcome of the tests.
    public struct Population: Hashable, Sendable {
        /// What the rule goes by: `stuart_maxwell`, `psi` or `jsd`.
        public var test: String
        public var paired: StuartMaxwell
        public var distance: PopulationDistance
        /// `½ Σ|pᵢ − qᵢ|` of the two days' shares.
        public var effect: Double
        /// Sizes on both days, in the order of the model.
        public var sizes: [(segment: String, before: Int, after: Int)]
        public var pBelow: Double?
        public var effectAbove: Double?
        public var valueAbove: Double?

        public init(
            test: String, paired: StuartMaxwell, distance: PopulationDistance, effect: Double,
            sizes: [(segment: String, before: Int, after: Int)], pBelow: Double?, effectAbove: Double?,
            valueAbove: Double?
        ) {
            self.test = test
            self.paired = paired
            self.distance = distance
            self.effect = effect
            self.sizes = sizes
            self.pBelow = pBelow
            self.effectAbove = effectAbove
            self.valueAbove = valueAbove
        }

        public static func == (left: Population, right: Population) -> Bool {
            left.test == right.test && left.paired == right.paired && left.distance == right.distance
                && left.sizes.elementsEqual(right.sizes) { $0 == $1 }
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(test)
            hasher.combine(paired)
        }
    }

    public var segmentation: String
    /// The day at whose end it was looked at.
    public var day: DayNumber
    /// The day compared with; the first day of the period compared with. nil: none.
    public var since: DayNumber?
    public var kind: Kind

    public init(segmentation: String, day: DayNumber, since: DayNumber?, kind: Kind) {
        self.segmentation = segmentation
        self.day = day
        self.since = since
        self.kind = kind
    }

    /// CloudEvents type of what is told.
    public var eventType: String { "segdrift.\(word).v1" }

    /// The kind in a word.
    public var word: String {
        switch kind {
        case .population: "population"
        case .size: "size"
        case .flow: "flow"
        case .assumption: "assumption"
        }
    }
}

/// How an assumption stood at the end of a day.
public struct AssumptionFinding: Hashable, Sendable {
    /// What is taken for granted.
    public enum Claim: Hashable, Sendable {
        /// Newcomers of a segment reach others in time.
        case reach(entered: String, reach: [String], withinDays: Int, atLeast: Double, minCustomers: Int)
        /// A segment's share of all customers lies between two.
        case share(segment: String, low: Double, high: Double)
    }

    public var name: String
    public var claim: Claim
    /// Cases that are as claimed, of all cases.
    public var hits: Int
    public var cases: Int

    public init(name: String, claim: Claim, hits: Int, cases: Int) {
        self.name = name
        self.claim = claim
        self.hits = hits
        self.cases = cases
    }

    /// Wilson's 95 % interval of the share.
    public var interval: WilsonInterval { WilsonInterval(hits: hits, of: cases) }
}
