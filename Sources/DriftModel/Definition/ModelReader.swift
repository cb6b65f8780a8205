/// The reading of one model: what is known so far, and everything that is wrong.
///
/// The blocks are read in the order in which they need each other, whatever their order in the file; each is
/// an extension in a file of its own. What failed is remembered, so that one mistake is reported once.
struct ModelReader {
    var yaml: YamlReader
    let zones: @Sendable (String) -> ZoneRules?

    var timezone = "UTC"
    var zone = ZoneRules.utc
    var grain = Grain.day

    var attributes: [Attribute] = []
    var fields: [Field] = []
    var eventTypes: [EventType] = []
    /// Fields and attributes whose declaration is wrong.
    var failedNames: Set<String> = []

    /// In dependency order: position is the feature's index.
    var drafts: [FeatureDraft] = []
    var featureIndex: [String: Int] = [:]

    var segmentations: [Segmentation] = []
    /// Places of the segments, for the lint.
    var segmentNodes: [[YamlNode]] = []
    var segmentationNodes: [YamlNode] = []
    var playbooks: [Playbook] = []
    var playbooksNode: YamlNode?
    /// Frozen cut-offs by score.
    var cuts: [String: [Double]] = [:]

    init(file: String, cuts: [String: [Double]], zones: @escaping @Sendable (String) -> ZoneRules?) {
        self.yaml = YamlReader(file: file)
        self.cuts = cuts
        self.zones = zones
    }

    static let keys = [
        "model", "title", "timezone", "grain", "events", "attributes", "features", "scores", "population",
        "segmentations", "playbooks", "on_transition", "alerts", "assumptions", "value", "dedupe", "alert_age",
        "max_segments",
    ]

    /// - Returns: nil when anything is an error.
    mutating func read(_ root: YamlNode, source: String) -> Model? {
        guard
            let top = yaml.mapping(
                root, "the model", keys: Self.keys, required: ["model", "events", "segmentations"])
        else { return nil }
        let name = top["model"].flatMap { yaml.name($0, "the model's name") }
        let title = top["title"].flatMap { yaml.text($0, "the title") }
        readTime(top)
        readAttributes(top["attributes"])
        readEvents(top["events"])
        readFeatures(top["features"], scores: top["scores"])
        let population = readPopulation(top["population"])
        readPlaybooks(top.entry("playbooks"))
        readSegmentations(top["segmentations"])
        let onTransition = readOnTransition(top["on_transition"])
        let alerts = readAlerts(top["alerts"])
        let assumptions = readAssumptions(top["assumptions"])
        let valueFeature = top["value"].flatMap { readFeatureReference($0, "value", type: .number) }
        let dedupeTicks = readDedupe(top["dedupe"])
        let alertAge = top["alert_age"].flatMap { yaml.duration($0, "alert_age") }
        let segmentsMax = top["max_segments"].flatMap { yaml.integer($0, "max_segments", in: 1...1000) } ?? 9
        lint(segmentsMax: segmentsMax, population: population, isComplete: !yaml.hasErrors)
        guard let name, !yaml.hasErrors else { return nil }
        var model = Model(
            name: name, title: title, timezone: timezone, grain: grain, eventTypes: eventTypes,
            attributes: attributes, fields: fields, features: drafts.compactMap(\.feature), population: population,
            segmentations: segmentations, playbooks: playbooks, onTransition: onTransition, alerts: alerts,
            assumptions: assumptions, dedupeTicks: dedupeTicks,
            alertAgeSeconds: alertAge?.seconds ?? 48 * 3600, valueFeature: valueFeature, version: "",
            source: source, cuts: cuts, zone: zone)
        CanonicalForm(model: model, expressions: drafts.map(\.canonical)).sign(&model)
        return model
    }

    // MARK: Time

    private mutating func readTime(_ top: YamlMapping) {
        if let node = top["grain"], let word = yaml.word(node, "grain", of: ["day", "hour"]) {
            grain = Grain(rawValue: word) ?? .day
        }
        guard let node = top["timezone"], let name = yaml.text(node, "the time zone") else { return }
        if let rules = zones(name) {
            timezone = name
            zone = rules
        } else {
            yaml.error(
                node, "unknown time zone '\(name)'",
                hint: "an IANA name such as UTC, Europe/London or America/New_York")
        }
    }

    /// A length of time as a whole number of ticks.
    mutating func ticks(_ duration: YamlDuration, _ node: YamlNode, _ what: String) -> Int32? {
        let tickSeconds: Int64 = grain == .day ? 86_400 : 3600
        let tooFine = grain == .day && (duration.unit != .day && duration.unit != .week)
        if tooFine || duration.seconds % tickSeconds != 0 {
            yaml.error(
                node, "\(what) must be whole \(grain == .day ? "days" : "hours") with 'grain: \(grain.rawValue)'",
                hint: grain == .day ? "write 90d or 2w, or set 'grain: hour'" : "write 36h or 90d")
            return nil
        }
        let ticks = duration.seconds / tickSeconds
        guard ticks > 0, ticks <= 200 * 366 * Int64(grain.ticksPerDay) else {
            yaml.error(node, "\(what) must be from one \(grain.rawValue) to 200 years")
            return nil
        }
        return Int32(ticks)
    }

    /// Ids are kept at least as long as a late record could still matter.
    private mutating func readDedupe(_ node: YamlNode?) -> Int32 {
        if let node, let duration = yaml.duration(node, "dedupe", isZeroAllowed: false),
            let ticks = ticks(duration, node, "dedupe")
        {
            return ticks
        }
        var longest = 30 * grain.ticksPerDay
        for draft in drafts {
            guard let selection = draft.feature?.kind.selection else { continue }
            longest = max(longest, selection.windowTicks ?? 400 * grain.ticksPerDay)
        }
        return longest
    }

    // MARK: Conditions over features

    private mutating func readPopulation(_ node: YamlNode?) -> Condition? {
        guard let node,
            let mapping = yaml.mapping(node, "population", keys: ["customer"], required: ["customer"]),
            let customer = mapping["customer"]
        else { return nil }
        return condition(customer, "population's 'customer'")
    }

    /// What conditions may refer to: every feature by its index.
    var featureSchema: ExpressionSchema {
        ExpressionSchema(
            inputs: drafts.map { ExpressionSchema.Input(name: $0.name, type: $0.feature?.type ?? .number) },
            inputNoun: "feature", zone: zone, zones: zones)
    }

    /// Compiles a condition over features; nil when it, or a feature it reads, is wrong.
    mutating func condition(_ node: YamlNode, _ what: String) -> Condition? {
        guard let text = yaml.expression(node, what), !readsFailedFeature(text.text) else { return nil }
        guard let compiled = compile(text, schema: featureSchema, expecting: .boolean) else { return nil }
        return Condition(
            text: text.text, program: compiled.program, inputs: compiled.inputs, comparisons: compiled.comparisons,
            canonical: compiled.canonical)
    }

    func readsFailedFeature(_ text: String) -> Bool {
        namesIn(expression: text).contains { name in
            featureIndex[name.name].map { drafts[$0].feature == nil } ?? false
        }
    }

    /// Compiles and reports what is wrong at its place in the file.
    mutating func compile(
        _ text: PositionedText, schema: ExpressionSchema, expecting: ValueType?
    ) -> CompiledExpression? {
        var schema = schema
        do {
            return try ExpressionCompiler.compile(text.text, schema: &schema, expecting: expecting)
        } catch {
            yaml.append(text.diagnostic(error))
            return nil
        }
    }

    /// A feature named somewhere; nil when there is none, or it is wrong, or of another type.
    mutating func readFeatureReference(_ node: YamlNode, _ what: String, type: ValueType?) -> Int? {
        guard let name = yaml.text(node, what) else { return nil }
        return featureReference(name, node, what, type: type)
    }

    mutating func featureReference(_ name: String, _ node: YamlNode, _ what: String, type: ValueType?) -> Int? {
        guard let index = featureIndex[name] else {
            yaml.unknown(node, "feature", name, known: drafts.map(\.name))
            return nil
        }
        guard let feature = drafts[index].feature else { return nil }
        if let type, feature.type != type {
            yaml.error(node, "\(what) needs a \(type.rawValue), and \(name) is a \(feature.type.rawValue)")
            return nil
        }
        return index
    }
}

extension Feature.Kind {
    /// The events a feature is about; nil for those that read attributes or other features.
    public var selection: Selection? {
        switch self {
        case .count(let selection), .activeDays(let selection): selection
        case .sum(let selection, _), .average(let selection, _), .minimum(let selection, _),
            .maximum(let selection, _), .distinct(let selection, _), .first(let selection, _),
            .last(let selection, _):
            selection
        case .sinceEvent(let selection, _, _): selection
        case .decayed(let selection, _, _): selection
        case .sinceAttribute, .attribute, .yearsSince, .expression, .bands, .quantileBands, .weights: nil
        }
    }
}
