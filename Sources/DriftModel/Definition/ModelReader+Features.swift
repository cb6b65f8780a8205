/// Drafts to ``Feature``s: kinds over events and attributes.
extension ModelReader {
    /// Builds what stands on its own first, so that the types of all features are known where expressions
    /// refer to them; then the rest in dependency order.
    mutating func buildFeatures() {
        let derived = ["expr", "bands", "weights"]
        for index in drafts.indices where !derived.contains(drafts[index].kind) {
            if let kind = standaloneKind(drafts[index]) { finish(index, kind.kind, kind.type, reads: []) }
        }
        for index in drafts.indices where derived.contains(drafts[index].kind) {
            let draft = drafts[index]
            switch draft.kind {
            case "expr": buildExpression(index)
            case "bands":
                if let kind = bandsKind(draft) { finish(index, kind.kind, .number, reads: [kind.input]) }
            default:
                if let kind = weightsKind(draft) { finish(index, kind.kind, .number, reads: kind.inputs) }
            }
        }
    }

    private mutating func finish(_ index: Int, _ kind: Feature.Kind, _ type: ValueType, reads: [Int]) {
        drafts[index].feature = Feature(
            name: drafts[index].name, type: type, kind: kind, dependencies: Array(Set(reads)).sorted(),
            isScore: drafts[index].isScore)
    }

    private mutating func standaloneKind(_ draft: FeatureDraft) -> (kind: Feature.Kind, type: ValueType)? {
        guard let node = draft.mapping[draft.kind] else { return nil }
        switch draft.kind {
        case "count": return selection(draft, types: node).map { (.count($0), .number) }
        case "active_days": return selection(draft, types: node).map { (.activeDays($0), .number) }
        case "attribute":
            return readAttribute(node, draft, type: nil).map { (.attribute($0), attributes[$0].type) }
        case "years_since": return readAttribute(node, draft, type: .date).map { (.yearsSince($0), .number) }
        case "days_since", "hours_since": return sinceKind(draft, node)
        case "sum", "avg", "min", "max", "distinct", "first", "last", "decayed": return scalarKind(draft, node)
        default: return nil
        }
    }

    // MARK: Over events

    private mutating func scalarKind(
        _ draft: FeatureDraft, _ node: YamlNode
    ) -> (kind: Feature.Kind, type: ValueType)? {
        guard let of = draft.mapping["of"] else {
            yaml.error(
                draft.mapping.node, "\(noun(draft)) has no 'of'",
                hint: "the event types it is about: of: \(eventTypes.first?.name ?? "purchase")")
            return nil
        }
        let selection = selection(draft, types: of)
        let isAnyType = ["distinct", "first", "last"].contains(draft.kind)
        let scalar = scalar(node, "'\(draft.kind)'", types: selection?.types, type: isAnyType ? nil : .number)
        let halfLife = draft.kind == "decayed" ? halfLifeTicks(draft) : 0
        guard let selection, let scalar, let halfLife else { return nil }
        switch draft.kind {
        case "sum": return (.sum(selection, scalar), .number)
        case "avg": return (.average(selection, scalar), .number)
        case "min": return (.minimum(selection, scalar), .number)
        case "max": return (.maximum(selection, scalar), .number)
        case "distinct": return (.distinct(selection, scalar), .number)
        case "first": return (.first(selection, scalar), scalar.type)
        case "last": return (.last(selection, scalar), scalar.type)
        default: return (.decayed(selection, scalar, halfLifeTicks: halfLife), .number)
        }
    }

    private mutating func halfLifeTicks(_ draft: FeatureDraft) -> Double? {
        guard let node = draft.mapping["half_life"] else {
            yaml.error(draft.mapping.node, "\(noun(draft)) has no 'half_life'", hint: "such as half_life: 30d")
            return nil
        }
        guard let duration = yaml.duration(node, "half_life", isZeroAllowed: false) else { return nil }
        return Double(duration.seconds) / (grain == .day ? 86_400 : 3600)
    }

    private mutating func sinceKind(_ draft: FeatureDraft, _ node: YamlNode) -> (kind: Feature.Kind, type: ValueType)? {
        if draft.kind == "hours_since", grain == .day {
            yaml.error(
                draft.mapping.entry("hours_since")?.key ?? node, "hours_since needs 'grain: hour'",
                hint: "or use days_since")
            return nil
        }
        guard let of = draft.mapping["of"] else { return sinceAttributeKind(draft, node) }
        let end = yaml.word(node, "'\(draft.kind)'", of: ["last", "first"]).flatMap(Feature.End.init(rawValue:))
        guard let selection = selection(draft, types: of), let end else { return nil }
        return (.sinceEvent(selection, end, draft.kind == "hours_since" ? .hours : .days), .number)
    }

    private mutating func sinceAttributeKind(
        _ draft: FeatureDraft, _ node: YamlNode
    ) -> (kind: Feature.Kind, type: ValueType)? {
        let name = node.rawText ?? ""
        let isEnd = ["first", "last"].contains(name) && !attributes.contains { $0.name == name }
        if isEnd || draft.kind == "hours_since" {
            yaml.error(
                draft.mapping.node, "\(noun(draft)) has no 'of'",
                hint: "the event types it is about: of: \(eventTypes.first?.name ?? "purchase")")
            return nil
        }
        if let filter = draft.mapping.entry("where") {
            yaml.error(filter.key, "'where' is about events, and \(noun(draft)) is about an attribute")
        }
        return readAttribute(node, draft, type: .date).map { (.sinceAttribute($0), .number) }
    }

    private func noun(_ draft: FeatureDraft) -> String { "\(draft.isScore ? "score" : "feature") '\(draft.name)'" }

    private mutating func readAttribute(_ node: YamlNode, _ draft: FeatureDraft, type: ValueType?) -> Int? {
        guard let name = yaml.text(node, "'\(draft.kind)'") else { return nil }
        guard let index = attributes.firstIndex(where: { $0.name == name }) else {
            yaml.unknown(node, "attribute", name, known: attributes.map(\.name))
            return nil
        }
        if failedNames.contains(name) { return nil }
        if let type, attributes[index].type != type {
            yaml.error(
                node, "'\(draft.kind)' needs a \(type.rawValue), and '\(name)' is a \(attributes[index].type.rawValue)",
                hint: "declare it as \(type.rawValue) under attributes")
            return nil
        }
        return index
    }

    // MARK: Selections

    private mutating func selection(_ draft: FeatureDraft, types node: YamlNode) -> Selection? {
        let types = readEventTypes(node, draft)
        var filter: CompiledExpression?
        var isComplete = types != nil
        if let node = draft.mapping["where"] {
            filter = eventExpression(node, "'where'", types: types, expecting: .boolean)
            isComplete = isComplete && filter != nil
        }
        var window: Int32?
        if let node = draft.mapping["over"] {
            switch yaml.durationOrWord(node, "'over'", words: ["lifetime"], isZeroAllowed: false) {
            case .word: break
            case .duration(let duration):
                window = ticks(duration, node, "'over'")
                isComplete = isComplete && window != nil
            case nil: isComplete = false
            }
        }
        guard isComplete, let types else { return nil }
        return Selection(
            types: types, filter: filter?.program, filterText: filter?.canonical, windowTicks: window)
    }

    /// Indexes of event types, ascending; `any` is all of them.
    private mutating func readEventTypes(_ node: YamlNode, _ draft: FeatureDraft) -> [Int]? {
        if node.scalar == .text("any") { return Array(eventTypes.indices) }
        let items = yaml.oneOrMany(node)
        if items.isEmpty { yaml.error(node, "\(noun(draft)) names no event type", hint: "or 'any' for all of them") }
        var types: Set<Int> = []
        var isComplete = !items.isEmpty
        for item in items {
            guard let name = yaml.text(item, "an event type") else {
                isComplete = false
                continue
            }
            guard let index = eventTypes.firstIndex(where: { $0.name == name }) else {
                yaml.unknown(item, "event type", name, known: eventTypes.map(\.name))
                isComplete = false
                continue
            }
            if !types.insert(index).inserted { yaml.error(item, "event type '\(name)' is listed twice") }
        }
        return isComplete ? types.sorted() : nil
    }

    private mutating func scalar(
        _ node: YamlNode, _ what: String, types: [Int]?, type: ValueType?
    ) -> Scalar? {
        guard let compiled = eventExpression(node, what, types: types, expecting: type) else { return nil }
        guard let type = compiled.type else {
            yaml.error(node, "\(what) is always NULL")
            return nil
        }
        return Scalar(text: compiled.canonical, type: type, program: compiled.program)
    }

    /// Compiles an expression over the fields of events and `type`.
    /// - Parameter types: The selected event types; nil when they are wrong: then fields are not checked against them.
    private mutating func eventExpression(
        _ node: YamlNode, _ what: String, types: [Int]?, expecting: ValueType?
    ) -> CompiledExpression? {
        guard let text = yaml.expression(node, what) else { return nil }
        let names = namesIn(expression: text.text)
        if names.contains(where: { failedNames.contains($0.name) }) { return nil }
        var schema = ExpressionSchema(inputs: [], inputNoun: "field", zone: zone, zones: zones)
        schema.inputs = fields.map { ExpressionSchema.Input(name: $0.name, type: $0.type) }
        schema.inputs.append(ExpressionSchema.Input(name: "type", type: .text))
        guard let compiled = compile(text, schema: schema, expecting: expecting) else { return nil }
        guard let types else { return compiled }
        let carried = Set(types.flatMap { eventTypes[$0].fields })
        for input in compiled.inputs where input < fields.count && !carried.contains(input) {
            let name = fields[input].name
            let place = text.position(atOffset: names.first { $0.name == name }?.offset ?? 0)
            let owners = eventTypes.filter { $0.fields.contains(input) }.map(\.name)
            yaml.append(
                Diagnostic(
                    file: text.file, line: place.line, column: place.column,
                    message: "'\(name)' is no field of \(spokenList(types.map { eventTypes[$0].name }))",
                    hint: "it is one of \(spokenList(owners))"))
            return nil
        }
        return compiled
    }
}
