import DriftModel

/// What features can be within a range of ticks: one cell per feature of the model.
struct RangeRow {
    var cells: [RangeCell] = []
    /// Bytes of the texts that are known.
    var text: [UInt8] = []

    mutating func prepare(count: Int) {
        if cells.count != count { cells = Array(repeating: .null, count: count) }
        text.removeAll(keepingCapacity: true)
    }

    /// The value of a feature that is an expression; a known text moves into the row.
    mutating func compute(
        _ program: Program, _ evaluator: inout RangeEvaluator, _ points: borrowing Evaluator
    ) -> RangeCell {
        evaluator.reset()
        let result = evaluator.evaluate(program, inputs: cells.span, bytes: text.span)
        guard result.isPoint, result.point.tag == .text, result.point.pool != .input else { return result }
        let start = text.count
        if result.point.pool == .scratch {
            for index in result.point.textRange { text.append(evaluator.text[index]) }
        } else {
            var copy: [UInt8] = []
            points.append(result.point, of: program, bytes: text.span, to: &copy)
            text += copy
        }
        return RangeCell(.text(offset: start, count: text.count - start))
    }

    mutating func adopt(_ cell: Cell, from bytes: Span<UInt8>) -> RangeCell {
        guard cell.tag == .text else { return RangeCell(cell) }
        let start = text.count
        for index in cell.textRange { text.append(bytes[index]) }
        return RangeCell(.text(offset: start, count: cell.textCount))
    }
}
