import DriftModel

/// A comparison of one number feature with a constant, told by its truth below, at and above the constant: no
/// program has to run to see whether it flipped.
struct SimpleComparison: Sendable {
    var feature: Int32
    var limit: Double
    var below: Bool
    var equal: Bool
    var above: Bool

    /// nil: not of this kind. Found by asking the comparison's own program around the limit.
    init?(_ comparison: Comparison) {
        guard let feature = comparison.subjectFeature, let limit = comparison.limit,
            comparison.inputs == [feature], limit.type == .number
        else { return nil }
        var evaluator = Evaluator()
        let bytes: [UInt8] = []
        var row = Array(repeating: Cell.null, count: feature + 1)
        let constant = evaluator.evaluate(limit, inputs: row.span, bytes: bytes.span)
        guard constant.tag == .number else { return nil }
        func truth(_ value: Double) -> Bool {
            row[feature] = .number(value)
            return evaluator.evaluate(comparison.program, inputs: row.span, bytes: bytes.span).isTrue
        }
        // A comparison that holds for NULL is none of the six.
        guard !evaluator.evaluate(comparison.program, inputs: row.span, bytes: bytes.span).isTrue else { return nil }
        self.feature = Int32(feature)
        self.limit = constant.number
        below = truth(constant.number.nextDown)
        equal = truth(constant.number)
        above = truth(constant.number.nextUp)
    }

    func isTrue(_ cell: Cell) -> Bool {
        guard cell.tag == .number else { return false }
        let value = cell.number
        return value < limit ? below : value > limit ? above : equal
    }
}
