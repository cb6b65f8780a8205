public import DriftEngine
public import DriftModel

/// Turns a transition's numbers into names and words.
public struct FactsBuilder: Sendable {
    private let model: Model
    private let axis: TimeAxis
    private let comparisons: [EngineComparison]

    /// - Parameter comparisons: ``Engine/comparisons``: what ``Flip/comparison`` counts in.
    public init(model: Model, axis: TimeAxis, comparisons: [EngineComparison]) {
        self.model = model
        self.axis = axis
        self.comparisons = comparisons
    }

    /// The facts of one transition.
    /// - Parameters:
    ///   - index: Of the transition in the outcome.
    ///   - later: Of the same customer's transitions after it in the outcome, ascending.
    ///   - source: Name of the source of the record that triggered it.
    public func facts(
        of index: Int, in outcome: Outcome, later: [Int], context: CustomerContext, source: String?
    ) -> TransitionFacts {
        let transition = outcome.transitions[index]
        let move = Move(transition, model: model)
        let segmentation = model.segmentations[move.segmentation]
        // What lies ahead is known of the state after the customer's last move only.
        let isLast =
            move.segmentation < context.placements.count
            && context.placements[move.segmentation].seq == transition.seq
        let segments = segmentsAfter(transition, in: outcome, later: later, context: context)
        return TransitionFacts(
            customerID: transition.customer, customer: context.name, segmentation: segmentation.name,
            seq: transition.seq, from: transition.from.map { segmentation.segments[Int($0)].id },
            to: transition.to.map { segmentation.segments[Int($0)].id }, direction: move.direction?.rawValue,
            cause: transition.cause.rawValue, effectiveAt: transition.effectiveAt.microseconds, source: source,
            inputs: inputs(of: transition, in: outcome), reasons: reasons(of: transition, in: outcome),
            actions: ActionDifference.of(move, segmentsAfter: segments, model: model),
            nextChangeAt: isLast ? nextChange(move.segmentation, context) : nil,
            returnsWith: isLast && move.direction == .down ? context.returnsWith(move.segmentation) : nil,
            modelVersion: model.version,
            value: transition.worth)
    }

    /// The customer's segments just after a transition: later ones are taken back.
    private func segmentsAfter(
        _ transition: Transition, in outcome: Outcome, later: [Int], context: CustomerContext
    ) -> [Int32?] {
        // Not looked at: what the move itself says is enough.
        var segments = [Int32?](repeating: nil, count: model.segmentations.count)
        if context.placements.count == segments.count {
            segments = context.placements.map(\.segment)
            for index in later.reversed() {
                segments[Int(outcome.transitions[index].segmentation)] = outcome.transitions[index].from
            }
        }
        segments[Int(transition.segmentation)] = transition.to
        return segments
    }

    private func nextChange(_ segmentation: Int, _ context: CustomerContext) -> String? {
        guard segmentation < context.placements.count, let next = context.placements[segmentation].next else {
            return nil
        }
        return axis.grain == .day ? TimeText.date(next.tick) : TimeText.instant(axis.start(of: next.tick))
    }

    private func inputs(of transition: Transition, in outcome: Outcome) -> [TransitionFacts.Input] {
        transition.inputs.map { index in
            TransitionFacts.Input(
                name: model.features[Int(outcome.inputFeatures[index])].name,
                before: outcome.fact(outcome.before[index]), after: outcome.fact(outcome.after[index]))
        }
    }

    private func reasons(of transition: Transition, in outcome: Outcome) -> [TransitionFacts.ReasonPart] {
        transition.flips.map { index in
            let flip = outcome.flips[index]
            let comparison = comparisons[Int(flip.comparison)].comparison
            let limit = flip.limit.isNull ? comparison.limitText : Sentence.value(outcome.fact(flip.limit))
            let (before, after) = (outcome.fact(flip.before), outcome.fact(flip.after))
            return TransitionFacts.ReasonPart(
                subject: comparison.subjectText, before: before, after: after, limit: limit, text: comparison.text,
                meaning: BandMeaning.text(comparison.subjectText, before: before, after: after, model: model))
        }
    }
}

extension Outcome {
    /// A cell of this outcome as a value with its own text.
    func fact(_ cell: Cell) -> FactValue {
        switch cell.tag {
        case .null: .null
        case .number: .number(cell.number)
        case .boolean: .boolean(cell.boolean)
        case .date: .text(TimeText.date(cell.day))
        case .timestamp: .text(TimeText.instant(cell.instant))
        case .text: .text(String(decoding: text[cell.textRange], as: UTF8.self))
        }
    }
}
