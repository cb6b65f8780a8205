/// `assumptions:`.
extension ModelReader {
    mutating func readAssumptions(_ node: YamlNode?) -> [Assumption] {
        guard let node, let items = yaml.list(node, "assumptions") else { return [] }
        var assumptions: [Assumption] = []
        for item in items {
            guard let assumption = readAssumption(item) else { continue }
            if assumptions.contains(where: { $0.name == assumption.name }) {
                yaml.error(item, "duplicate assumption '\(assumption.name)'")
            }
            assumptions.append(assumption)
        }
        return assumptions
    }

    private mutating func readAssumption(_ node: YamlNode) -> Assumption? {
        guard let entries = yaml.entries(node, "an assumption") else { return nil }
        let reachKeys = ["entered", "reach", "within", "at_least", "min_customers"]
        let isReach = entries.contains { reachKeys.contains($0.name) }
        let keys = ["name", "segmentation"] + (isReach ? reachKeys : ["segment", "share_between"])
        let required =
            ["name", "segmentation"]
            + (isReach ? ["entered", "reach", "within", "at_least"] : ["segment", "share_between"])
        guard let mapping = yaml.mapping(node, "an assumption", keys: keys, required: required) else { return nil }
        let name = mapping["name"].flatMap { yaml.name($0, "an assumption's name") }
        guard let segmentation = mapping["segmentation"].flatMap({ readSegmentation($0) }),
            let kind = isReach ? readReach(mapping, segmentation) : readShare(mapping, segmentation), let name
        else { return nil }
        return Assumption(name: name, segmentation: segmentation, kind: kind)
    }

    private mutating func readReach(_ mapping: YamlMapping, _ segmentation: Int) -> Assumption.Kind? {
        let entered = mapping["entered"].flatMap { readSegment($0, segmentation) }
        let reach = mapping["reach"].map { node in
            yaml.oneOrMany(node).compactMap { readSegment($0, segmentation) }
        }
        let within = mapping["within"].flatMap { yaml.duration($0, "'within'", isZeroAllowed: false) }
        let atLeast = mapping["at_least"].flatMap { yaml.number($0, "'at_least'", in: 0...1) }
        let customers = mapping["min_customers"].flatMap { yaml.integer($0, "'min_customers'", in: 1...Int.max) }
        guard let entered, let reach, let within, let atLeast else { return nil }
        if reach.isEmpty, let node = mapping["reach"] { yaml.error(node, "'reach' names no segment") }
        return .reach(
            entered: entered, reach: reach, withinSeconds: within.seconds, atLeast: atLeast,
            minCustomers: customers ?? 50)
    }

    private mutating func readShare(_ mapping: YamlMapping, _ segmentation: Int) -> Assumption.Kind? {
        let segment = mapping["segment"].flatMap { readSegment($0, segmentation) }
        guard let node = mapping["share_between"], let items = yaml.list(node, "'share_between'") else { return nil }
        let shares = items.compactMap { yaml.number($0, "a share", in: 0...1) }
        guard items.count == 2, shares.count == 2, shares[0] <= shares[1] else {
            if shares.count == items.count {
                yaml.error(node, "'share_between' must be two shares, the lower first", hint: "such as [0.02, 0.15]")
            }
            return nil
        }
        return segment.map { .share(segment: $0, low: shares[0], high: shares[1]) }
    }
}
