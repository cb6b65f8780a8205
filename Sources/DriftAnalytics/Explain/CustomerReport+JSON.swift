import DriftEngine
import DriftModel

extension CustomerReport {
    /// The report as one JSON object.
    public var json: String {
        let parts = explanation.segmentations.enumerated().map { json(of: $1, $0) }
        let features = zip(model.features, explanation.features).map { ($0.name, Self.json($1)) }
        let actions = actions.map { action in
            JSONText.object([
                ("area", .text(action.area)), ("action", .text(action.action)),
                ("segmentation", .text(action.segmentation)),
            ])
        }
        let moves = moves.map { move in
            JSONText.object([
                ("effective_at", .text(move.effectiveAt)), ("segmentation", .text(move.segmentation)),
                ("from_segment", .optional(move.from)), ("to_segment", .optional(move.to)),
                ("cause", .text(move.cause)), ("reason", .optional(move.reason)),
            ])
        }
        return JSONText.object([
            ("customer", .text(customer)), ("is_customer", .boolean(explanation.isCustomer)),
            ("tick", .text(time(explanation.tick))), ("events", .integer(record.events)),
            ("first_event_at", .optional(record.firstEventAt.map(TimeText.instant))),
            ("last_event_at", .optional(record.lastEventAt.map(TimeText.instant))),
            ("segmentations", .json(Self.array(parts))),
            ("features", .json(JSONText.object(features))), ("actions", .json(Self.array(actions))),
            ("transitions", .json(Self.array(moves))),
        ])
    }

    private func json(of part: Explanation.OfSegmentation, _ index: Int) -> String {
        let inputs = part.inputs.map { input in
            let bands = bands(of: input.feature)
            return JSONText.object([
                ("feature", .text(model.features[Int(input.feature)].name)), ("value", Self.json(input.value)),
                ("boundary", input.boundary.map(ReportValue.number) ?? .null),
                ("margin", input.margin.map(ReportValue.number) ?? .null), ("bands_of", .optional(bands?.input)),
                ("band_above", bands?.above.map(ReportValue.number) ?? .null),
                ("band_up_to", bands?.upTo.map(ReportValue.number) ?? .null),
            ])
        }
        let duties = dutiesOfNext[index]
        let returns = part.returns.map { item in
            JSONText.object([
                ("event", .text(model.eventTypes[item.eventType].name)),
                ("segment", .optional(segment(item.segment, of: index)?.id)),
            ])
        }
        let current = segment(part.segment, of: index)
        return JSONText.object([
            ("segmentation", .text(model.segmentations[index].name)), ("segment", .optional(current?.id)),
            ("title", .optional(current?.title)), ("since", .optional(part.since.map(TimeText.instant))),
            ("rule", .optional(part.rule)), ("held_by_stay", .boolean(part.heldByStay)),
            ("inputs", .json(Self.array(inputs))), ("next_change_at", .optional(part.next.map { time($0.tick) })),
            ("next_segment", .optional(part.next.flatMap { segment($0.segment, of: index)?.id })),
            ("next_start", .json(Self.texts(duties.start))), ("next_stop", .json(Self.texts(duties.stop))),
            ("returns", .json(Self.array(returns))),
        ])
    }

    private static func texts(_ texts: [String]) -> String { array(texts.map { JSONText.value(.text($0)) }) }

    private static func array(_ objects: [String]) -> String { "[" + objects.joined(separator: ",") + "]" }

    private static func json(_ value: Value) -> ReportValue { .json(ExpressionTrial.json(value)) }
}
