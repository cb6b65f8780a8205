import Crypto

/// A model as text that does not depend on how the file is written: one fact per line, expressions in
/// canonical form, keys in a fixed order, defaults filled in.
///
/// The order of event types, fields, attributes, features, segmentations, segments, playbooks and rules is
/// part of it: it numbers them in stored states and decides what comes first in explanations and conflicts.
struct CanonicalForm {
    /// What decides segments.
    private var evaluation: [String] = []
    /// The rest.
    private var surroundings: [String] = []
    private let model: Model

    /// - Parameter expressions: Canonical text of each feature that is an expression, by index.
    init(model: Model, expressions: [String?]) {
        self.model = model
        addData()
        for (index, feature) in model.features.enumerated() { add(feature, expression: expressions[index]) }
        if let population = model.population { evaluation.append("population \(population.canonical)") }
        for segmentation in model.segmentations { add(segmentation) }
        for (name, cuts) in model.cuts.sorted(by: { $0.key < $1.key }) {
            evaluation.append("cuts \(quoted(name)) \(list(cuts.map(plainNumber)))")
        }
        addActions()
        for rule in model.alerts { add(rule) }
        for assumption in model.assumptions { add(assumption) }
    }

    /// Sets the model's canonical form and versions.
    func sign(_ model: inout Model) {
        model.evaluationVersion = hexDigest(evaluation.joined(separator: "\n"))
        model.canonical = (evaluation + surroundings).joined(separator: "\n") + "\n"
        model.version = hexDigest(model.canonical)
    }

    private func hexDigest(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    // MARK: Words

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

    private func optional(_ key: String, _ value: String?) -> String { value.map { " \(key) \($0)" } ?? "" }

    private func featureName(_ index: Int) -> String { quoted(model.features[index].name) }

    private func segmentName(_ segmentation: Int, _ segment: Int) -> String {
        quoted(model.segmentations[segmentation].segments[segment].id)
    }

    // MARK: What decides segments

    private mutating func addData() {
        evaluation.append("timezone \(quoted(model.timezone))")
        evaluation.append("grain \(model.grain.rawValue)")
        for attribute in model.attributes {
            evaluation.append("attribute \(quoted(attribute.name)) \(attribute.type.rawValue)")
        }
        for type in model.eventTypes {
            let fields = type.fields.map { "\(quoted(model.fields[$0].name)) \(model.fields[$0].type.rawValue)" }
            let sets = type.sets.map { quoted(model.attributes[$0].name) }
            evaluation.append("event \(quoted(type.name)) fields \(list(fields)) sets \(list(sets))")
        }
    }

    private mutating func add(_ feature: Feature, expression: String?) {
        let word = feature.isScore ? "score" : "feature"
        evaluation.append("\(word) \(quoted(feature.name)) = \(describe(feature.kind, expression: expression))")
    }

    private func describe(_ kind: Feature.Kind, expression: String?) -> String {
        switch kind {
        case .count(let events): "count\(describe(events))"
        case .activeDays(let events): "active_days\(describe(events))"
        case .sum(let events, let scalar): "sum (\(scalar.text))\(describe(events))"
        case .average(let events, let scalar): "avg (\(scalar.text))\(describe(events))"
        case .minimum(let events, let scalar): "min (\(scalar.text))\(describe(events))"
        case .maximum(let events, let scalar): "max (\(scalar.text))\(describe(events))"
        case .distinct(let events, let scalar): "distinct (\(scalar.text))\(describe(events))"
        case .first(let events, let scalar): "first (\(scalar.text))\(describe(events))"
        case .last(let events, let scalar): "last (\(scalar.text))\(describe(events))"
        case .sinceEvent(let events, let end, let unit):
            "\(unit.rawValue)_since \(end.rawValue)\(describe(events))"
        case .sinceAttribute(let attribute): "days_since attribute \(quoted(model.attributes[attribute].name))"
        case .attribute(let attribute): "attribute \(quoted(model.attributes[attribute].name))"
        case .yearsSince(let attribute): "years_since \(quoted(model.attributes[attribute].name))"
        case .decayed(let events, let scalar, let halfLife):
            "decayed (\(scalar.text)) half_life \(plainNumber(halfLife))\(describe(events))"
        case .expression: "expr (\(expression ?? ""))"
        case .bands(let input, let cuts, let descending):
            "bands \(featureName(input)) cuts \(list(cuts.map(plainNumber)))\(descending ? " descending" : "")"
        case .quantileBands(let input, let bands, _, let descending):
            "bands \(featureName(input)) quantiles \(bands)\(descending ? " descending" : "")"
        case .weights(let parts):
            "weights "
                + list(
                    parts.map { (name: featureName($0.feature), weight: $0.weight) }.sorted { $0.name < $1.name }
                        .map { "\($0.name) \(plainNumber($0.weight))" })
        }
    }

    private func describe(_ events: Selection) -> String {
        let types = list(events.types.map { quoted(model.eventTypes[$0].name) })
        let over = events.windowTicks.map { "\($0) ticks" } ?? "lifetime"
        return " of \(types)\(optional("where", events.filterText.map { "(\($0))" })) over \(over)"
    }

    private mutating func add(_ segmentation: Segmentation) {
        let name = quoted(segmentation.name)
        surroundings.append("segmentation \(name)\(optional("title", segmentation.title.map(quoted)))")
        for segment in segmentation.segments {
            let id = "segment \(name) \(quoted(segment.id))"
            evaluation.append(
                "\(id)\(optional("when", segment.when?.canonical))\(optional("stay", segment.stay?.canonical))")
            let playbooks = segment.playbooks.map { quoted(model.playbooks[$0].name) }
            surroundings.append(
                "\(id)\(optional("title", segment.title.map(quoted)))\(optional("rank", segment.rank.map(String.init)))"
                    + " playbooks \(list(playbooks))")
        }
        guard let nearest = segmentation.nearest else { return }
        let inputs = nearest.inputs.map {
            "\(featureName($0.feature)) mean \(plainNumber($0.mean)) scale \(plainNumber($0.scale))"
        }
        let centroids = nearest.centroids.map { list($0.map(plainNumber)) }
        evaluation.append("nearest \(name) inputs \(list(inputs)) centroids \(list(centroids))")
    }

    // MARK: The rest

    private mutating func addActions() {
        surroundings.append("model \(quoted(model.name))\(optional("title", model.title.map(quoted)))")
        surroundings.append("value\(optional("feature", model.valueFeature.map(featureName)))")
        surroundings.append("dedupe \(model.dedupeTicks) ticks")
        surroundings.append("alert_age \(model.alertAgeSeconds) s")
        for playbook in model.playbooks {
            surroundings.append("playbook \(quoted(playbook.name)) \(describe(playbook.actions))")
        }
        for rule in model.onTransition {
            surroundings.append("on_transition\(describe(rule.match)) do \(describe(rule.actions))")
        }
    }

    private func describe(_ actions: [Action]) -> String {
        list(actions.map { "\($0.area.rawValue) \(quoted($0.text))" }.sorted())
    }

    private func describe(_ match: MoveMatch) -> String {
        let from = match.from.map { list($0.map { describe($0, match.segmentation) }.sorted()) }
        let to = match.to.map { list($0.map { describe($0, match.segmentation) }.sorted()) }
        let causes = match.causes.map { list($0.map(\.rawValue).sorted()) }
        return " segmentation \(quoted(model.segmentations[match.segmentation].name))"
            + "\(optional("from", from))\(optional("to", to))"
            + "\(optional("direction", match.direction?.rawValue))\(optional("causes", causes))"
    }

    private func describe(_ side: SegmentMatch, _ segmentation: Int) -> String {
        switch side {
        case .segment(let index): segmentName(segmentation, index)
        case .null: "null"
        }
    }

    private mutating func add(_ rule: AlertRule) {
        surroundings.append(
            "alert \(quoted(rule.name)) severity \(rule.severity.rawValue) notify \(list(rule.notify.map(quoted)))"
                + " on \(describe(rule.kind))")
    }

    /// Only where it is another than ever: versions outlive new keys.
    private func interval(_ rule: TransitionRule) -> String? {
        rule.groupIntervalSeconds == TransitionRule.groupIntervalDefault ? nil : "\(rule.groupIntervalSeconds)"
    }

    private func describe(_ kind: AlertRule.Kind) -> String {
        switch kind {
        case .transition(let rule):
            return "transition\(describe(rule.match))\(optional("when", rule.when?.canonical))"
                + " dwell \(rule.dwellSeconds) cooldown \(rule.cooldownSeconds)"
                + " group_by \(list(rule.groupBy)) group_wait \(rule.groupWaitSeconds)"
                + optional("group_interval", interval(rule))
        case .population(let rule):
            return "population \(quoted(model.segmentations[rule.segmentation].name)) compare \(rule.compareSeconds)"
                + " test \(rule.test)\(optional("p_below", rule.pBelow.map(plainNumber)))"
                + "\(optional("effect_above", rule.effectAbove.map(plainNumber)))"
                + "\(optional("value_above", rule.valueAbove.map(plainNumber)))"
        case .size(let rule):
            return "size \(quoted(model.segmentations[rule.segmentation].name))"
                + " \(segmentName(rule.segmentation, rule.segment)) over \(rule.overSeconds)"
                + "\(optional("change_below", rule.changeBelow.map(plainNumber)))"
                + "\(optional("change_above", rule.changeAbove.map(plainNumber)))"
        case .flow(let rule):
            return "flow \(quoted(model.segmentations[rule.segmentation].name))"
                + " from \(describe(rule.from, rule.segmentation)) to \(describe(rule.to, rule.segmentation))"
                + " against \(rule.againstSeconds) times \(plainNumber(rule.times)) at_least \(rule.atLeast)"
        case .intake(let rule):
            return "intake\(optional("source", rule.source.map(quoted)))"
                + " quarantined_above \(plainNumber(rule.quarantinedAbove))"
        }
    }

    private mutating func add(_ assumption: Assumption) {
        let head = "assumption \(quoted(assumption.name)) \(quoted(model.segmentations[assumption.segmentation].name))"
        switch assumption.kind {
        case .reach(let entered, let reach, let within, let atLeast, let customers):
            let targets = list(reach.map { segmentName(assumption.segmentation, $0) }.sorted())
            surroundings.append(
                "\(head) entered \(segmentName(assumption.segmentation, entered)) reach \(targets)"
                    + " within \(within) at_least \(plainNumber(atLeast)) min_customers \(customers)")
        case .share(let segment, let low, let high):
            surroundings.append(
                "\(head) segment \(segmentName(assumption.segmentation, segment))"
                    + " share_between \(plainNumber(low)) \(plainNumber(high))")
        }
    }
}
