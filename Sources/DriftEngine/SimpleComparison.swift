import DriftModel

/// A comparison of one number feature with a constant, told by its truth below, at and above the constant: no
/// program has to run to see whether it flipped.
struct SimpleComparison: Sendable {
    var feature: Int32
    var limit: Double
    var below: Bool
    var equal: Bool
    var above: Bool

    /// Of no comparison.
    init() {
        (feature, limit, below, equal, above) = (0, 0, false, false, false)
    }

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

    @inline(__always)
    func isTrue(_ cell: Cell) -> Bool {
        guard cell.tag == .number else { return false }
        let value = cell.number
        return value < limit ? below : value > limit ? above : equal
    }
}

/// A comparison that may flip with a move. Flat, so that going through them counts no reference.
struct Suspect: Sendable {
    /// Index into ``Engine/comparisons``.
    var comparison: Int32
    /// The segment whose rule it is in; −1: the population's.
    var segment: Int32
    var isStay: Bool
    var isSimple: Bool
    /// Where it is simple.
    var test: SimpleComparison

    init(_ comparison: Int, _ segment: Int, isStay: Bool, _ simple: SimpleComparison?) {
        self.comparison = Int32(comparison)
        self.segment = Int32(segment)
        self.isStay = isStay
        isSimple = simple != nil
        test = simple ?? SimpleComparison()
    }
}
