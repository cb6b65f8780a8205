/// `alerts:` — one reader per kind of rule.
extension ModelReader {
    private static let commonKeys = ["name", "on", "severity", "notify"]
    private static let kindKeys: [(kind: String, keys: [String], required: [String])] = [
        (
            "transition", moveKeys + ["when", "dwell", "cooldown", "group_by", "group_wait", "group_interval"],
            ["segmentation"]
        ),
        (
            "population", ["segmentation", "compare", "test", "p_below", "effect_above", "value_above"],
            ["segmentation"]
        ),
        ("size", ["segmentation", "segment", "change_below", "change_above", "over"], ["segmentation", "segment"]),
        ("flow", ["segmentation", "from", "to", "against", "times", "at_least"], ["segmentation", "from", "to"]),
        ("intake", ["source", "quarantined_above"], ["quarantined_above"]),
    ]
    private static let groupNames = ["from", "to", "segmentation", "direction", "cause", "source"]

    mutating func readAlerts(_ node: YamlNode?) -> [AlertRule] {
        guard let node, let items = yaml.list(node, "alerts") else { return [] }
        var rules: [AlertRule] = []
        for item in items {
            guard let rule = readAlert(item) else { continue }
            if let first = rules.first(where: { $0.name == rule.name }) {
                yaml.error(item, "duplicate alert '\(rule.name)'", hint: "the first one is on line \(first.line)")
            }
            rules.append(rule)
        }
        return rules
    }

    private mutating func readAlert(_ node: YamlNode) -> AlertRule? {
        guard let entries = yaml.entries(node, "an alert") else { return nil }
        let words = Self.kindKeys.map(\.kind)
        guard let on = entries.first(where: { $0.name == "on" }) else {
            yaml.error(node, "an alert has no 'on'", hint: "one of \(spokenList(words))")
            return nil
        }
        guard let word = yaml.word(on.value, "'on'", of: words),
            let kind = Self.kindKeys.first(where: { $0.kind == word }),
            let mapping = yaml.mapping(
                node, "an alert on \(word)", keys: Self.commonKeys + kind.keys, required: ["name"] + kind.required)
        else { return nil }
        let name = mapping["name"].flatMap { yaml.name($0, "an alert's name") }
        let severity = mapping["severity"].flatMap {
            yaml.word($0, "'severity'", of: Severity.allCases.map(\.rawValue)).flatMap(Severity.init(rawValue:))
        }
        let notify = readNotify(mapping)
        guard let name, let rule = readKind(word, mapping) else { return nil }
        return AlertRule(name: name, severity: severity ?? .warning, notify: notify, kind: rule, line: node.line)
    }

    private mutating func readNotify(_ mapping: YamlMapping) -> [String] {
        let items = mapping["notify"].map { yaml.oneOrMany($0) } ?? []
        if items.isEmpty {
            yaml.warn(mapping.node, "the alert notifies nobody and is only recorded", hint: "such as notify: [ops]")
        }
        var names: [String] = []
        for item in items {
            guard let name = yaml.text(item, "a destination") else { continue }
            if names.contains(name) { yaml.error(item, "destination '\(name)' is listed twice") }
            names.append(name)
        }
        return names
    }

    private mutating func readKind(_ word: String, _ mapping: YamlMapping) -> AlertRule.Kind? {
        switch word {
        case "transition": readTransitionRule(mapping).map { .transition($0) }
        case "population": readPopulationRule(mapping).map { .population($0) }
        case "size": readSizeRule(mapping).map { .size($0) }
        case "flow": readFlowRule(mapping).map { .flow($0) }
        default: readIntakeRule(mapping).map { .intake($0) }
        }
    }

    private mutating func seconds(_ mapping: YamlMapping, _ key: String, default seconds: Int64) -> Int64 {
        mapping[key].flatMap { yaml.duration($0, "'\(key)'")?.seconds } ?? seconds
    }

    /// Compared with ticks: longer than nothing, and whole days.
    private mutating func days(_ mapping: YamlMapping, _ key: String, default days: Int64) -> Int64 {
        guard let node = mapping[key], let duration = yaml.duration(node, "'\(key)'", isZeroAllowed: false)
        else { return days * 86_400 }
        if duration.seconds % 86_400 != 0 {
            yaml.error(node, "'\(key)' must be whole days", hint: "such as \(key): \(days)d")
        }
        return duration.seconds
    }

    private mutating func readTransitionRule(_ mapping: YamlMapping) -> TransitionRule? {
        let when = mapping["when"].flatMap { condition($0, "'when'") }
        var groupBy: [String] = []
        if let node = mapping["group_by"] {
            for item in yaml.oneOrMany(node) {
                if let name = yaml.word(item, "'group_by'", of: Self.groupNames) { groupBy.append(name) }
            }
        }
        let wait = seconds(mapping, "group_wait", default: groupBy.isEmpty ? 0 : 30)
        let least = TransitionRule.groupIntervalMin
        let interval = seconds(mapping, "group_interval", default: TransitionRule.groupIntervalDefault)
        for key in ["group_wait", "group_interval"] where groupBy.isEmpty {
            guard let node = mapping.entry(key)?.key else { continue }
            yaml.error(node, "'\(key)' without 'group_by' has no effect", hint: "such as group_by: [from, to]")
        }
        if let node = mapping["group_interval"], interval < least {
            yaml.error(node, "'group_interval' must be at least \(least)s", hint: "such as group_interval: 5m")
        }
        let dwell = seconds(mapping, "dwell", default: 0)
        let cooldown = seconds(mapping, "cooldown", default: 0)
        return readMove(mapping).map {
            TransitionRule(
                match: $0, when: when, dwellSeconds: dwell, cooldownSeconds: cooldown, groupBy: groupBy,
                groupWaitSeconds: wait, groupIntervalSeconds: interval)
        }
    }

    private mutating func readPopulationRule(_ mapping: YamlMapping) -> PopulationRule? {
        let tests = ["stuart_maxwell", "psi", "jsd"]
        let test = mapping["test"].flatMap { yaml.word($0, "'test'", of: tests) } ?? tests[0]
        let pBelow = mapping["p_below"].flatMap { yaml.number($0, "'p_below'", in: 0...1) }
        let effectAbove = mapping["effect_above"].flatMap { yaml.number($0, "'effect_above'", in: 0...1) }
        let valueAbove = mapping["value_above"].flatMap { yaml.number($0, "'value_above'", in: 0...1000) }
        if test == tests[0], let key = mapping.entry("value_above")?.key {
            yaml.error(key, "'value_above' is for psi and jsd", hint: "stuart_maxwell takes p_below and effect_above")
        } else if test != tests[0] {
            if let key = mapping.entry("p_below")?.key {
                yaml.error(key, "'p_below' is for stuart_maxwell", hint: "\(test) takes value_above")
            }
            if mapping["value_above"] == nil {
                yaml.error(
                    mapping.node, "an alert with test \(test) has no 'value_above'", hint: "such as value_above: 0.1")
            }
        }
        let compare = days(mapping, "compare", default: 7)
        guard let segmentation = mapping["segmentation"].flatMap({ readSegmentation($0) }) else { return nil }
        return PopulationRule(
            segmentation: segmentation, compareSeconds: compare, test: test,
            pBelow: test == tests[0] ? pBelow ?? 0.01 : nil, effectAbove: effectAbove, valueAbove: valueAbove)
    }

    private mutating func readSizeRule(_ mapping: YamlMapping) -> SizeRule? {
        let below = mapping["change_below"].flatMap { yaml.number($0, "'change_below'", in: -1...1000) }
        let above = mapping["change_above"].flatMap { yaml.number($0, "'change_above'", in: -1...1000) }
        if mapping["change_below"] == nil, mapping["change_above"] == nil {
            yaml.error(
                mapping.node, "an alert on size needs 'change_below' or 'change_above'",
                hint: "change_below: -0.10 is a loss of a tenth")
        }
        let over = days(mapping, "over", default: 7)
        guard let segmentation = mapping["segmentation"].flatMap({ readSegmentation($0) }),
            let segment = mapping["segment"].flatMap({ readSegment($0, segmentation) })
        else { return nil }
        return SizeRule(
            segmentation: segmentation, segment: segment, changeBelow: below, changeAbove: above, overSeconds: over)
    }

    private mutating func readFlowRule(_ mapping: YamlMapping) -> FlowRule? {
        let times = mapping["times"].flatMap { yaml.number($0, "'times'", in: 0...1e6) } ?? 3
        let atLeast = mapping["at_least"].flatMap { yaml.integer($0, "'at_least'", in: 0...Int.max) } ?? 20
        let against = days(mapping, "against", default: 28)
        guard let segmentation = mapping["segmentation"].flatMap({ readSegmentation($0) }),
            let from = mapping["from"].flatMap({ readSide($0, segmentation) }),
            let to = mapping["to"].flatMap({ readSide($0, segmentation) })
        else { return nil }
        if from == to, let node = mapping["to"] {
            yaml.error(node, "'from' and 'to' are the same: nobody moves that way")
        }
        return FlowRule(
            segmentation: segmentation, from: from, to: to, againstSeconds: against, times: times, atLeast: atLeast)
    }

    private mutating func readIntakeRule(_ mapping: YamlMapping) -> IntakeRule? {
        let source = mapping["source"].flatMap { yaml.name($0, "'source'") }
        guard let above = mapping["quarantined_above"].flatMap({ yaml.number($0, "'quarantined_above'", in: 0...1) })
        else { return nil }
        return IntakeRule(source: source, quarantinedAbove: above)
    }
}
