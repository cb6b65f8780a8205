import DriftAlerts
import DriftEngine
import DriftModel

/// The gift-ware shop's segmentations and playbooks, and a few rules; no loader involved.
enum RetailModel {
    static let playbooks: [Playbook] = [
        Playbook(
            name: "high_touch",
            actions: [
                Action(area: .serviceSupport, text: "Named contact by phone"),
                Action(area: .salesLeads, text: "First in the queue"),
            ]),
        Playbook(
            name: "premium",
            actions: [
                Action(area: .productPricing, text: "Volume discount on request"),
                Action(area: .productPackaging, text: "Gift wrap at no charge"),
                Action(area: .fulfilmentDelivery, text: "Next day at no charge"),
            ]),
        Playbook(
            name: "nurture",
            actions: [
                Action(area: .marketingAdvertising, text: "Second-order offer by e-mail"),
                Action(area: .salesUpsell, text: "Suggest the matching range"),
            ]),
        Playbook(
            name: "win_back",
            actions: [
                Action(area: .salesScripts, text: "Ask what went wrong before any offer"),
                Action(area: .marketingAdvertising, text: "Come-back voucher"),
            ]),
        Playbook(
            name: "low_cost",
            actions: [
                Action(area: .serviceSupport, text: "Internet only"),
                Action(area: .marketingAdvertising, text: "Seasonal catalogue only"),
            ]),
        Playbook(
            name: "home_market",
            actions: [
                Action(area: .fulfilmentDelivery, text: "Home delivery"),
                Action(area: .marketingBrand, text: "Village-shop tone"),
            ]),
        Playbook(
            name: "export",
            actions: [
                Action(area: .fulfilmentDelivery, text: "Pallet or pick-up point"),
                Action(area: .salesChannel, text: "Resellers"),
            ]),
    ]

    static let champions: Int32 = 0
    static let loyal: Int32 = 1
    static let promising: Int32 = 2
    static let atRisk: Int32 = 3
    static let lost: Int32 = 4
    static let domestic: Int32 = 0

    private static func segment(_ id: String, _ rank: Int?, _ playbooks: [Int]) -> Segment {
        Segment(id: id, title: nil, rank: rank, when: nil, stay: nil, playbooks: playbooks)
    }

    static let segmentations = [
        Segmentation(
            name: "value", title: nil,
            segments: [
                segment("champions", 1, [0, 1]), segment("loyal", 2, [0]), segment("promising", 3, [2]),
                segment("at_risk", 5, [3]), segment("lost", 6, [4]),
            ], nearest: nil),
        Segmentation(
            name: "region", title: nil, segments: [segment("domestic", nil, [5]), segment("world", nil, [6])],
            nearest: nil),
    ]

    static let features = ["recency", "spend"].map { name in
        Feature(name: name, type: .number, kind: .attribute(0), dependencies: [], isScore: false)
    }

    static func condition(_ text: String) throws -> Condition {
        var schema = ExpressionSchema(inputs: features.map { .init(name: $0.name, type: $0.type) })
        let compiled = try ExpressionCompiler.compile(text, schema: &schema, expecting: .boolean)
        return Condition(
            text: text, program: compiled.program, inputs: compiled.inputs, comparisons: compiled.comparisons)
    }

    /// A rule about moves down in `value`.
    static func rule(
        _ name: String = "downgrade", direction: Direction? = .down, causes: [Cause]? = nil, when: Condition? = nil,
        dwellSeconds: Int64 = 0, cooldownSeconds: Int64 = 0, groupBy: [String] = [], groupWaitSeconds: Int64 = 30,
        notify: [String] = ["log"]
    ) -> AlertRule {
        AlertRule(
            name: name, severity: .warning, notify: notify,
            kind: .transition(
                TransitionRule(
                    match: MoveMatch(
                        segmentation: 0, from: nil, to: nil, direction: direction, causes: causes), when: when,
                    dwellSeconds: dwellSeconds, cooldownSeconds: cooldownSeconds, groupBy: groupBy,
                    groupWaitSeconds: groupWaitSeconds)))
    }

    static func model(alerts: [AlertRule] = []) -> Model {
        Model(
            name: "retail", title: nil, timezone: "UTC", grain: .day, eventTypes: [], attributes: [], fields: [],
            features: features, population: nil, segmentations: segmentations, playbooks: playbooks,
            onTransition: [
                TransitionActions(
                    match: MoveMatch(
                        segmentation: 0, from: [.segment(0), .segment(1)], to: [.segment(3), .segment(4)]),
                    actions: [Action(area: .salesScripts, text: "Retention call within two days")])
            ], alerts: alerts, assumptions: [], dedupeTicks: 30, alertAgeSeconds: 48 * 3600, valueFeature: 1,
            version: "v1", source: "", cuts: [:])
    }

    /// `recency <= 60`, the only comparison there is.
    static func comparisons() throws -> [EngineComparison] {
        [
            EngineComparison(
                role: .when, segmentation: 0, segment: loyal,
                comparison: try condition("recency <= 60").comparisons[0])
        ]
    }
}
