/// What the company does differently for a segment. The areas are fixed (see ``ActionArea``).
public struct Playbook: Hashable, Sendable {
    public var name: String
    /// In the order written.
    public var actions: [Action]

    public init(name: String, actions: [Action]) {
        self.name = name
        self.actions = actions
    }
}

/// One thing to do in one area.
public struct Action: Hashable, Sendable {
    public var area: ActionArea
    public var text: String

    public init(area: ActionArea, text: String) {
        self.area = area
        self.text = text
    }
}

/// The areas of the company that a segment can change.
public enum ActionArea: String, CaseIterable, Hashable, Sendable {
    case productSpecification = "product.specification"
    case productPricing = "product.pricing"
    case productPackaging = "product.packaging"
    case marketingAdvertising = "marketing.advertising"
    case marketingSalesMaterial = "marketing.sales_material"
    case marketingBrand = "marketing.brand"
    case salesChannel = "sales.channel"
    case salesScripts = "sales.scripts"
    case salesLeads = "sales.leads"
    case salesOutlets = "sales.outlets"
    case salesUpsell = "sales.upsell"
    case fulfilmentDelivery = "fulfilment.delivery"
    case serviceSupport = "service.support"
    case serviceProductSupport = "service.product_support"
}

/// A side of a move that a rule names: a segment, or NULL (not a customer).
public enum SegmentMatch: Hashable, Sendable {
    case segment(Int)
    case null
}

/// Which moves a rule is about. Empty lists match everything.
public struct MoveMatch: Hashable, Sendable {
    public var segmentation: Int
    /// nil: any.
    public var from: [SegmentMatch]?
    public var to: [SegmentMatch]?
    public var direction: Direction?
    public var causes: [Cause]?

    public init(
        segmentation: Int, from: [SegmentMatch]?, to: [SegmentMatch]?, direction: Direction? = nil,
        causes: [Cause]? = nil
    ) {
        self.segmentation = segmentation
        self.from = from
        self.to = to
        self.direction = direction
        self.causes = causes
    }
}

/// Extra actions for particular moves (`on_transition:`).
public struct TransitionActions: Hashable, Sendable {
    public var match: MoveMatch
    public var actions: [Action]

    public init(match: MoveMatch, actions: [Action]) {
        self.match = match
        self.actions = actions
    }
}

/// How a move relates to the segments' ranks.
public enum Direction: String, CaseIterable, Hashable, Sendable { case up, down, sideways }

/// Why a customer moved.
public enum Cause: String, CaseIterable, Hashable, Sendable {
    case event, time, late, model, calibration, merge
}

/// How loud an alert is; the names of syslog's levels.
public enum Severity: String, CaseIterable, Hashable, Sendable {
    case critical, error, warning, notice, info
}

/// One entry of `alerts:`.
public struct AlertRule: Sendable {
    public var name: String
    public var severity: Severity
    /// Names of destinations in the configuration.
    public var notify: [String]
    public var kind: Kind
    /// 1-based line of the model's file, for messages; 0 when it has none.
    public var line: Int

    public enum Kind: Sendable {
        case transition(TransitionRule)
        case population(PopulationRule)
        case size(SizeRule)
        case flow(FlowRule)
        case intake(IntakeRule)
    }

    public init(name: String, severity: Severity, notify: [String], kind: Kind, line: Int = 0) {
        self.name = name
        self.severity = severity
        self.notify = notify
        self.kind = kind
        self.line = line
    }
}

/// `on: transition`.
public struct TransitionRule: Sendable {
    public var match: MoveMatch
    /// Over the features after the move.
    public var when: Condition?
    public var dwellSeconds: Int64
    public var cooldownSeconds: Int64
    /// Names out of from, to, segmentation, direction, cause, source.
    public var groupBy: [String]
    /// Seconds a group waits for company; only grouped rules wait.
    public var groupWaitSeconds: Int64
    /// Seconds between two messages about groups with the same key, at least.
    public var groupIntervalSeconds: Int64

    /// What Alertmanager does, too.
    public static let groupIntervalDefault: Int64 = 300
    public static let groupIntervalMin: Int64 = 10

    public init(
        match: MoveMatch, when: Condition?, dwellSeconds: Int64, cooldownSeconds: Int64, groupBy: [String],
        groupWaitSeconds: Int64, groupIntervalSeconds: Int64 = TransitionRule.groupIntervalDefault
    ) {
        self.match = match
        self.when = when
        self.dwellSeconds = dwellSeconds
        self.cooldownSeconds = cooldownSeconds
        self.groupBy = groupBy
        self.groupWaitSeconds = groupWaitSeconds
        self.groupIntervalSeconds = groupIntervalSeconds
    }
}

/// `on: population`: the whole segmentation moved between two days.
public struct PopulationRule: Sendable {
    public var segmentation: Int
    public var compareSeconds: Int64
    /// `stuart_maxwell`, `psi` or `jsd`.
    public var test: String
    public var pBelow: Double?
    public var effectAbove: Double?
    public var valueAbove: Double?

    public init(
        segmentation: Int, compareSeconds: Int64, test: String, pBelow: Double?, effectAbove: Double?,
        valueAbove: Double?
    ) {
        self.segmentation = segmentation
        self.compareSeconds = compareSeconds
        self.test = test
        self.pBelow = pBelow
        self.effectAbove = effectAbove
        self.valueAbove = valueAbove
    }
}

/// `on: size`: one segment grew or shrank.
public struct SizeRule: Sendable {
    public var segmentation: Int
    public var segment: Int
    public var changeBelow: Double?
    public var changeAbove: Double?
    public var overSeconds: Int64

    public init(segmentation: Int, segment: Int, changeBelow: Double?, changeAbove: Double?, overSeconds: Int64) {
        self.segmentation = segmentation
        self.segment = segment
        self.changeBelow = changeBelow
        self.changeAbove = changeAbove
        self.overSeconds = overSeconds
    }
}

/// `on: flow`: today's moves of one pair against their usual number.
public struct FlowRule: Sendable {
    public var segmentation: Int
    public var from: SegmentMatch
    public var to: SegmentMatch
    public var againstSeconds: Int64
    public var times: Double
    public var atLeast: Int

    public init(
        segmentation: Int, from: SegmentMatch, to: SegmentMatch, againstSeconds: Int64, times: Double, atLeast: Int
    ) {
        self.segmentation = segmentation
        self.from = from
        self.to = to
        self.againstSeconds = againstSeconds
        self.times = times
        self.atLeast = atLeast
    }
}

/// `on: intake`: a source delivers too much that cannot be used.
public struct IntakeRule: Sendable {
    /// Name of a source in the configuration; nil: any.
    public var source: String?
    public var quarantinedAbove: Double

    public init(source: String?, quarantinedAbove: Double) {
        self.source = source
        self.quarantinedAbove = quarantinedAbove
    }
}

/// One entry of `assumptions:`: something the segmentation takes for granted, watched for ever.
public struct Assumption: Sendable {
    public var name: String
    public var segmentation: Int
    public var kind: Kind

    public enum Kind: Sendable {
        case reach(entered: Int, reach: [Int], withinSeconds: Int64, atLeast: Double, minCustomers: Int)
        case share(segment: Int, low: Double, high: Double)
    }

    public init(name: String, segmentation: Int, kind: Kind) {
        self.name = name
        self.segmentation = segmentation
        self.kind = kind
    }
}
