import DriftModel

extension Outcome {
    /// Adds what another thread's share of the same batch brought about: as if its customers had come next.
    /// - Complexity: O(what is added); texts and ranges are moved to where they lie now.
    public mutating func append(_ other: borrowing Outcome) {
        let inputsOffset = inputFeatures.count
        let flipsOffset = flips.count
        let rulesOffset = alertRules.count
        let textOffset = text.count
        for index in other.transitions.indices {
            var transition = other.transitions[index]
            transition.inputs = transition.inputs.shifted(by: inputsOffset)
            transition.flips = transition.flips.shifted(by: flipsOffset)
            transition.alertRules = transition.alertRules.shifted(by: rulesOffset)
            transitions.append(transition)
        }
        inputFeatures += other.inputFeatures
        alertRules += other.alertRules
        appearances += other.appearances
        failures += other.failures
        guard !other.text.isEmpty else {
            before += other.before
            after += other.after
            flips += other.flips
            return
        }
        text += other.text
        for cell in other.before { before.append(cell.shifted(by: textOffset)) }
        for cell in other.after { after.append(cell.shifted(by: textOffset)) }
        for flip in other.flips {
            flips.append(
                Flip(
                    comparison: flip.comparison, before: flip.before.shifted(by: textOffset),
                    after: flip.after.shifted(by: textOffset), limit: flip.limit.shifted(by: textOffset)))
        }
    }
}

extension Range<Int> {
    fileprivate func shifted(by offset: Int) -> Range<Int> { (lowerBound + offset)..<(upperBound + offset) }
}

extension Cell {
    /// The same, its text (if it is one) that much further on.
    fileprivate func shifted(by offset: Int) -> Cell {
        tag == .text ? .text(offset: textRange.lowerBound + offset, count: textCount) : self
    }
}

extension Outcome {
    /// How much there is of all that moves are made of.
    public struct Mark: Sendable {
        fileprivate var transitions: Int
        fileprivate var inputs: Int
        fileprivate var flips: Int
        fileprivate var alertRules: Int
        fileprivate var text: Int

        /// The index of the first move after it.
        public var firstMove: Int { transitions }
    }

    /// Where the next move will be.
    public var mark: Mark {
        Mark(
            transitions: transitions.count, inputs: inputFeatures.count, flips: flips.count,
            alertRules: alertRules.count, text: text.count)
    }

    /// Forgets the moves since a mark; what else has happened since stays.
    public mutating func removeMoves(since mark: Mark) {
        transitions.removeLast(transitions.count - mark.transitions)
        inputFeatures.removeLast(inputFeatures.count - mark.inputs)
        before.removeLast(before.count - mark.inputs)
        after.removeLast(after.count - mark.inputs)
        flips.removeLast(flips.count - mark.flips)
        alertRules.removeLast(alertRules.count - mark.alertRules)
        text.removeLast(text.count - mark.text)
    }
}
