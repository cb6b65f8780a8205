public import DriftModel

/// What a move makes people start, stop and do differently.
public struct ActionDifference: Hashable, Sendable, Codable {
    /// One area in which something else is done than before.
    public struct Change: Hashable, Sendable, Codable {
        public var area: String
        public var from: String
        public var to: String

        public init(area: String, from: String, to: String) {
            self.area = area
            self.from = from
            self.to = to
        }
    }

    /// First what the move itself asks for (`on_transition`), then the areas that were empty before.
    public var start: [EffectiveAction]
    public var stop: [EffectiveAction]
    public var change: [Change]

    public static let none = ActionDifference(start: [], stop: [], change: [])

    public init(start: [EffectiveAction], stop: [EffectiveAction], change: [Change]) {
        self.start = start
        self.stop = stop
        self.change = change
    }

    /// The difference between two plans, and the extra actions of the move. What several entries ask for in the same
    /// words is told once.
    public init(before: ActionPlan, after: ActionPlan, extra: [EffectiveAction] = []) {
        self = .none
        for action in extra where !begins(action) { start.append(action) }
        for area in ActionArea.allCases {
            switch (before.action(in: area), after.action(in: area)) {
            case (nil, let new?): if !begins(new) { start.append(new) }
            case (let old?, nil): stop.append(old)
            case (let old?, let new?) where old.action != new.action:
                change.append(Change(area: area.rawValue, from: old.action, to: new.action))
            default: break
            }
        }
    }

    /// Whether the same words for the same area are in ``start`` already.
    private func begins(_ action: EffectiveAction) -> Bool {
        start.contains { $0.area == action.area && $0.action == action.action }
    }

    public var isEmpty: Bool { start.isEmpty && stop.isEmpty && change.isEmpty }

    /// The difference that a move makes for a customer.
    /// - Parameters:
    ///   - segmentsAfter: Index of the customer's segment per segmentation, just after the move.
    ///   - move: What `on_transition` entries are matched against.
    public static func of(_ move: Move, segmentsAfter: [Int32?], model: Model) -> ActionDifference {
        var segmentsBefore = segmentsAfter
        segmentsBefore[move.segmentation] = move.from
        let extra = model.onTransition.filter { $0.match.matches(move) }.flatMap { entry in
            entry.actions.map { action in
                EffectiveAction(
                    area: action.area.rawValue, action: action.text, playbook: nil,
                    segmentation: model.segmentations[move.segmentation].name)
            }
        }
        return ActionDifference(
            before: ActionPlan(model: model, segments: segmentsBefore),
            after: ActionPlan(model: model, segments: segmentsAfter), extra: extra)
    }
}
