/// Drafts to ``Feature``s: those made of other features.
extension ModelReader {
    mutating func buildExpression(_ index: Int) {
        let draft = drafts[index]
        guard let node = draft.mapping["expr"], let text = yaml.expression(node, "'expr'"),
            !readsFailedFeature(text.text), let compiled = compile(text, schema: featureSchema, expecting: nil)
        else { return }
        guard let type = compiled.type else {
            yaml.error(node, "'expr' is always NULL")
            return
        }
        drafts[index].canonical = compiled.canonical
        drafts[index].feature = Feature(
            name: draft.name, type: type, kind: .expression(compiled.program), dependencies: compiled.inputs,
            isScore: draft.isScore)
    }

    mutating func bandsKind(_ draft: FeatureDraft) -> (kind: Feature.Kind, input: Int)? {
        guard let node = draft.mapping["bands"] else { return nil }
        let input = readFeatureReference(node, "'bands'", type: .number)
        let descending = draft.mapping["descending"].flatMap { yaml.boolean($0, "'descending'") } ?? false
        switch (draft.mapping["cuts"], draft.mapping["quantiles"]) {
        case (let cutsNode?, nil):
            guard let cuts = readCuts(cutsNode), let input else { return nil }
            return (.bands(input: input, cuts: cuts, descending: descending), input)
        case (nil, let quantilesNode?):
            let count = yaml.integer(quantilesNode, "'quantiles'", in: 2...100)
            guard let count, let input else { return nil }
            let frozen = frozenCuts(draft, bands: count)
            return (.quantileBands(input: input, bands: count, cuts: frozen, descending: descending), input)
        default:
            yaml.error(
                draft.mapping.node, "score '\(draft.name)' needs either 'cuts' or 'quantiles'",
                hint: "cuts: [7, 30, 90] sets the limits, quantiles: 5 takes them from the customers")
            return nil
        }
    }

    private mutating func readCuts(_ node: YamlNode) -> [Double]? {
        guard let items = yaml.list(node, "'cuts'") else { return nil }
        if items.isEmpty { yaml.error(node, "'cuts' is empty", hint: "such as cuts: [7, 30, 90]") }
        var cuts: [Double] = []
        for item in items {
            guard let cut = yaml.number(item, "a cut") else { return nil }
            if let last = cuts.last, cut <= last {
                yaml.error(item, "cuts must ascend: \(plainNumber(cut)) comes after \(plainNumber(last))")
                return nil
            }
            cuts.append(cut)
        }
        return cuts.isEmpty ? nil : cuts
    }

    private mutating func frozenCuts(_ draft: FeatureDraft, bands: Int) -> [Double]? {
        guard let frozen = cuts[draft.name] else {
            yaml.warn(
                draft.entry.key, "score '\(draft.name)' has no cut-offs yet and is NULL for everybody",
                hint: "run segdrift calibrate once there are customers")
            return nil
        }
        if frozen.count != bands - 1 {
            yaml.error(
                draft.entry.key,
                "score '\(draft.name)' has \(bands) bands, and its frozen cut-offs make \(frozen.count + 1)",
                hint: "run segdrift calibrate again")
            return nil
        }
        return frozen
    }

    mutating func weightsKind(_ draft: FeatureDraft) -> (kind: Feature.Kind, inputs: [Int])? {
        guard let node = draft.mapping["weights"], let entries = yaml.entries(node, "'weights'") else { return nil }
        if entries.isEmpty { yaml.error(node, "'weights' names no part", hint: "such as weights: {r: 0.5, f: 0.5}") }
        var parts: [(feature: Int, weight: Double)] = []
        for entry in entries {
            let feature = featureReference(entry.name, entry.key, "'weights'", type: .number)
            let weight = yaml.number(entry.value, "the weight of '\(entry.name)'")
            if let feature, let weight { parts.append((feature, weight)) }
        }
        guard !entries.isEmpty, parts.count == entries.count else { return nil }
        // The order of addition must not depend on the order of keys.
        parts.sort { $0.feature < $1.feature }
        return (.weights(parts), parts.map(\.feature))
    }
}
