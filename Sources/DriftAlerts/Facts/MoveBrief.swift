internal import DriftEngine
internal import DriftModel

/// What deciding about a move needs, and a line about it: names, but neither inputs nor reasons. Cheap enough to be
/// made for each of fifty thousand moves in one file.
struct MoveBrief: Hashable, Sendable {
    var customerID: Int64
    /// As the files name them.
    var customer: String
    var segmentation: String
    var seq: Int32
    /// Segment ids; nil: NULL.
    var from: String?
    var to: String?
    var direction: String?
    var cause: String
    var effectiveAt: Instant
    /// Name of the source of the record that triggered it; nil for time and activation.
    var source: String?
    /// The model's value of the customer after the move.
    var worth: Double?

    init(_ transition: Transition, customer: String, source: String?, model: Model) {
        let segmentation = model.segmentations[Int(transition.segmentation)]
        customerID = transition.customer
        self.customer = customer
        self.segmentation = segmentation.name
        seq = transition.seq
        from = transition.from.map { segmentation.segments[Int($0)].id }
        to = transition.to.map { segmentation.segments[Int($0)].id }
        direction = Move(transition, model: model).direction?.rawValue
        cause = transition.cause.rawValue
        effectiveAt = transition.effectiveAt
        self.source = source
        worth = transition.worth
    }

    init(_ facts: TransitionFacts) {
        customerID = facts.customerID
        customer = facts.customer
        segmentation = facts.segmentation
        seq = facts.seq
        from = facts.from
        to = facts.to
        direction = facts.direction
        cause = facts.cause
        effectiveAt = Instant(microseconds: facts.effectiveAt)
        source = facts.source
        worth = facts.value
    }

    /// `C-1042 loyal -> at_risk (value, down)`.
    var line: String { Sentence.move(customer: customer, from: from, to: to, segmentation, direction) }
}
