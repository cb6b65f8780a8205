/// The audit of the segment set that needs no database.
extension ModelReader {
    /// - Parameter isComplete: Nothing is wrong so far; otherwise only what cannot be a consequence of another error
    ///   is looked for.
    mutating func lint(segmentsMax: Int, population: Condition?, isComplete: Bool) {
        let unreached = segmentations.indices.map { lintReach(segmentations[$0], segmentNodes[$0]) }
        if !isComplete { return }
        for (index, segmentation) in segmentations.enumerated() {
            proveReach(segmentation, segmentNodes[index], population: population, reported: unreached[index])
            lintNoise(segmentation, segmentNodes[index])
            lintShadowedPlaybooks(segmentation, segmentNodes[index])
            lintSize(segmentation, segmentationNodes[index], segmentsMax: segmentsMax)
            lintStay(segmentation, segmentNodes[index])
            lintPlaybooks(segmentation, segmentNodes[index])
        }
        lintAreas()
    }

    private mutating func lintSize(_ segmentation: Segmentation, _ node: YamlNode, segmentsMax: Int) {
        let count = segmentation.segments.count
        if count > segmentsMax {
            yaml.warn(
                node, "segmentation '\(segmentation.name)' has \(count) segments, more than \(segmentsMax)",
                hint: "few segments get used; merge some, or raise max_segments")
        }
    }

    /// A rule that holds only where an earlier one holds already never gets a turn.
    /// - Returns: Ids of those that were reported.
    private mutating func lintReach(_ segmentation: Segmentation, _ nodes: [YamlNode]) -> Set<String> {
        var reported: Set<String> = []
        var earlier: [(id: String, line: Int, parts: Set<String>)] = []
        for (segment, node) in zip(segmentation.segments, nodes) {
            guard let when = segment.when else {
                if let first = earlier.first(where: { $0.parts == ["TRUE"] }) {
                    reported.insert(segment.id)
                    yaml.error(node, "segment '\(segment.id)' cannot be reached: '\(first.id)' takes everybody")
                }
                continue
            }
            let parts = conjuncts(ofCanonical: when.canonical)
            if !parts.isDisjoint(with: ["FALSE", "NULL"]) {
                reported.insert(segment.id)
                yaml.error(node, "segment '\(segment.id)' is never true: its 'when' is \(when.text)")
            } else if let first = earlier.first(where: { $0.parts.isSubset(of: parts) || $0.parts == ["TRUE"] }) {
                reported.insert(segment.id)
                yaml.error(
                    node, "segment '\(segment.id)' cannot be reached: whoever it takes, '\(first.id)' takes first",
                    hint:
                        "'\(first.id)' on line \(first.line) comes earlier and asks no more; change the order or the rule"
                )
            }
            earlier.append((segment.id, node.line, parts))
        }
        return reported
    }

    private mutating func lintStay(_ segmentation: Segmentation, _ nodes: [YamlNode]) {
        for (segment, node) in zip(segmentation.segments, nodes) {
            guard let when = segment.when, let stay = segment.stay else { continue }
            let stayParts = conjuncts(ofCanonical: stay.canonical)
            if conjuncts(ofCanonical: when.canonical).isSubset(of: stayParts) {
                yaml.warn(
                    node, "'stay' of segment '\(segment.id)' asks no less than its 'when' and has no effect",
                    hint: "'stay' should hold a little longer than 'when', or be left out")
            }
        }
    }

    private mutating func lintPlaybooks(_ segmentation: Segmentation, _ nodes: [YamlNode]) {
        if playbooks.isEmpty { return }
        var seen: [(playbooks: Set<Int>, id: String)] = []
        for (segment, node) in zip(segmentation.segments, nodes) {
            let own = Set(segment.playbooks)
            if own.isEmpty {
                yaml.warn(
                    node, "segment '\(segment.id)' has no playbook: nothing is done differently for it",
                    hint: "name one, or merge the segment")
            } else if let other = seen.first(where: { $0.playbooks == own }) {
                yaml.warn(
                    node, "segments '\(other.id)' and '\(segment.id)' have the same playbooks",
                    hint: "treat them differently, or merge them")
            } else {
                seen.append((own, segment.id))
            }
        }
    }

    private mutating func lintAreas() {
        guard let playbooksNode, !playbooks.isEmpty else {
            if let node = segmentationNodes.first {
                yaml.warn(
                    node, "no segment has a playbook: nothing is done differently for any",
                    hint: "add playbooks: and name them in the segments")
            }
            return
        }
        let filled = Set(playbooks.flatMap(\.actions).map(\.area))
        let empty = ActionArea.allCases.filter { !filled.contains($0) }.map(\.rawValue)
        if !empty.isEmpty { yaml.warn(playbooksNode, "no playbook says anything about \(spokenList(empty))") }
        let used = Set(segmentations.flatMap(\.segments).flatMap(\.playbooks))
        for (index, playbook) in playbooks.enumerated() where !used.contains(index) {
            yaml.warn(playbooksNode, "no segment uses playbook '\(playbook.name)'")
        }
    }
}

/// The parts of a condition that must all hold, as canonical texts; the whole when it is no conjunction.
func conjuncts(ofCanonical text: String) -> Set<String> {
    var parts: [String] = []
    var part: [Substring] = []
    var depth = 0
    var isInBetween = false
    for word in canonicalWords(text) {
        switch word {
        case "(", "CASE": depth += 1
        case ")", "END": depth -= 1
        default: break
        }
        if depth == 0, word == "OR" { return [text] }
        if depth == 0, word == "BETWEEN" { isInBetween = true }
        if depth == 0, word == "AND", !isInBetween {
            parts.append(part.joined(separator: " "))
            part = []
            continue
        }
        if word == "AND", depth == 0 { isInBetween = false }
        part.append(word)
    }
    parts.append(part.joined(separator: " "))
    return Set(parts)
}

/// Splits at white space and parentheses, quoted texts whole.
func canonicalWords(_ text: String) -> [Substring] {
    var words: [Substring] = []
    var start = text.startIndex
    var index = text.startIndex
    func flush(_ end: String.Index) {
        if start < end { words.append(text[start..<end]) }
    }
    while index < text.endIndex {
        let character = text[index]
        if character == "'" || character == "\"" {
            index = text.index(after: index)
            while index < text.endIndex, text[index] != character { index = text.index(after: index) }
            if index < text.endIndex { index = text.index(after: index) }
            continue
        }
        if character == " " || character == "(" || character == ")" {
            flush(index)
            if character != " " { words.append(text[index...index]) }
            start = text.index(after: index)
        }
        index = text.index(after: index)
    }
    flush(text.endIndex)
    return words
}
