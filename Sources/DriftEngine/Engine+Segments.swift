import DriftModel

extension Engine {
    /// Whether the row's customer is one.
    func isCustomer(_ row: borrowing Row, _ evaluator: inout Evaluator) -> Bool {
        guard let population = model.population else { return true }
        return evaluator.evaluate(population.program, inputs: row.cells.span, bytes: row.text.span).isTrue
    }

    /// Where a row puts the customer in a segmentation: a segment, or NULL.
    /// - Parameters:
    ///   - current: The segment now, which its `stay` may keep.
    ///   - isCustomer: ``isCustomer(_:_:)`` of the row; with a table it is not asked for.
    func place(
        _ index: Int, current: Int32?, _ row: borrowing Row, isCustomer: Bool, _ evaluator: inout Evaluator
    ) -> Int32? {
        let head = tables.heads.span[index]
        guard head.isTable else { return isCustomer ? segment(index, current: current, row, &evaluator) : nil }
        var entry = tables.firstEntry(head, current: current)
        let axes = tables.axes.span
        let cells = row.cells.span
        for position in head.axes {
            let axis = axes[position]
            entry &+= tables.place(cells[Int(axis.feature)], axis) &* Int(axis.stride)
        }
        return tables.segment(entry)
    }

    /// The segment a row falls into, for one who is a customer.
    /// - Parameter current: The segment now, which its `stay` may keep.
    func segment(
        _ index: Int, current: Int32?, _ row: borrowing Row, _ evaluator: inout Evaluator
    ) -> Int32? {
        if model.segmentations[index].nearest != nil { return nearest(index, row) }
        return segmentByRules(index, current: current, row, &evaluator)
    }

    /// The first segment whose rule holds.
    func segmentByRules(
        _ index: Int, current: Int32?, _ row: borrowing Row, _ evaluator: inout Evaluator
    ) -> Int32? {
        let count = model.segmentations[index].segments.count
        for position in 0..<count {
            if holds(index, position, isCurrent: current == Int32(position), row, &evaluator) { return Int32(position) }
        }
        return nil
    }

    private func holds(
        _ index: Int, _ position: Int, isCurrent: Bool, _ row: borrowing Row, _ evaluator: inout Evaluator
    ) -> Bool {
        guard let when = model.segmentations[index].segments[position].when else { return true }
        if evaluator.evaluate(when.program, inputs: row.cells.span, bytes: row.text.span).isTrue { return true }
        guard isCurrent, let stay = model.segmentations[index].segments[position].stay else { return false }
        return evaluator.evaluate(stay.program, inputs: row.cells.span, bytes: row.text.span).isTrue
    }

    /// The first of the nearest centroids; a missing input counts as its mean.
    private func nearest(_ index: Int, _ row: borrowing Row) -> Int32? {
        guard let nearest = model.segmentations[index].nearest else { return nil }
        var best: (segment: Int32, distance: Double)?
        for (position, centroid) in nearest.centroids.enumerated() {
            var distance = 0.0
            for (axis, input) in nearest.inputs.enumerated() {
                let cell = row.cells[input.feature]
                let value = cell.tag == .number ? cell.number : input.mean
                let difference = (value - centroid[axis]) / input.scale
                distance += difference * difference
            }
            if distance < best?.distance ?? .infinity { best = (Int32(position), distance) }
        }
        return best?.segment ?? 0
    }
}
