/// A feature or score on its way from the file to ``Feature``.
struct FeatureDraft {
    var name: String
    var entry: YamlEntry
    var mapping: YamlMapping
    /// The key that says what kind it is: `count`, `bands`.
    var kind: String
    var isScore: Bool
    /// Names of features it reads, in the order met.
    var reads: [String]
    /// Built; nil while, or because, it is not.
    var feature: Feature?
    /// Canonical text of an `expr`.
    var canonical: String?
}

/// `features:` and `scores:` — which there are, and the order in which they can be computed.
extension ModelReader {
    /// Keys each kind takes besides its own.
    static let featureKinds: [(kind: String, keys: [String])] = [
        ("count", ["where", "over"]), ("sum", ["of", "where", "over"]), ("avg", ["of", "where", "over"]),
        ("min", ["of", "where", "over"]), ("max", ["of", "where", "over"]), ("distinct", ["of", "where", "over"]),
        ("first", ["of", "where", "over"]), ("last", ["of", "where", "over"]), ("days_since", ["of", "where"]),
        ("hours_since", ["of", "where"]), ("active_days", ["where", "over"]), ("attribute", []),
        ("years_since", []), ("decayed", ["of", "where", "half_life"]), ("expr", []),
    ]
    static let scoreKinds: [(kind: String, keys: [String])] = [
        ("bands", ["cuts", "quantiles", "descending"]), ("weights", []), ("expr", []),
    ]

    mutating func readFeatures(_ features: YamlNode?, scores: YamlNode?) {
        var found: [FeatureDraft] = []
        for (node, isScore) in [(features, false), (scores, true)] {
            guard let node, let entries = yaml.entries(node, isScore ? "scores" : "features") else { continue }
            for entry in entries {
                guard yaml.checkName(entry.name, entry.key, isScore ? "a score" : "a feature") else { continue }
                if let other = found.first(where: { $0.name == entry.name }) {
                    yaml.error(
                        entry.key, "'\(entry.name)' is a feature already",
                        hint:
                            "it is defined on line \(other.entry.key.line); features and scores share one set of names")
                    continue
                }
                found.append(draft(entry, isScore: isScore))
            }
        }
        let known = Set(found.map(\.name))
        for index in found.indices { found[index].reads.removeAll { !known.contains($0) } }
        drafts = inDependencyOrder(found)
        for (index, draft) in drafts.enumerated() { featureIndex[draft.name] = index }
        buildFeatures()
    }

    /// The draft of one entry; its kind is empty when it has none.
    private mutating func draft(_ entry: YamlEntry, isScore: Bool) -> FeatureDraft {
        let what = "\(isScore ? "score" : "feature") '\(entry.name)'"
        var draft = FeatureDraft(
            name: entry.name, entry: entry, mapping: YamlMapping(node: entry.value, entries: []), kind: "",
            isScore: isScore, reads: [], feature: nil, canonical: nil)
        guard let entries = yaml.entries(entry.value, what) else { return draft }
        draft.mapping.entries = entries
        let kinds = isScore ? Self.scoreKinds : Self.featureKinds
        let present = kinds.filter { kind in entries.contains { $0.name == kind.kind } }
        guard let kind = present.first, present.count == 1 else {
            reportKind(entry, what, entries, present: present.map(\.kind), kinds: kinds.map(\.kind), isScore: isScore)
            return draft
        }
        guard yaml.mapping(entry.value, what, keys: [kind.kind] + kind.keys) != nil else { return draft }
        draft.kind = kind.kind
        switch kind.kind {
        case "expr":
            draft.reads = draft.mapping["expr"]?.rawText.map { namesIn(expression: $0).map(\.name) } ?? []
        case "bands": draft.reads = draft.mapping["bands"]?.rawText.map { [$0] } ?? []
        case "weights":
            if case .mapping(let pairs) = draft.mapping["weights"]?.content {
                draft.reads = pairs.compactMap(\.key.rawText)
            }
        default: break
        }
        return draft
    }

    private mutating func reportKind(
        _ entry: YamlEntry, _ what: String, _ entries: [YamlEntry], present: [String], kinds: [String], isScore: Bool
    ) {
        if present.count > 1 {
            yaml.error(entry.value, "\(what) is both \(spokenList(present))", hint: "a feature is one thing")
            return
        }
        let others = (isScore ? Self.featureKinds : Self.scoreKinds).map(\.kind)
        if let misplaced = entries.first(where: { others.contains($0.name) }) {
            yaml.error(
                misplaced.key, "'\(misplaced.name)' makes a \(isScore ? "feature" : "score")",
                hint: "move '\(entry.name)' under '\(isScore ? "features" : "scores")'")
            return
        }
        for key in entries {
            if let close = DidYouMean.closest(to: key.name, among: kinds) {
                yaml.error(key.key, "unknown key '\(key.name)' in \(what)", hint: "did you mean '\(close)'?")
                return
            }
        }
        yaml.error(entry.value, "\(what) does not say what it is", hint: "one of \(spokenList(kinds))")
    }

    /// File order as far as dependencies allow: each after all it reads. A cycle is reported by name; its
    /// members stay in the list and are never built.
    private mutating func inDependencyOrder(_ found: [FeatureDraft]) -> [FeatureDraft] {
        var order = DependencyOrder(reads: Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.reads) }))
        for draft in found { order.visit(draft.name) }
        let byName = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
        for cycle in order.cycles {
            guard let first = byName[cycle[0]] else { continue }
            yaml.error(
                first.entry.key, "features depend on each other in a circle: \(cycle.joined(separator: " → "))",
                hint: "one of them must do without the others")
        }
        let inCycle = Set(order.cycles.joined())
        return order.ordered.compactMap { byName[$0] }.map { draft in
            var draft = draft
            if inCycle.contains(draft.name) { draft.kind = "" }
            return draft
        }
    }
}

/// Depth-first order of names, with the cycles met on the way.
private struct DependencyOrder {
    let reads: [String: [String]]
    var ordered: [String] = []
    /// Each begins and ends with the same name.
    var cycles: [[String]] = []
    private var done: Set<String> = []
    private var path: [String] = []

    init(reads: [String: [String]]) {
        self.reads = reads
    }

    /// Appends a name after all it reads. Without recursion: chains can be as long as the file.
    mutating func visit(_ root: String) {
        if done.contains(root) { return }
        var stack: [(name: String, next: Int)] = [(root, 0)]
        path = [root]
        while let top = stack.last {
            let names = reads[top.name] ?? []
            if top.next == names.count {
                stack.removeLast()
                path.removeLast()
                if done.insert(top.name).inserted { ordered.append(top.name) }
                continue
            }
            stack[stack.count - 1].next += 1
            let name = names[top.next]
            if done.contains(name) { continue }
            if let start = path.firstIndex(of: name) {
                let cycle = Array(path[start...]) + [name]
                if !cycles.contains(cycle) { cycles.append(cycle) }
            } else {
                stack.append((name, 0))
                path.append(name)
            }
        }
    }
}
