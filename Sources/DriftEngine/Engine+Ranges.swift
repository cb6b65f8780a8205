import DriftModel

extension Engine {
    /// What features can be within a range of ticks after the customer's front. Exact bounds wherever a feature is
    /// monotone between the ticks at which something leaves its window.
    func fill(
        _ row: inout RangeRow, _ features: [Int32], of state: borrowing CustomerState, over ticks: ClosedRange<Tick>,
        _ evaluator: inout RangeEvaluator, _ points: borrowing Evaluator
    ) {
        row.prepare(count: layout.plans.count)
        for feature in features {
            let plan = layout.plans[Int(feature)]
            row.cells[Int(feature)] =
                switch plan.operation {
                case .count, .sum, .average, .minimum, .maximum, .activeDays: tallied(plan, state, ticks)
                case .sinceFirst, .sinceLast, .decayed: aged(plan, state, ticks)
                case .distinct, .first, .last: valued(plan, state, ticks, &row)
                case .attribute: row.adopt(state.attributes[Int(plan.source)].cell, from: state.text.span)
                case .sinceAttribute, .yearsSince: dated(plan, state, ticks)
                case .expression: row.compute(layout.programs[Int(plan.source)], &evaluator, points)
                case .bands: banded(plan, row.cells[Int(plan.source)])
                case .weights: weighted(plan, row)
                case .null: .null
                }
        }
    }

    // MARK: Windows

    /// The first buckets inside the window at the start and at the end of a range.
    private func edges(
        _ plan: FeaturePlan, _ series: borrowing SeriesState, _ ticks: ClosedRange<Tick>
    ) -> ClosedRange<Int> {
        guard !plan.isLifetime else { return series.start...series.start }
        let first = series.firstBucket(after: ticks.lowerBound - plan.windowTicks)
        return first...max(first, series.firstBucket(after: ticks.upperBound - plan.windowTicks))
    }

    private func tallied(
        _ plan: FeaturePlan, _ state: borrowing CustomerState, _ ticks: ClosedRange<Tick>
    ) -> RangeCell {
        let source = Int(plan.source)
        let edges = edges(plan, state.series[source], ticks)
        if plan.isLifetime || edges.count == 1 { return RangeCell(tallied(plan, state, ticks.lowerBound)) }
        switch plan.operation {
        case .count:
            let (least, most) = (
                state.series[source].count(from: edges.upperBound), state.series[source].count(from: edges.lowerBound)
            )
            return .number(Double(least), Double(most))
        case .activeDays:
            let least = state.series[source].activeDays(from: edges.upperBound, inDays: plan.inDays)
            let most = state.series[source].activeDays(from: edges.lowerBound, inDays: plan.inDays)
            return .number(Double(least), Double(most))
        case .sum, .average: return summed(plan, state.series[source], edges)
        default: return extremes(plan, state.series[source], edges)
        }
    }

    /// Each bucket that leaves within the range gives one more value of the sum.
    private func summed(
        _ plan: FeaturePlan, _ series: borrowing SeriesState, _ edges: ClosedRange<Int>
    ) -> RangeCell {
        var (low, high) = (Double.infinity, -Double.infinity)
        var mayBeNull = false
        for index in edges {
            let (values, sum) = series.sum(from: index)
            var value = FixedPoint.double(sum)
            if plan.operation == .average {
                guard values > 0 else {
                    mayBeNull = true
                    continue
                }
                value /= Double(values)
            }
            (low, high) = (min(low, value), max(high, value))
        }
        return low <= high ? .number(low, high, mayBeNull: mayBeNull) : .null
    }

    /// As buckets leave, the minimum rises and the maximum falls, until there is neither.
    private func extremes(
        _ plan: FeaturePlan, _ series: borrowing SeriesState, _ edges: ClosedRange<Int>
    ) -> RangeCell {
        guard let first = series.extremes(from: edges.lowerBound) else { return .null }
        let last = series.extremes(from: edges.upperBound)
        func number(_ micros: Int64) -> Double { FixedPoint.double(Int128(micros)) }
        return plan.operation == .minimum
            ? .number(number(first.minimum), number(last?.minimum ?? first.maximum), mayBeNull: last == nil)
            : .number(number(last?.maximum ?? first.minimum), number(first.maximum), mayBeNull: last == nil)
    }

    // MARK: Ages

    /// What ages count: ticks, or local days where a tick is an hour.
    private static let tickClock: UInt8 = 1
    private static let dayClock: UInt8 = 2

    private func aged(
        _ plan: FeaturePlan, _ state: borrowing CustomerState, _ ticks: ClosedRange<Tick>
    ) -> RangeCell {
        let source = Int(plan.source)
        if plan.operation == .decayed {
            let halfLife = layout.kept[source].halfLifeTicks
            let first = state.series[source].decayed(at: ticks.lowerBound, halfLifeTicks: halfLife)
            let last = state.series[source].decayed(at: ticks.upperBound, halfLifeTicks: halfLife)
            return .number(min(first, last), max(first, last))
        }
        guard let event = eventTick(plan, state, ticks.lowerBound) else { return .null }
        let last = eventTick(plan, state, ticks.upperBound)
        if last == event {
            return .number(
                from: Double(elapsed(from: event, to: ticks.lowerBound, inDays: plan.inDays)),
                to: Double(elapsed(from: event, to: ticks.upperBound, inDays: plan.inDays)),
                course: RangeCell.Course(clock: plan.inDays ? Self.dayClock : Self.tickClock, slope: 1))
        }
        let newest =
            last ?? (plan.operation == .sinceFirst ? state.series[source].buckets.last?.tick ?? event : event)
        return .number(
            Double(elapsed(from: newest, to: ticks.lowerBound, inDays: plan.inDays)),
            Double(elapsed(from: event, to: ticks.upperBound, inDays: plan.inDays)), mayBeNull: last == nil)
    }

    private func dated(
        _ plan: FeaturePlan, _ state: borrowing CustomerState, _ ticks: ClosedRange<Tick>
    ) -> RangeCell {
        let first = dated(plan, state, ticks.lowerBound)
        guard !first.isNull else { return .null }
        let last = dated(plan, state, ticks.upperBound).number
        guard plan.operation == .sinceAttribute else { return .number(first.number, last) }
        let clock = axis.grain == .hour ? Self.dayClock : Self.tickClock
        return .number(from: first.number, to: last, course: RangeCell.Course(clock: clock, slope: 1))
    }

    // MARK: Values

    private func valued(
        _ plan: FeaturePlan, _ state: borrowing CustomerState, _ ticks: ClosedRange<Tick>, _ row: inout RangeRow
    ) -> RangeCell {
        let source = Int(plan.source)
        if plan.operation == .distinct {
            guard !plan.isLifetime else {
                return .number(Double(state.series[source].values.count), Double(state.series[source].values.count))
            }
            let least = state.series[source].distinct(after: ticks.upperBound - plan.windowTicks)
            let most = state.series[source].distinct(after: ticks.lowerBound - plan.windowTicks)
            return .number(Double(least), Double(most))
        }
        if plan.operation == .first, !plan.isLifetime { return firstValue(plan, state, ticks, &row) }
        guard let single = state.series[source].single else { return .null }
        let isInAtFirst = plan.isLifetime || single.tick > ticks.lowerBound - plan.windowTicks
        let isInAtLast = plan.isLifetime || single.tick > ticks.upperBound - plan.windowTicks
        guard isInAtFirst else { return .null }
        let cell = row.adopt(single.cell, from: state.text.span)
        return isInAtLast ? cell : cell.orNull
    }

    private func firstValue(
        _ plan: FeaturePlan, _ state: borrowing CustomerState, _ ticks: ClosedRange<Tick>, _ row: inout RangeRow
    ) -> RangeCell {
        let source = Int(plan.source)
        let count = state.series[source].values.count
        let first = state.series[source].firstValue(after: ticks.lowerBound - plan.windowTicks)
        let last = state.series[source].firstValue(after: ticks.upperBound - plan.windowTicks)
        guard first < count else { return .null }
        var result = row.adopt(state.series[source].values[first].cell, from: state.text.span)
        var index = first + 1
        while index <= last, index < count {
            result = result.joined(row.adopt(state.series[source].values[index].cell, from: state.text.span))
            index += 1
        }
        return last < count ? result : result.orNull
    }

    // MARK: Scores

    private func banded(_ plan: FeaturePlan, _ input: RangeCell) -> RangeCell {
        guard input.mayBeValue else { return .null }
        let (first, last) = (band(plan, of: input.low), band(plan, of: input.high))
        return .number(min(first, last), max(first, last), mayBeNull: input.mayBeNull)
    }

    /// The same operations in the same order as for a point, on the bounds: rounding is monotone.
    private func weighted(_ plan: FeaturePlan, _ row: borrowing RangeRow) -> RangeCell {
        var (low, high) = (0.0, 0.0)
        var mayBeNull = false
        for index in Int(plan.listStart)..<Int(plan.listStart + plan.listCount) {
            let part = layout.weights[index]
            let cell = row.cells[Int(part.feature)]
            guard cell.mayBeValue else { return .null }
            if cell.mayBeNull { mayBeNull = true }
            guard part.weight != 0 else { continue }
            low += part.weight * (part.weight > 0 ? cell.low : cell.high)
            high += part.weight * (part.weight > 0 ? cell.high : cell.low)
        }
        if !(low.isFinite && high.isFinite) {
            return .number(low.isNaN ? -.infinity : low, high.isNaN ? .infinity : high, mayBeNull: true)
        }
        return .number(low, high, mayBeNull: mayBeNull)
    }
}
