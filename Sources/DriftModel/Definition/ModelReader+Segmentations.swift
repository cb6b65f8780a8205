/// `segmentations:` — rules tried in order, or nearest centroids.
extension ModelReader {
    mutating func readSegmentations(_ node: YamlNode?) {
        guard let node, let entries = yaml.entries(node, "segmentations") else { return }
        if entries.isEmpty { yaml.error(node, "there is no segmentation", hint: "such as value: {segments: [...]}") }
        for entry in entries {
            guard yaml.checkName(entry.name, entry.key, "a segmentation") else { continue }
            var segmentation = Segmentation(name: entry.name, title: nil, segments: [], nearest: nil)
            var nodes: [YamlNode] = []
            read(entry, into: &segmentation, nodes: &nodes)
            segmentations.append(segmentation)
            segmentNodes.append(nodes)
            segmentationNodes.append(entry.key)
        }
    }

    private mutating func read(_ entry: YamlEntry, into segmentation: inout Segmentation, nodes: inout [YamlNode]) {
        let what = "segmentation '\(entry.name)'"
        guard let mapping = yaml.mapping(entry.value, what, keys: ["title", "segments", "nearest"]) else { return }
        segmentation.title = mapping["title"].flatMap { yaml.text($0, "the title") }
        let isNearest = mapping["nearest"] != nil
        if let node = mapping["segments"], let items = yaml.list(node, "segments") {
            for (position, item) in items.enumerated() {
                let isLast = position == items.count - 1
                if let segment = readSegment(item, isLast: isLast, isNearest: isNearest) {
                    segmentation.segments.append(segment)
                    nodes.append(item)
                }
            }
            if items.isEmpty, !isNearest { yaml.error(node, "\(what) has no segment") }
        } else if !isNearest, mapping["segments"] == nil {
            yaml.error(entry.value, "\(what) has neither 'segments' nor 'nearest'")
        }
        reportDuplicates(segmentation.segments, nodes)
        if let node = mapping["nearest"] { readNearest(node, what, into: &segmentation, nodes: &nodes) }
    }

    private mutating func reportDuplicates(_ segments: [Segment], _ nodes: [YamlNode]) {
        for (position, segment) in segments.enumerated() {
            guard let first = segments.firstIndex(where: { $0.id == segment.id }), first < position else { continue }
            yaml.error(
                nodes[position], "duplicate segment '\(segment.id)'",
                hint: "the first one is on line \(nodes[first].line)")
        }
    }

    private mutating func readSegment(_ node: YamlNode, isLast: Bool, isNearest: Bool) -> Segment? {
        let rules = isNearest ? [] : ["when", "stay", "otherwise"]
        guard
            let mapping = yaml.mapping(
                node, "a segment", keys: ["id", "title", "rank"] + rules + ["playbooks"], required: ["id"])
        else { return nil }
        let id = mapping["id"].flatMap { yaml.name($0, "a segment's id") } ?? ""
        var segment = Segment(id: id, title: nil, rank: nil, when: nil, stay: nil, playbooks: [])
        if id == "null", let idNode = mapping["id"] {
            yaml.error(idNode, "a segment cannot be called 'null'", hint: "null stands for those who are no customers")
        }
        segment.title = mapping["title"].flatMap { yaml.text($0, "the title") }
        segment.rank = mapping["rank"].flatMap { yaml.integer($0, "'rank'", in: 1...Int.max) }
        segment.playbooks = mapping["playbooks"].map { readPlaybookNames($0) } ?? []
        if !isNearest { readRules(mapping, isLast: isLast, into: &segment) }
        return id.isEmpty ? nil : segment
    }

    private mutating func readRules(_ mapping: YamlMapping, isLast: Bool, into segment: inout Segment) {
        let name = "segment '\(segment.id)'"
        let when = mapping.entry("when")
        let stay = mapping.entry("stay")
        let otherwise = mapping.entry("otherwise")
        let isOtherwise = otherwise.map { yaml.boolean($0.value, "'otherwise'") ?? true } ?? false
        if let when { segment.when = condition(when.value, "'when' of \(name)") }
        if let stay { segment.stay = condition(stay.value, "'stay' of \(name)") }
        if let otherwise, !isOtherwise {
            yaml.error(otherwise.value, "'otherwise' can only be true", hint: "leave it out and write 'when'")
        } else if let otherwise, !isLast {
            yaml.error(otherwise.key, "\(name) has 'otherwise' but is not the last: nothing after it can be reached")
        } else if let other = when ?? stay, isOtherwise {
            yaml.error(
                other.key, "\(name) has both 'otherwise' and '\(other.name)'",
                hint: "the last segment takes everybody who is left")
        } else if isLast, otherwise == nil {
            yaml.error(
                mapping.node, "the last segment, '\(segment.id)', has no 'otherwise: true'",
                hint: "it takes everybody whom no other segment takes, so it has no 'when'")
        } else if when == nil, otherwise == nil {
            yaml.error(mapping.node, "\(name) has no 'when'", hint: "such as when: 'recency <= 30'")
        }
    }

    // MARK: Nearest centroid

    private mutating func readNearest(
        _ node: YamlNode, _ what: String, into segmentation: inout Segmentation, nodes: inout [YamlNode]
    ) {
        guard
            let mapping = yaml.mapping(
                node, "'nearest'", keys: ["inputs", "centroids"], required: ["inputs", "centroids"]),
            let inputsNode = mapping["inputs"], let centroidsNode = mapping["centroids"],
            let inputEntries = yaml.entries(inputsNode, "inputs"),
            let centroidEntries = yaml.entries(centroidsNode, "centroids")
        else { return }
        if inputEntries.isEmpty { yaml.error(inputsNode, "'nearest' has no inputs") }
        if centroidEntries.isEmpty { yaml.error(centroidsNode, "'nearest' has no centroids") }
        let inputs = inputEntries.compactMap { readNearestInput($0) }
        let described = segmentation.segments
        let describedNodes = nodes
        var nearest = Segmentation.Nearest(inputs: inputs, centroids: [])
        segmentation.segments = []
        nodes = []
        for entry in centroidEntries {
            guard yaml.checkName(entry.name, entry.key, "a segment") else { continue }
            guard let centroid = readCentroid(entry, dimensions: inputEntries.count) else { continue }
            let position = described.firstIndex { $0.id == entry.name }
            segmentation.segments.append(
                position.map { described[$0] }
                    ?? Segment(id: entry.name, title: nil, rank: nil, when: nil, stay: nil, playbooks: []))
            nodes.append(position.map { describedNodes[$0] } ?? entry.key)
            nearest.centroids.append(centroid)
        }
        for (segment, node) in zip(described, describedNodes)
        where !centroidEntries.contains(where: { $0.name == segment.id }) {
            yaml.unknown(node, "centroid", segment.id, known: centroidEntries.map(\.name))
        }
        segmentation.nearest = nearest
    }

    private mutating func readNearestInput(_ entry: YamlEntry) -> Segmentation.Nearest.Input? {
        let feature = featureReference(entry.name, entry.key, "'nearest'", type: .number)
        guard
            let mapping = yaml.mapping(
                entry.value, "input '\(entry.name)'", keys: ["mean", "scale"], required: ["mean", "scale"])
        else { return nil }
        let mean = mapping["mean"].flatMap { yaml.number($0, "'mean'") }
        let scale = mapping["scale"].flatMap { yaml.number($0, "'scale'") }
        if let scale, scale <= 0, let node = mapping["scale"] {
            yaml.error(node, "'scale' must be greater than 0", hint: "the standard deviation of the input")
            return nil
        }
        guard let feature, let mean, let scale else { return nil }
        return Segmentation.Nearest.Input(feature: feature, mean: mean, scale: scale)
    }

    private mutating func readCentroid(_ entry: YamlEntry, dimensions: Int) -> [Double]? {
        guard let items = yaml.list(entry.value, "the centroid of '\(entry.name)'") else { return nil }
        let values = items.compactMap { yaml.number($0, "a coordinate") }
        if items.count != dimensions {
            yaml.error(
                entry.value, "the centroid of '\(entry.name)' has \(items.count) coordinates for \(dimensions) inputs")
            return nil
        }
        return values.count == items.count ? values : nil
    }
}
