public import DriftModel

/// One thing the company does for a customer, and why.
public struct EffectiveAction: Hashable, Sendable, Codable {
    /// The area's name, e.g. `sales.scripts`.
    public var area: String
    /// What is done, in the words of the model.
    public var action: String
    /// The playbook it comes from; nil: an action of the move itself (`on_transition`).
    public var playbook: String?
    /// The segmentation whose segment brings it.
    public var segmentation: String

    public init(area: String, action: String, playbook: String?, segmentation: String) {
        self.area = area
        self.action = action
        self.playbook = playbook
        self.segmentation = segmentation
    }
}

/// Two different actions for one area: the first fills it, the other is left out and reported.
public struct ActionConflict: Hashable, Sendable {
    public var kept: EffectiveAction
    public var left: EffectiveAction

    public init(kept: EffectiveAction, left: EffectiveAction) {
        self.kept = kept
        self.left = left
    }
}

/// What the company does for one customer: the union over segmentations in listed order, the first to fill an
/// area wins.
public struct ActionPlan: Hashable, Sendable {
    /// In the order of ``ActionArea``, each area at most once.
    public var actions: [EffectiveAction]
    /// In the order in which they were met.
    public var conflicts: [ActionConflict]

    /// The plan of a customer.
    /// - Parameter segments: Index of the customer's segment per segmentation; nil: none.
    /// - Complexity: O(actions of the segments' playbooks).
    public init(model: Model, segments: [Int32?]) {
        var byArea: [ActionArea: EffectiveAction] = [:]
        conflicts = []
        for (segmentation, segment) in zip(model.segmentations, segments) {
            guard let segment else { continue }
            for playbook in segmentation.segments[Int(segment)].playbooks.map({ model.playbooks[$0] }) {
                for action in playbook.actions {
                    let entry = EffectiveAction(
                        area: action.area.rawValue, action: action.text, playbook: playbook.name,
                        segmentation: segmentation.name)
                    guard let kept = byArea[action.area] else {
                        byArea[action.area] = entry
                        continue
                    }
                    if kept.action != entry.action { conflicts.append(ActionConflict(kept: kept, left: entry)) }
                }
            }
        }
        actions = ActionArea.allCases.compactMap { byArea[$0] }
    }

    /// What is done in an area; nil: nothing particular.
    public func action(in area: ActionArea) -> EffectiveAction? {
        actions.first { $0.area == area.rawValue }
    }
}
