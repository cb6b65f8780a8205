public import DriftEngine
public import DriftModel

/// The few facts of a transition that rules are matched against.
public struct Move: Hashable, Sendable {
    /// Index into ``Model/segmentations``.
    public var segmentation: Int
    /// Index into the segmentation's segments; nil: NULL.
    public var from: Int32?
    public var to: Int32?
    public var direction: Direction?
    public var cause: Cause

    public init(segmentation: Int, from: Int32?, to: Int32?, direction: Direction?, cause: Cause) {
        self.segmentation = segmentation
        self.from = from
        self.to = to
        self.direction = direction
        self.cause = cause
    }

    public init(_ transition: Transition, model: Model) {
        let segments = model.segmentations[Int(transition.segmentation)].segments
        self.init(
            segmentation: Int(transition.segmentation), from: transition.from, to: transition.to,
            direction: Direction.of(
                from: transition.from.flatMap { segments[Int($0)].rank },
                to: transition.to.flatMap { segments[Int($0)].rank }), cause: transition.cause)
    }
}

extension Direction {
    /// Up, down or sideways by rank, 1 being best; nil when a rank is missing.
    static func of(from: Int?, to: Int?) -> Direction? {
        guard let from, let to else { return nil }
        return to < from ? .up : to > from ? .down : .sideways
    }
}

extension MoveMatch {
    /// Whether the move is one of those meant.
    public func matches(_ move: Move) -> Bool {
        guard move.segmentation == segmentation else { return false }
        if let direction, direction != move.direction { return false }
        if let causes, !causes.contains(move.cause) { return false }
        return Self.side(from, holds: move.from) && Self.side(to, holds: move.to)
    }

    private static func side(_ accepted: [SegmentMatch]?, holds segment: Int32?) -> Bool {
        guard let accepted else { return true }
        return accepted.contains(segment.map { .segment(Int($0)) } ?? .null)
    }
}
