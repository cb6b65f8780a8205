internal import DriftAnalytics
public import DriftModel
internal import DriftStore

extension CloudEvent {
    /// `segdrift.flapping.v1`: a customer who goes to and fro; told instead of the move.
    func flapping(
        _ move: MoveBrief, alertID: String, rule: String, severity: Severity, detail: CustomerDetail
    ) -> [UInt8] {
        let customer = naming.name(move.customer, detail: detail)
        let data: [JSONValue.Member] = [
            .init("summary", .string(FlapText.text(move, customer: customer))), .init("rule", .string(rule)),
            .init("severity", .string(severity.rawValue)), .init("customer", JSONValue(customer)),
            .init("segmentation", .string(move.segmentation)), .init("from", JSONValue(move.from)),
            .init("to", JSONValue(move.to)), .init("direction", JSONValue(move.direction)),
            .init("cause", .string(move.cause)), .init("moves", .integer(Int64(FlapPolicy.movesMin))),
            .init("within_days", .integer(FlapPolicy.windowSeconds / 86_400)),
            .init("seq", .integer(Int64(move.seq))),
        ]
        return envelope(
            alertID, type: "segdrift.flapping.v1", subject: customer ?? move.segmentation, time: move.effectiveAt,
            data: data)
    }

    /// `segdrift.population.v1`, `segdrift.size.v1`, `segdrift.flow.v1`, `segdrift.assumption.v1`: what a rule about
    /// whole segments, or an assumption, found.
    public func condition(
        _ facts: ConditionFacts, alertID: String, rule: String, severity: Severity, time: Instant
    ) -> [UInt8] {
        var data: [JSONValue.Member] = [
            .init("summary", .string(ConditionText.text(facts))), .init("rule", .string(rule)),
            .init("severity", .string(severity.rawValue)), .init("segmentation", .string(facts.segmentation)),
            .init("day", .string(TimeText.date(facts.day))), .init("since", JSONValue(facts.since.map(TimeText.date))),
        ]
        switch facts.kind {
        case .population(let population): data += Self.members(population)
        case .size(let segment, let before, let after, let below, let above):
            data += [
                .init("segment", .string(segment)), .init("before", .integer(Int64(before))),
                .init("after", .integer(Int64(after))), .init("change_below", Self.number(below)),
                .init("change_above", Self.number(above)),
            ]
        case .flow(let from, let to, let moves, let usual, let times, let atLeast):
            data += [
                .init("from", JSONValue(from)), .init("to", JSONValue(to)), .init("moves", .integer(Int64(moves))),
                .init("usual", .number(usual)), .init("times", .number(times)),
                .init("at_least", .integer(Int64(atLeast))),
            ]
        case .assumption(let finding): data += Self.members(finding)
        }
        data.append(.init("query", .string(ConditionText.query(facts))))
        return envelope(alertID, type: facts.eventType, subject: facts.segmentation, time: time, data: data)
    }

    /// `segdrift.self.v1`: the daemon's own trouble.
    func own(_ trouble: OwnTrouble, alertID: String, time: Instant) -> [UInt8] {
        let kind = trouble.kind
        var data: [JSONValue.Member] = [
            .init("summary", .string(trouble.text)), .init("rule", .string(kind.rule)),
            .init("severity", .string(kind.severity.rawValue)), .init("kind", .string(kind.rawValue)),
        ]
        if kind.isOfDestination { data.append(.init("destination", .string(trouble.subject))) }
        if kind.isOfSource { data.append(.init("source", .string(trouble.subject))) }
        let subject = trouble.subject.isEmpty ? kind.rule : trouble.subject
        return envelope(alertID, type: "segdrift.self.v1", subject: subject, time: time, data: data)
    }

    private static func members(_ population: ConditionFacts.Population) -> [JSONValue.Member] {
        let sizes = population.sizes.map { entry in
            JSONValue.object([
                .init("segment", .string(entry.segment)), .init("before", .integer(Int64(entry.before))),
                .init("after", .integer(Int64(entry.after))),
            ])
        }
        return [
            .init("test", .string(population.test)), .init("statistic", .number(population.paired.statistic)),
            .init("degrees", .integer(Int64(population.paired.degrees))),
            .init("p_value", .number(population.paired.pValue)), .init("effect", .number(population.effect)),
            .init("n", .integer(Int64(population.paired.count))), .init("psi", .number(population.distance.psi)),
            .init("psi_critical", .number(population.distance.psiCritical)),
            .init("jsd", .number(population.distance.jsd)),
            .init("jsd_critical", .number(population.distance.jsdCritical)),
            .init("p_below", number(population.pBelow)), .init("effect_above", number(population.effectAbove)),
            .init("value_above", number(population.valueAbove)), .init("sizes", .array(sizes)),
        ]
    }

    private static func members(_ finding: AssumptionFinding) -> [JSONValue.Member] {
        let interval = finding.interval
        return [
            .init("assumption", .string(finding.name)),
            .init("state", .string(ConditionPolicy.state(finding).rawValue)),
            .init("n", .integer(Int64(finding.cases))), .init("hits", .integer(Int64(finding.hits))),
            .init("share", finding.cases > 0 ? .number(interval.share) : .null),
            .init("low", .number(interval.low)), .init("high", .number(interval.high)),
        ]
    }

    private static func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
}
