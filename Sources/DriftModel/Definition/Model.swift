/// A validated, compiled model: what the engine runs. Built only by ``ModelLoader``; immutable.
///
/// Names are resolved to indexes: event types, attributes, fields, features, segments are positions in the
/// arrays below, in the order of the file.
public struct Model: Sendable {
    public var name: String
    public var title: String?
    /// IANA name of the zone whose civil days are ticks.
    public var timezone: String
    /// The rules of that zone.
    public var zone: ZoneRules
    public var grain: Grain
    public var eventTypes: [EventType]
    public var attributes: [Attribute]
    /// All event fields of all types; a name has one type in the whole model.
    public var fields: [Field]
    /// Features and scores, each after all it depends on.
    public var features: [Feature]
    /// Holds for those who are customers; nil: everyone is.
    public var population: Condition?
    public var segmentations: [Segmentation]
    public var playbooks: [Playbook]
    public var onTransition: [TransitionActions]
    public var alerts: [AlertRule]
    public var assumptions: [Assumption]
    /// Ticks that ids are kept for duplicate detection.
    public var dedupeTicks: Int32
    /// Seconds after which a transition counts as history for alerts.
    public var alertAgeSeconds: Int64
    /// Index of the feature that says what a customer is worth.
    public var valueFeature: Int?
    /// Hex SHA-256 of the canonical form and the cut-offs.
    public var version: String
    /// Like ``version``, of what decides segments only (time, events, attributes, features, scores, population,
    /// segmentations' rules, cut-offs): models that agree in it need no re-evaluation of each other.
    public var evaluationVersion: String
    /// The canonical form: one fact per line, independent of layout, comments and the order of keys.
    public var canonical: String
    /// The text of the file, as written (kept in the database with each version).
    public var source: String
    /// Frozen cut-offs per quantile-banded score, by feature name; empty before the first calibration.
    public var cuts: [String: [Double]]

    public init(
        name: String, title: String?, timezone: String, grain: Grain, eventTypes: [EventType],
        attributes: [Attribute], fields: [Field], features: [Feature], population: Condition?,
        segmentations: [Segmentation], playbooks: [Playbook], onTransition: [TransitionActions],
        alerts: [AlertRule], assumptions: [Assumption], dedupeTicks: Int32, alertAgeSeconds: Int64,
        valueFeature: Int?, version: String, source: String, cuts: [String: [Double]],
        evaluationVersion: String = "", canonical: String = "", zone: ZoneRules = .utc
    ) {
        self.name = name
        self.title = title
        self.timezone = timezone
        self.grain = grain
        self.eventTypes = eventTypes
        self.attributes = attributes
        self.fields = fields
        self.features = features
        self.population = population
        self.segmentations = segmentations
        self.playbooks = playbooks
        self.onTransition = onTransition
        self.alerts = alerts
        self.assumptions = assumptions
        self.dedupeTicks = dedupeTicks
        self.alertAgeSeconds = alertAgeSeconds
        self.valueFeature = valueFeature
        self.version = version
        self.source = source
        self.cuts = cuts
        self.evaluationVersion = evaluationVersion
        self.canonical = canonical
        self.zone = zone
    }
}

/// A kind of event and the fields it carries.
public struct EventType: Hashable, Sendable {
    public var name: String
    /// Indexes into ``Model/fields``, in the order written.
    public var fields: [Int]
    /// Indexes into ``Model/attributes`` that an event of this type sets.
    public var sets: [Int]

    public init(name: String, fields: [Int], sets: [Int]) {
        self.name = name
        self.fields = fields
        self.sets = sets
    }
}

/// A named, typed field of events.
public struct Field: Hashable, Sendable {
    public var name: String
    public var type: ValueType

    public init(name: String, type: ValueType) {
        self.name = name
        self.type = type
    }
}

/// A property of a customer that events set.
public struct Attribute: Hashable, Sendable {
    public var name: String
    public var type: ValueType

    public init(name: String, type: ValueType) {
        self.name = name
        self.type = type
    }
}

/// A compiled condition over features with the text a person wrote.
public struct Condition: Sendable {
    /// As written in the model.
    public var text: String
    /// Inputs are ``Model/features`` by index.
    public var program: Program
    /// Indexes of the features read directly, ascending, each once.
    public var inputs: [Int]
    /// The atomic comparisons, in the order of the text: what a *reason* names.
    public var comparisons: [Comparison]
    /// The text without accidents of writing: equal for conditions that are written alike.
    public var canonical: String

    public init(
        text: String, program: Program, inputs: [Int], comparisons: [Comparison], canonical: String = ""
    ) {
        self.text = text
        self.program = program
        self.inputs = inputs
        self.comparisons = comparisons
        self.canonical = canonical
    }
}

/// An atomic comparison inside a condition (`recency <= 30`, `country IN (…)`, `x IS NULL`), with its operands
/// compiled on their own, so that a flip can be told with the values on both sides.
public struct Comparison: Sendable {
    /// As written, white space folded: "recency <= 30".
    public var text: String
    /// The comparison itself.
    public var program: Program
    /// The left operand as written: "recency".
    public var subjectText: String
    /// The left operand.
    public var subject: Program
    /// Index of the feature when the left operand is just a feature.
    public var subjectFeature: Int?
    /// The right operand as a person would say it after "limit": "30"; nil where there is none (`IS NULL`).
    public var limitText: String?
    /// The right operand when it is one scalar; nil for IN, LIKE, BETWEEN, IS.
    public var limit: Program?
    /// The constant numbers that the left operand is compared with: one, both of BETWEEN, all of IN.
    public var bounds: [Double]
    /// Features read, ascending, each once.
    public var inputs: [Int]

    public init(
        text: String, program: Program, subjectText: String, subject: Program, subjectFeature: Int?,
        limitText: String?, limit: Program?, bounds: [Double] = [], inputs: [Int]
    ) {
        self.text = text
        self.program = program
        self.subjectText = subjectText
        self.subject = subject
        self.subjectFeature = subjectFeature
        self.limitText = limitText
        self.limit = limit
        self.bounds = bounds
        self.inputs = inputs
    }
}

/// One feature or score of a customer: a function of (state, tick).
public struct Feature: Sendable {
    public var name: String
    public var type: ValueType
    public var kind: Kind
    /// Features this one reads directly.
    public var dependencies: [Int]
    /// Written under `scores:` rather than `features:`.
    public var isScore: Bool

    public enum Kind: Sendable {
        case count(Selection)
        case sum(Selection, Scalar)
        case average(Selection, Scalar)
        case minimum(Selection, Scalar)
        case maximum(Selection, Scalar)
        case distinct(Selection, Scalar)
        case first(Selection, Scalar)
        case last(Selection, Scalar)
        /// Ticks (days_since with day grain, hours_since with hour grain) or days since the first or last event.
        case sinceEvent(Selection, End, Unit)
        /// Days from a date attribute to the tick's local date; negative before it.
        case sinceAttribute(Int)
        case activeDays(Selection)
        case attribute(Int)
        case yearsSince(Int)
        case decayed(Selection, Scalar, halfLifeTicks: Double)
        case expression(Program)
        case bands(input: Int, cuts: [Double], descending: Bool)
        /// Cuts come from ``Model/cuts``; nil before the first calibration: the score is NULL.
        case quantileBands(input: Int, bands: Int, cuts: [Double]?, descending: Bool)
        case weights([(feature: Int, weight: Double)])
    }

    public enum End: String, Hashable, Sendable { case first, last }
    public enum Unit: String, Hashable, Sendable { case days, hours }

    public init(name: String, type: ValueType, kind: Kind, dependencies: [Int], isScore: Bool) {
        self.name = name
        self.type = type
        self.kind = kind
        self.dependencies = dependencies
        self.isScore = isScore
    }
}

/// Which events a feature is about.
public struct Selection: Sendable {
    /// Indexes into ``Model/eventTypes``, ascending, each once.
    public var types: [Int]
    /// Over event fields: inputs are ``Model/fields`` by index, then one more text input, the event's type name.
    public var filter: Program?
    /// Canonical text of the filter, for sharing state between features; nil without a filter.
    public var filterText: String?
    /// Window in ticks: (τ − window, τ]; nil: lifetime.
    public var windowTicks: Int32?

    public init(types: [Int], filter: Program?, filterText: String?, windowTicks: Int32?) {
        self.types = types
        self.filter = filter
        self.filterText = filterText
        self.windowTicks = windowTicks
    }
}

/// An expression over event fields (inputs as in ``Selection/filter``).
public struct Scalar: Sendable {
    /// Canonical text, for sharing state between features.
    public var text: String
    public var type: ValueType
    public var program: Program

    public init(text: String, type: ValueType, program: Program) {
        self.text = text
        self.type = type
        self.program = program
    }
}

/// An independent division of the customers: each is in exactly one segment.
public struct Segmentation: Sendable {
    public var name: String
    public var title: String?
    public var segments: [Segment]
    /// Assignment by nearest centroid instead of rules; segments then have no conditions.
    public var nearest: Nearest?

    public init(name: String, title: String?, segments: [Segment], nearest: Nearest?) {
        self.name = name
        self.title = title
        self.segments = segments
        self.nearest = nearest
    }

    /// Imported clusters: each customer belongs to the centroid nearest to the scaled inputs.
    public struct Nearest: Sendable {
        /// A feature and how it is scaled: (x − mean) / scale.
        public struct Input: Sendable {
            public var feature: Int
            public var mean: Double
            public var scale: Double

            public init(feature: Int, mean: Double, scale: Double) {
                self.feature = feature
                self.mean = mean
                self.scale = scale
            }
        }
        public var inputs: [Input]
        /// One per segment, in order; one coordinate per input, in the inputs' own units.
        public var centroids: [[Double]]

        public init(inputs: [Input], centroids: [[Double]]) {
            self.inputs = inputs
            self.centroids = centroids
        }
    }
}

/// One segment of a segmentation.
public struct Segment: Sendable {
    public var id: String
    public var title: String?
    /// 1 is best; nil: this segment has no place in the order.
    public var rank: Int?
    /// nil for the `otherwise` segment and under `nearest`.
    public var when: Condition?
    /// Hysteresis: the current segment is tested as `when OR stay`.
    public var stay: Condition?
    /// Indexes into ``Model/playbooks``.
    public var playbooks: [Int]

    public init(id: String, title: String?, rank: Int?, when: Condition?, stay: Condition?, playbooks: [Int]) {
        self.id = id
        self.title = title
        self.rank = rank
        self.when = when
        self.stay = stay
        self.playbooks = playbooks
    }
}
