import DriftModel

/// Builds small models from expression texts, without a file.
struct ModelBuilder {
    var grain = Grain.day
    var zone = ZoneRules.utc
    var types: [EventType] = []
    var attributes: [Attribute] = []
    var fields: [Field] = []
    var features: [Feature] = []
    var population: Condition?
    var segmentations: [Segmentation] = []
    var dedupeTicks: Int32 = 30
    var valueFeature: Int?
    var alerts: [AlertRule] = []

    var axis: TimeAxis { TimeAxis(zone: zone, grain: grain) }

    var model: Model {
        Model(
            name: "test", title: nil, timezone: zone.name, grain: grain, eventTypes: types, attributes: attributes,
            fields: fields, features: features, population: population, segmentations: segmentations, playbooks: [],
            onTransition: [], alerts: alerts, assumptions: [], dedupeTicks: dedupeTicks, alertAgeSeconds: 172_800,
            valueFeature: valueFeature, version: "test", source: "", cuts: [:])
    }

    /// purchase {amount, invoice}, refund {amount}, visit {}, profile sets country, birth, income.
    static func shop(grain: Grain = .day, zone: ZoneRules = .utc) -> ModelBuilder {
        var builder = ModelBuilder()
        builder.grain = grain
        builder.zone = zone
        builder.fields = [Field(name: "amount", type: .number), Field(name: "invoice", type: .text)]
        builder.attributes = [
            Attribute(name: "country", type: .text), Attribute(name: "birth", type: .date),
            Attribute(name: "income", type: .number),
        ]
        builder.types = [
            EventType(name: "purchase", fields: [0, 1], sets: []), EventType(name: "refund", fields: [0], sets: []),
            EventType(name: "visit", fields: [], sets: []), EventType(name: "profile", fields: [], sets: [0, 1, 2]),
        ]
        return builder
    }

    func selection(_ types: [Int], over window: Int32? = nil, where filter: String? = nil) -> Selection {
        let compiled = filter.map { eventExpression($0, expecting: .boolean) }
        return Selection(
            types: types, filter: compiled?.program, filterText: compiled?.canonical, windowTicks: window)
    }

    func scalar(_ text: String) -> Scalar {
        let compiled = eventExpression(text, expecting: nil)
        return Scalar(text: compiled.canonical, type: compiled.type ?? .number, program: compiled.program)
    }

    private func eventExpression(_ text: String, expecting type: ValueType?) -> CompiledExpression {
        var schema = ExpressionSchema(
            inputs: fields.map { ExpressionSchema.Input(name: $0.name, type: $0.type) }
                + [ExpressionSchema.Input(name: "type", type: .text)], inputNoun: "field")
        return compile(text, &schema, type)
    }

    private func featureExpression(_ text: String, expecting type: ValueType?) -> CompiledExpression {
        var schema = ExpressionSchema(
            inputs: features.map { ExpressionSchema.Input(name: $0.name, type: $0.type) })
        return compile(text, &schema, type)
    }

    private func compile(
        _ text: String, _ schema: inout ExpressionSchema, _ type: ValueType?
    ) -> CompiledExpression {
        do {
            return try ExpressionCompiler.compile(text, schema: &schema, expecting: type)
        } catch {
            fatalError(error.pointing(into: text))
        }
    }

    /// - Returns: The feature's index.
    @discardableResult
    mutating func add(_ kind: Feature.Kind, type: ValueType = .number, name: String? = nil) -> Int {
        var dependencies: [Int] = []
        switch kind {
        case .bands(let input, _, _), .quantileBands(let input, _, _, _): dependencies = [input]
        case .weights(let parts): dependencies = parts.map(\.feature)
        default: break
        }
        features.append(
            Feature(
                name: name ?? "f\(features.count)", type: type, kind: kind,
                dependencies: Array(Set(dependencies)).sorted(), isScore: false))
        return features.count - 1
    }

    @discardableResult
    mutating func addExpression(_ text: String, name: String? = nil) -> Int {
        let compiled = featureExpression(text, expecting: nil)
        features.append(
            Feature(
                name: name ?? "f\(features.count)", type: compiled.type ?? .number,
                kind: .expression(compiled.program), dependencies: compiled.inputs, isScore: false))
        return features.count - 1
    }

    func condition(_ text: String) -> Condition {
        let compiled = featureExpression(text, expecting: .boolean)
        return Condition(
            text: text, program: compiled.program, inputs: compiled.inputs, comparisons: compiled.comparisons)
    }

    /// Segments s0, s1, … by their conditions, and `rest` as the last.
    mutating func segment(_ name: String, _ rules: [(when: String, stay: String?)]) {
        var segments = rules.enumerated().map { index, rule in
            Segment(
                id: "s\(index)", title: nil, rank: index + 1, when: condition(rule.when),
                stay: rule.stay.map { condition($0) }, playbooks: [])
        }
        segments.append(
            Segment(id: "rest", title: nil, rank: rules.count + 1, when: nil, stay: nil, playbooks: []))
        segmentations.append(Segmentation(name: name, title: nil, segments: segments, nearest: nil))
    }
}
