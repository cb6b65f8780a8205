public import DriftModel

/// What each segment makes the company do, area by area; where two segments want different things of the same area,
/// and where nobody wants anything.
public struct PlaybookMatrix: Sendable {
    /// A segment by its place in the model.
    public struct Place: Hashable, Sendable {
        public var segmentation: Int
        public var segment: Int

        public init(segmentation: Int, segment: Int) {
            self.segmentation = segmentation
            self.segment = segment
        }
    }

    /// A segment and what it does by itself, other segmentations aside.
    public struct Column: Sendable {
        public var place: Place
        public var plan: ActionPlan

        public init(place: Place, plan: ActionPlan) {
            self.place = place
            self.plan = plan
        }
    }

    /// An action that is left out because another one filled its area first. Both places are equal when two
    /// playbooks of one segment are at odds.
    public struct Clash: Hashable, Sendable {
        public var keptBy: Place
        public var leftBy: Place
        public var conflict: ActionConflict

        public init(keptBy: Place, leftBy: Place, conflict: ActionConflict) {
            self.keptBy = keptBy
            self.leftBy = leftBy
            self.conflict = conflict
        }
    }

    /// One per segment, in the order of the model.
    public let columns: [Column]
    /// Every clash that a customer can meet, in the order of areas, then of segments.
    public let clashes: [Clash]
    /// Areas that no playbook of any segment fills; extra actions of moves do not count.
    public let emptyAreas: [ActionArea]
    /// Segments that fill no area.
    public let idleSegments: [Place]
    /// Playbooks that no segment names.
    public let unusedPlaybooks: [String]

    /// - Complexity: O(segments² × areas).
    public init(model: Model) {
        let none = [Int32?](repeating: nil, count: model.segmentations.count)
        columns = model.segmentations.indices.flatMap { segmentation in
            model.segmentations[segmentation].segments.indices.map { segment in
                var alone = none
                alone[segmentation] = Int32(segment)
                return Column(
                    place: Place(segmentation: segmentation, segment: segment),
                    plan: ActionPlan(model: model, segments: alone))
            }
        }
        clashes = Self.clashes(between: columns)
        let filled = Set(columns.flatMap { $0.plan.actions.map(\.area) })
        emptyAreas = ActionArea.allCases.filter { !filled.contains($0.rawValue) }
        idleSegments = columns.filter(\.plan.actions.isEmpty).map(\.place)
        let used = Set(model.segmentations.flatMap { $0.segments.flatMap(\.playbooks) })
        unusedPlaybooks = model.playbooks.indices.filter { !used.contains($0) }.map { model.playbooks[$0].name }
    }

    /// Clashes inside a segment, then between segments of two segmentations.
    private static func clashes(between columns: [Column]) -> [Clash] {
        ActionArea.allCases.map(\.rawValue).flatMap { area in
            columns.flatMap { first in
                let inside = first.plan.conflicts.filter { $0.kept.area == area }.map {
                    Clash(keptBy: first.place, leftBy: first.place, conflict: $0)
                }
                guard let kept = first.plan.actions.first(where: { $0.area == area }) else { return inside }
                let later = columns.filter { $0.place.segmentation > first.place.segmentation }
                return inside
                    + later.flatMap { second in
                        second.plan.wishes(in: area).filter { $0.action != kept.action }.map {
                            Clash(
                                keptBy: first.place, leftBy: second.place,
                                conflict: ActionConflict(kept: kept, left: $0))
                        }
                    }
            }
        }
    }

    /// How many customers meet each clash.
    /// - Parameter combinations: Customers per combination of segments (index per segmentation; nil: none).
    /// - Returns: One count per entry of ``clashes``.
    public func customers(
        meeting model: Model, in combinations: [(segments: [Int32?], customers: Int64)]
    ) -> [Int64] {
        let numbers = Dictionary(
            uniqueKeysWithValues: model.segmentations.enumerated().map { ($0.element.name, $0.offset) })
        var counts: [Clash: Int64] = [:]
        for (segments, customers) in combinations {
            func place(_ action: EffectiveAction) -> Place? {
                guard let segmentation = numbers[action.segmentation], let segment = segments[segmentation] else {
                    return nil
                }
                return Place(segmentation: segmentation, segment: Int(segment))
            }
            // A segment can name the same action twice, in two playbooks: its customers are counted once.
            for conflict in Set(ActionPlan(model: model, segments: segments).conflicts) {
                guard let keptBy = place(conflict.kept), let leftBy = place(conflict.left) else { continue }
                counts[Clash(keptBy: keptBy, leftBy: leftBy, conflict: conflict), default: 0] += customers
            }
        }
        return clashes.map { counts[$0] ?? 0 }
    }
}

extension ActionPlan {
    /// Everything asked for in an area, the action that fills it first.
    func wishes(in area: String) -> [EffectiveAction] {
        actions.filter { $0.area == area } + conflicts.filter { $0.left.area == area }.map(\.left)
    }
}
