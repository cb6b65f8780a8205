/// The audit of the segment set by proofs over intervals.
extension ModelReader {
    /// - Parameters:
    ///   - reported: Ids of segments already said to be out of reach.
    mutating func proveReach(
        _ segmentation: Segmentation, _ nodes: [YamlNode], population: Condition?, reported: Set<String>
    ) {
        let proof = RuleProof(features: drafts.compactMap(\.feature), grain: grain)
        let customers = population.map { [$0] } ?? []
        var earlier: [(id: String, line: Int, when: Condition)] = []
        for (segment, node) in zip(segmentation.segments, nodes) {
            if !reported.contains(segment.id), segmentation.nearest == nil {
                prove(segment, node, proof, customers, earlier)
            }
            if let when = segment.when { earlier.append((segment.id, node.line, when)) }
        }
    }

    private mutating func prove(
        _ segment: Segment, _ node: YamlNode, _ proof: RuleProof, _ customers: [Condition],
        _ earlier: [(id: String, line: Int, when: Condition)]
    ) {
        let name = "segment '\(segment.id)'"
        let own = segment.when.map { [$0] } ?? []
        if let when = segment.when, proof.isImpossible([when]) {
            yaml.error(node, "\(name) is never true: no values fulfil \(when.text)")
        } else if !own.isEmpty, !customers.isEmpty, proof.isImpossible(customers + own) {
            yaml.error(
                node, "\(name) is never true: nobody who fulfils its 'when' is a customer",
                hint: "see population: \(customers[0].text)")
        } else if !earlier.isEmpty, proof.isImpossible(customers + own, without: earlier.map(\.when)) {
            reportUnreached(segment, node, proof, customers, earlier)
        } else {
            proveStay(segment, node, proof, customers)
        }
    }

    private mutating func reportUnreached(
        _ segment: Segment, _ node: YamlNode, _ proof: RuleProof, _ customers: [Condition],
        _ earlier: [(id: String, line: Int, when: Condition)]
    ) {
        let own = segment.when.map { [$0] } ?? []
        guard let first = earlier.first(where: { proof.isImpossible(customers + own, without: [$0.when]) }) else {
            proveTogether(segment, node, proof, customers, earlier)
            return
        }
        let message =
            own.isEmpty ? "'\(first.id)' takes everybody" : "whoever it takes, '\(first.id)' takes first"
        yaml.error(
            node, "segment '\(segment.id)' cannot be reached: \(message)",
            hint: "'\(first.id)' on line \(first.line) comes earlier and asks no more; change the order or the rule")
    }

    /// Several earlier rules together leave nobody. For `otherwise`, which has to be there, that is no mistake.
    private mutating func proveTogether(
        _ segment: Segment, _ node: YamlNode, _ proof: RuleProof, _ customers: [Condition],
        _ earlier: [(id: String, line: Int, when: Condition)]
    ) {
        let own = segment.when.map { [$0] } ?? []
        var needed = earlier
        for position in earlier.indices.reversed() {
            var fewer = needed
            fewer.remove(at: position)
            if proof.isImpossible(customers + own, without: fewer.map(\.when)) { needed = fewer }
        }
        let names = spokenList(needed.map { "'\($0.id)'" })
        if own.isEmpty {
            yaml.warn(
                node, "nobody is left for segment '\(segment.id)': \(names) together take everybody",
                hint: "make the last of them 'otherwise: true'")
        } else {
            yaml.error(
                node, "segment '\(segment.id)' cannot be reached: whoever it takes, \(names) together take first",
                hint: "change the order or the rule")
        }
    }

    private mutating func proveStay(
        _ segment: Segment, _ node: YamlNode, _ proof: RuleProof, _ customers: [Condition]
    ) {
        guard let when = segment.when, let stay = segment.stay,
            !conjuncts(ofCanonical: when.canonical).isSubset(of: conjuncts(ofCanonical: stay.canonical)),
            proof.isImpossible(customers + [stay], without: [when])
        else { return }
        yaml.warn(
            node, "'stay' of segment '\(segment.id)' is narrower than its 'when' and has no effect",
            hint: "'stay' should hold a little longer than 'when', or be left out")
    }

    // MARK: Noise

    /// Two rules that ask the same but for constants a hair apart.
    mutating func lintNoise(_ segmentation: Segmentation, _ nodes: [YamlNode]) {
        var earlier: [(id: String, line: Int, words: [Substring])] = []
        for (segment, node) in zip(segmentation.segments, nodes) {
            guard let when = segment.when else { continue }
            let words = canonicalWords(when.canonical)
            if let twin = earlier.first(where: { Self.differByNoise($0.words, words) }) {
                yaml.warn(
                    node, "segments '\(twin.id)' and '\(segment.id)' differ only by a hair: \(when.text)",
                    hint: "the other one is on line \(twin.line); few customers lie between; merge them")
            }
            earlier.append((segment.id, node.line, words))
        }
    }

    /// Of the greater of two constants.
    private static let noiseShare = 0.02

    private static func differByNoise(_ left: [Substring], _ right: [Substring]) -> Bool {
        guard left.count == right.count, left != right else { return false }
        return zip(left, right).allSatisfy { one, other in
            if one == other { return true }
            guard let a = Double(one), let b = Double(other) else { return false }
            return (a - b).magnitude <= noiseShare * max(a.magnitude, b.magnitude)
        }
    }
}

/// The audit of what is done: playbooks, and rules about moves (`on_transition`, alerts).
extension ModelReader {
    /// A playbook whose areas are all filled by those a segment names before it does nothing there.
    mutating func lintShadowedPlaybooks(_ segmentation: Segmentation, _ nodes: [YamlNode]) {
        for (segment, node) in zip(segmentation.segments, nodes) {
            var filled: [ActionArea: String] = [:]
            for index in segment.playbooks {
                let playbook = playbooks[index]
                let areas = playbook.actions.map(\.area)
                let others = areas.compactMap { filled[$0] }
                if !areas.isEmpty, others.count == areas.count {
                    let names = Array(Set(others)).sorted().map { "'\($0)'" }
                    yaml.warn(
                        node,
                        "playbook '\(playbook.name)' does nothing in segment '\(segment.id)': "
                            + "\(spokenList(names)) fill\(names.count == 1 ? "s" : "") its areas first",
                        hint: "the first playbook to fill an area wins; change their order or leave it out")
                }
                for area in areas where filled[area] == nil { filled[area] = playbook.name }
            }
        }
    }

    /// A rule about moves that no move can meet.
    mutating func lintMove(_ match: MoveMatch, _ node: YamlNode) {
        let segments = segmentations[match.segmentation].segments
        let sides = [SegmentMatch.null] + segments.indices.map { SegmentMatch.segment($0) }
        let (from, to) = (match.from ?? sides, match.to ?? sides)
        // Something inside is wrong and has been reported.
        if from.isEmpty || to.isEmpty { return }
        func rank(_ side: SegmentMatch) -> Int? {
            if case .segment(let index) = side { segments[index].rank } else { nil }
        }
        let isPossible = from.contains { one in
            to.contains { other in
                guard one != other else { return false }
                guard let direction = match.direction else { return true }
                guard let before = rank(one), let after = rank(other) else { return false }
                return direction == (after < before ? .up : after > before ? .down : .sideways)
            }
        }
        let hasRanks = segments.count { $0.rank != nil } > 1
        if !isPossible, match.direction == nil || hasRanks {
            yaml.warn(
                node, "no move in '\(segmentations[match.segmentation].name)' can meet this rule",
                hint: match.direction == nil
                    ? "'from' and 'to' are the same segment"
                    : "no segment of 'to' lies \(match.direction == .up ? "above" : "below or beside") one of 'from'")
        }
    }
}
