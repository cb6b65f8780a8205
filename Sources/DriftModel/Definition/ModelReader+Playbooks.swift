/// `playbooks:` and `on_transition:`.
extension ModelReader {
    mutating func readPlaybooks(_ block: YamlEntry?) {
        playbooksNode = block?.key
        guard let block, let entries = yaml.entries(block.value, "playbooks") else { return }
        for entry in entries {
            guard yaml.checkName(entry.name, entry.key, "a playbook") else { continue }
            playbooks.append(Playbook(name: entry.name, actions: readActions(entry.value, "playbook '\(entry.name)'")))
        }
    }

    /// Area: text.
    private mutating func readActions(_ node: YamlNode, _ what: String) -> [Action] {
        guard let entries = yaml.entries(node, what) else { return [] }
        if entries.isEmpty {
            yaml.error(node, "\(what) does nothing", hint: "such as service.support: Named contact by phone")
        }
        var actions: [Action] = []
        for entry in entries {
            let text = yaml.text(entry.value, "the action of \(entry.name)")
            guard let area = ActionArea(rawValue: entry.name) else {
                yaml.unknown(entry.key, "area", entry.name, known: ActionArea.allCases.map(\.rawValue))
                continue
            }
            if let text { actions.append(Action(area: area, text: text)) }
        }
        return actions
    }

    /// Indexes of the playbooks that a segment names.
    mutating func readPlaybookNames(_ node: YamlNode) -> [Int] {
        var indexes: [Int] = []
        for item in yaml.oneOrMany(node) where !node.isNull {
            guard let name = yaml.text(item, "a playbook") else { continue }
            guard let index = playbooks.firstIndex(where: { $0.name == name }) else {
                yaml.unknown(item, "playbook", name, known: playbooks.map(\.name))
                continue
            }
            if indexes.contains(index) {
                yaml.error(item, "playbook '\(name)' is listed twice")
            } else {
                indexes.append(index)
            }
        }
        return indexes
    }

    mutating func readOnTransition(_ node: YamlNode?) -> [TransitionActions] {
        guard let node, let items = yaml.list(node, "on_transition") else { return [] }
        var rules: [TransitionActions] = []
        for item in items {
            guard
                let mapping = yaml.mapping(
                    item, "an on_transition entry", keys: Self.moveKeys + ["do"], required: ["segmentation", "do"])
            else { continue }
            let actions = mapping["do"].map { readActions($0, "'do'") } ?? []
            if let match = readMove(mapping) { rules.append(TransitionActions(match: match, actions: actions)) }
        }
        return rules
    }

    // MARK: Moves

    static let moveKeys = ["segmentation", "from", "to", "direction", "causes"]

    /// Which moves a rule is about.
    mutating func readMove(_ mapping: YamlMapping) -> MoveMatch? {
        guard let segmentation = mapping["segmentation"].flatMap({ readSegmentation($0) }) else { return nil }
        var match = MoveMatch(segmentation: segmentation, from: nil, to: nil)
        match.from = mapping["from"].map { readSides($0, segmentation) }
        match.to = mapping["to"].map { readSides($0, segmentation) }
        if let node = mapping["direction"] {
            match.direction = yaml.word(node, "'direction'", of: Direction.allCases.map(\.rawValue))
                .flatMap(Direction.init(rawValue:))
            if segmentations[segmentation].segments.filter({ $0.rank != nil }).count < 2 {
                yaml.warn(
                    node, "no move in '\(segmentations[segmentation].name)' has a direction",
                    hint: "give its segments a rank, 1 is best")
            }
        }
        if let node = mapping["causes"] {
            let words = Cause.allCases.map(\.rawValue)
            match.causes = yaml.oneOrMany(node).compactMap {
                yaml.word($0, "a cause", of: words).flatMap(Cause.init(rawValue:))
            }
        }
        lintMove(match, mapping.node)
        return match
    }

    private mutating func readSides(_ node: YamlNode, _ segmentation: Int) -> [SegmentMatch] {
        let items = yaml.oneOrMany(node)
        if items.isEmpty { yaml.error(node, "the list is empty and would match nothing", hint: "leave it out for any") }
        return items.compactMap { readSide($0, segmentation) }
    }

    /// A segment's id, or null for those who are no customers.
    mutating func readSide(_ node: YamlNode, _ segmentation: Int) -> SegmentMatch? {
        if node.isNull { return .null }
        return readSegment(node, segmentation).map { .segment($0) }
    }

    mutating func readSegment(_ node: YamlNode, _ segmentation: Int) -> Int? {
        guard let id = yaml.text(node, "a segment") else { return nil }
        let segments = segmentations[segmentation].segments
        guard let index = segments.firstIndex(where: { $0.id == id }) else {
            // Segments that are wrong themselves are missing here: the error there is enough.
            if !segments.isEmpty {
                yaml.unknown(
                    node, "segment of '\(segmentations[segmentation].name)'", id, known: segments.map(\.id))
            }
            return nil
        }
        return index
    }

    mutating func readSegmentation(_ node: YamlNode) -> Int? {
        guard let name = yaml.text(node, "'segmentation'") else { return nil }
        guard let index = segmentations.firstIndex(where: { $0.name == name }) else {
            yaml.unknown(node, "segmentation", name, known: segmentations.map(\.name))
            return nil
        }
        return index
    }
}
