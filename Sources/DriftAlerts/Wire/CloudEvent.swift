public import DriftModel

/// Alerts as CloudEvents 1.0 in JSON. Built once, stored, and sent as the same bytes on every attempt.
public struct CloudEvent: Sendable {
    /// Names this daemon: `source` is `/segdrift/<instance>`.
    private let instance: String
    let naming: CustomerNaming

    public init(instance: String, naming: CustomerNaming) {
        self.instance = instance
        self.naming = naming
    }

    /// `segdrift.transition.v1`: one customer's move.
    public func transition(
        _ facts: TransitionFacts, alertID: String, rule: String, severity: Severity, detail: CustomerDetail
    ) -> [UInt8] {
        let customer = naming.name(facts.customer, detail: detail)
        let data: [JSONValue.Member] = [
            .init("summary", .string(Sentence.text(facts, customer: customer))),
            .init("rule", .string(rule)), .init("severity", .string(severity.rawValue)),
            .init("customer", JSONValue(customer)), .init("segmentation", .string(facts.segmentation)),
            .init("from", JSONValue(facts.from)), .init("to", JSONValue(facts.to)),
            .init("direction", JSONValue(facts.direction)), .init("cause", .string(facts.cause)),
            .init("reason", .string(Sentence.reason(facts.reasons))), .init("inputs", Self.inputs(facts.inputs)),
            .init("actions", Self.actions(facts.actions)), .init("next_change_at", JSONValue(facts.nextChangeAt)),
            .init("model_version", .string(facts.modelVersion)), .init("seq", .integer(Int64(facts.seq))),
        ]
        return envelope(
            alertID, type: "segdrift.transition.v1", subject: customer ?? facts.segmentation,
            time: Instant(microseconds: facts.effectiveAt), data: data)
    }

    /// `segdrift.digest.v1`: many moves in one message.
    public func digest(
        _ facts: DigestFacts, alertID: String, rule: String, severity: Severity, time: Instant,
        detail: CustomerDetail
    ) -> [UInt8] {
        let summary = DigestText.text(facts) { naming.name($0.customer, detail: detail) }
        let segmentations = Set(facts.pairs.map(\.segmentation))
        let only = segmentations.count == 1 ? segmentations.first : nil
        var data: [JSONValue.Member] = [
            .init("summary", .string(summary)), .init("rule", .string(rule)),
            .init("severity", .string(severity.rawValue)), .init("kind", .string(facts.kind.rawValue)),
            .init("segmentation", JSONValue(only)),
            .init("from", JSONValue(Self.common(facts.pairs, \.from))),
            .init("to", JSONValue(Self.common(facts.pairs, \.to))), .init("moves", .integer(Int64(facts.moves))),
            .init("since", .string(TimeText.instant(Instant(microseconds: facts.since)))),
            .init("until", .string(TimeText.instant(Instant(microseconds: facts.until)))),
            .init("pairs", .array(facts.pairs.map(Self.pair))),
            .init("top", .array(facts.top.map { top(for: $0, detail: detail) })),
            .init(
                "rules",
                .object(
                    facts.rules.sorted { $0.key < $1.key }.map { .init($0.key, .integer(Int64($0.value))) })),
            .init("query", .string(DigestText.query(facts))),
        ]
        if let alertIDs = facts.alertIDs { data.append(.init("alerts", .array(alertIDs.map(JSONValue.string)))) }
        return envelope(alertID, type: "segdrift.digest.v1", subject: only ?? rule, time: time, data: data)
    }

    /// `segdrift.intake.v1`: a source delivers too much that cannot be used.
    public func intake(
        _ facts: IntakeFacts, alertID: String, rule: String, severity: Severity, time: Instant
    ) -> [UInt8] {
        let data: [JSONValue.Member] = [
            .init("summary", .string(facts.sentence)), .init("rule", .string(rule)),
            .init("severity", .string(severity.rawValue)), .init("source", .string(facts.source)),
            .init("file", .string(facts.file)), .init("records", .integer(facts.records)),
            .init("quarantined", .integer(facts.quarantined)), .init("limit", .number(facts.limit)),
        ]
        return envelope(alertID, type: "segdrift.intake.v1", subject: facts.source, time: time, data: data)
    }

    func envelope(
        _ id: String, type: String, subject: String, time: Instant, data: [JSONValue.Member]
    ) -> [UInt8] {
        JSONValue.object([
            .init("specversion", .string("1.0")), .init("id", .string(id)),
            .init("source", .string("/segdrift/\(instance)")), .init("type", .string(type)),
            .init("subject", .string(subject)), .init("time", .string(TimeText.instant(time))),
            .init("datacontenttype", .string("application/json")), .init("data", .object(data)),
        ]).bytes
    }

    private static func inputs(_ inputs: [TransitionFacts.Input]) -> JSONValue {
        .object(
            inputs.map { input in
                .init(
                    input.name,
                    .object([.init("before", JSONValue(input.before)), .init("after", JSONValue(input.after))]))
            })
    }

    private static func actions(_ actions: ActionDifference) -> JSONValue {
        func list(_ entries: [EffectiveAction]) -> JSONValue {
            .array(
                entries.map { entry in
                    .object([.init("area", .string(entry.area)), .init("action", .string(entry.action))])
                })
        }
        let changes = actions.change.map { change in
            JSONValue.object([
                .init("area", .string(change.area)), .init("from", .string(change.from)),
                .init("to", .string(change.to)),
            ])
        }
        return .object([
            .init("start", list(actions.start)), .init("stop", list(actions.stop)), .init("change", .array(changes)),
        ])
    }

    /// What all pairs have in common on one side: by that digests can be told apart, routed and silenced.
    private static func common(_ pairs: [DigestFacts.Pair], _ side: (DigestFacts.Pair) -> String?) -> String? {
        guard let first = pairs.first.flatMap(side), pairs.allSatisfy({ side($0) == first }) else { return nil }
        return first
    }

    private static func pair(_ pair: DigestFacts.Pair) -> JSONValue {
        .object([
            .init("segmentation", .string(pair.segmentation)), .init("from", JSONValue(pair.from)),
            .init("to", JSONValue(pair.to)), .init("customers", .integer(Int64(pair.customers))),
        ])
    }

    private func top(for top: DigestFacts.Top, detail: CustomerDetail) -> JSONValue {
        .object([
            .init("customer", JSONValue(naming.name(top.customer, detail: detail))),
            .init("segmentation", .string(top.segmentation)), .init("from", JSONValue(top.from)),
            .init("to", JSONValue(top.to)), .init("value", top.value.map(JSONValue.number) ?? .null),
        ])
    }
}
