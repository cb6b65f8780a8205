import DriftAlerts
import DriftAnalytics
import DriftModel

/// One fact about playbooks, as a record for scripts.
struct ActionRow: Hashable {
    enum Kind: String {
        /// The segment makes the company do this.
        case action
        /// It would, but another action has filled the area.
        case conflict
        /// Done once, when a customer moves (`on_transition`).
        case move
        /// Nobody fills the area, or the segment does nothing, or no segment names the playbook.
        case gap
    }

    var kind: Kind
    var area: String?
    var segmentation: String?
    var segment: String?
    var action: String?
    var playbook: String?
    /// Which segment's action stands in the area instead.
    var keptSegmentation: String?
    var keptSegment: String?
    var keptAction: String?
    /// The move of a ``Kind/move``: segments separated by blanks; nil: any.
    var from: String?
    var to: String?
    /// Of a conflict: how many customers meet it now; nil: unknown.
    var customers: Int64?

    static let columns: [ReportColumn] = [
        "kind", "area", "segmentation", "segment", "action", "playbook", "kept_segmentation", "kept_segment",
        "kept_action", "from_segment", "to_segment", "customers",
    ].map { ReportColumn($0) }

    var values: [ReportValue] {
        [
            .text(kind.rawValue), .optional(area), .optional(segmentation), .optional(segment), .optional(action),
            .optional(playbook), .optional(keptSegmentation), .optional(keptSegment), .optional(keptAction),
            .optional(from), .optional(to), .optional(customers),
        ]
    }
}

extension ActionRow {
    /// Everything there is to say: actions, conflicts, moves, gaps.
    static func matrix(_ matrix: PlaybookMatrix, _ model: Model, counts: [Int64?]) -> [ActionRow] {
        let actions = matrix.columns.flatMap { column in
            column.plan.actions.map { ActionRow(.action, $0, segment: segment(column.place, model)) }
        }
        let conflicts = zip(matrix.clashes, counts).map { clash, count in
            ActionRow(
                clash.conflict, segment: segment(clash.leftBy, model), keptSegment: segment(clash.keptBy, model),
                customers: count)
        }
        let moves = model.onTransition.flatMap { entry in entry.actions.map { move($0, entry.match, model) } }
        let gaps =
            matrix.emptyAreas.map { ActionRow(kind: .gap, area: $0.rawValue) }
            + matrix.idleSegments.map {
                ActionRow(
                    kind: .gap, segmentation: model.segmentations[$0.segmentation].name, segment: segment($0, model))
            } + matrix.unusedPlaybooks.map { ActionRow(kind: .gap, playbook: $0) }
        return actions + conflicts + moves + gaps
    }

    /// A customer's actions, what is left out for them, and the areas in which nothing particular is done.
    static func ofCustomer(_ segments: [Int32?], _ model: Model) -> [ActionRow] {
        let plan = ActionPlan(model: model, segments: segments)
        func id(_ action: EffectiveAction) -> String? {
            guard let number = model.segmentations.firstIndex(where: { $0.name == action.segmentation }) else {
                return nil
            }
            return segments[number].map { model.segmentations[number].segments[Int($0)].id }
        }
        let filled = Set(plan.actions.map(\.area))
        return plan.actions.map { ActionRow(.action, $0, segment: id($0)) }
            + plan.conflicts.map { ActionRow($0, segment: id($0.left), keptSegment: id($0.kept), customers: nil) }
            + ActionArea.allCases.filter { !filled.contains($0.rawValue) }.map {
                ActionRow(kind: .gap, area: $0.rawValue)
            }
    }

    /// Whether the row is about one of these segments.
    func concerns(_ places: [PlaybookMatrix.Place], _ model: Model) -> Bool {
        places.contains { place in
            let name = model.segmentations[place.segmentation].name
            let id = Self.segment(place, model)
            if kind == .move {
                guard segmentation == name, from != nil || to != nil else { return segmentation == name }
                return [from, to].contains { $0?.split(separator: " ").contains(Substring(id)) ?? false }
            }
            return (segmentation == name && segment == id) || (keptSegmentation == name && keptSegment == id)
        }
    }

    private init(_ kind: Kind, _ action: EffectiveAction, segment: String?) {
        self.init(
            kind: kind, area: action.area, segmentation: action.segmentation, segment: segment,
            action: action.action, playbook: action.playbook)
    }

    private init(_ conflict: ActionConflict, segment: String?, keptSegment: String?, customers: Int64?) {
        self.init(.conflict, conflict.left, segment: segment)
        keptSegmentation = conflict.kept.segmentation
        self.keptSegment = keptSegment
        keptAction = conflict.kept.action
        self.customers = customers
    }

    private static func segment(_ place: PlaybookMatrix.Place, _ model: Model) -> String {
        model.segmentations[place.segmentation].segments[place.segment].id
    }

    private static func move(_ action: Action, _ match: MoveMatch, _ model: Model) -> ActionRow {
        let segmentation = model.segmentations[match.segmentation]
        func names(_ sides: [SegmentMatch]?) -> String? {
            sides?.map { side in
                switch side {
                case .null: "null"
                case .segment(let index): segmentation.segments[index].id
                }
            }.joined(separator: " ")
        }
        return ActionRow(
            kind: .move, area: action.area.rawValue, segmentation: segmentation.name, action: action.text,
            from: names(match.from), to: names(match.to) ?? match.direction.map { "(\($0.rawValue))" })
    }
}
