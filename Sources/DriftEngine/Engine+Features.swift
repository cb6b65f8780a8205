public import DriftModel

extension Engine {
    /// Every feature's value at a tick; index as in ``Model/features``.
    /// - Parameter tick: Not before the customer's latest event; earlier ones are moved there.
    public func features(of state: CustomerState, at tick: Tick) -> [Value] {
        var row = Row()
        var evaluator = Evaluator()
        fill(&row, allFeatures, of: state, at: max(tick, state.front), &evaluator)
        return row.cells.map { row.value($0) }
    }

    /// Evaluates features, listed in an order of dependence, into a row.
    func fill(
        _ row: inout Row, _ features: [Int32], of state: borrowing CustomerState, at tick: Tick,
        _ evaluator: inout Evaluator
    ) {
        row.prepare(count: layout.plans.count)
        extend(&row, features, of: state, at: tick, &evaluator)
    }

    /// As ``fill``, keeping what the row already holds.
    func extend(
        _ row: inout Row, _ features: [Int32], of state: borrowing CustomerState, at tick: Tick,
        _ evaluator: inout Evaluator
    ) {
        // Taken out while it is filled: one check of ownership instead of one a feature.
        var cells: [Cell] = []
        swap(&cells, &row.cells)
        var values = cells.mutableSpan
        let (features, plans) = (features.span, layout.plans.span)
        for position in features.indices {
            let feature = Int(features[position])
            let plan = plans[feature]
            let source = Int(plan.source)
            values[feature] =
                switch plan.operation {
                case .count, .sum, .average, .minimum, .maximum, .activeDays, .sinceFirst, .sinceLast, .decayed:
                    tallied(plan, state, tick)
                case .distinct, .first, .last: valued(plan, state, tick, &row)
                case .attribute: copied(state.attributes[source].cell, state, &row)
                case .sinceAttribute, .yearsSince: dated(plan, state, tick)
                case .expression: computed(layout.programs[source], values.span, &row.text, &evaluator)
                case .bands: banded(plan, values[source])
                case .weights: weighted(plan, values.span)
                case .null: .null
                }
        }
        swap(&cells, &row.cells)
    }

    func tallied(_ plan: FeaturePlan, _ state: borrowing CustomerState, _ tick: Tick) -> Cell {
        let source = Int(plan.source)
        switch plan.operation {
        case .sinceFirst, .sinceLast:
            guard let event = eventTick(plan, state, tick) else { return .null }
            return .number(Double(elapsed(from: event, to: tick, inDays: plan.inDays)))
        case .decayed:
            let halfLife = layout.kept.span[source].halfLifeTicks
            return .number(state.series[source].decayed(at: tick, halfLifeTicks: halfLife))
        default:
            guard plan.isLifetime else {
                return tallied(plan, state, from: state.series[source].firstBucket(after: tick - plan.windowTicks))
            }
            guard plan.operation == .activeDays else { return total(plan, state.series[source].total) }
            return tallied(plan, state, from: state.series[source].start)
        }
    }

    /// Of the buckets from an index on.
    @inline(__always)
    func tallied(_ plan: FeaturePlan, _ state: borrowing CustomerState, from index: Int) -> Cell {
        let source = Int(plan.source)
        switch plan.operation {
        case .count: return .number(Double(state.series[source].count(from: index)))
        case .activeDays: return .number(Double(state.series[source].activeDays(from: index, inDays: plan.inDays)))
        case .sum: return .number(FixedPoint.double(state.series[source].sum(from: index).sum))
        case .average:
            let (values, sum) = state.series[source].sum(from: index)
            return values == 0 ? .null : .number(FixedPoint.double(sum) / Double(values))
        default:
            guard let extremes = state.series[source].extremes(from: index) else { return .null }
            return .number(FixedPoint.double(Int128(plan.operation == .minimum ? extremes.minimum : extremes.maximum)))
        }
    }

    /// Over the whole life.
    private func total(_ plan: FeaturePlan, _ total: SeriesState.Total) -> Cell {
        switch plan.operation {
        case .count: return .number(Double(total.count))
        case .sum: return .number(FixedPoint.double(total.sum))
        case .average: return total.values == 0 ? .null : .number(FixedPoint.double(total.sum) / Double(total.values))
        default:
            guard total.values > 0 else { return .null }
            return .number(FixedPoint.double(Int128(plan.operation == .minimum ? total.minimum : total.maximum)))
        }
    }

    /// The tick of the first or last event that a `days_since` looks at.
    @inline(__always)
    func eventTick(_ plan: FeaturePlan, _ state: borrowing CustomerState, _ tick: Tick) -> Tick? {
        let source = Int(plan.source)
        if plan.operation == .sinceFirst, !plan.isLifetime {
            return state.series[source].tick(at: state.series[source].firstBucket(after: tick - plan.windowTicks))
        }
        let event = plan.operation == .sinceFirst ? state.series[source].firstTick : state.series[source].lastTick
        guard event != SeriesState.noTick, plan.isLifetime || event > tick - plan.windowTicks else { return nil }
        return event
    }

    /// Ticks, or days between the local dates of two ticks.
    @inline(__always)
    func elapsed(from earlier: Tick, to later: Tick, inDays: Bool) -> Int {
        inDays
            ? Int(axis.localDay(of: later)) - Int(axis.localDay(of: earlier)) : Int(later) - Int(earlier)
    }

    private func valued(
        _ plan: FeaturePlan, _ state: borrowing CustomerState, _ tick: Tick, _ row: inout Row
    ) -> Cell {
        let source = Int(plan.source)
        switch plan.operation {
        case .distinct:
            let number =
                plan.isLifetime
                ? state.series[source].values.count : state.series[source].distinct(after: tick - plan.windowTicks)
            return .number(Double(number))
        case .first where !plan.isLifetime:
            let index = state.series[source].firstValue(after: tick - plan.windowTicks)
            guard index < state.series[source].values.count else { return .null }
            return copied(state.series[source].values[index].cell, state, &row)
        default:
            guard let single = state.series[source].single,
                plan.isLifetime || single.tick > tick - plan.windowTicks
            else { return .null }
            return copied(single.cell, state, &row)
        }
    }

    /// A cell of the state with its text moved into the row.
    func copied(_ cell: Cell, _ state: borrowing CustomerState, _ row: inout Row) -> Cell {
        guard cell.tag == .text else { return cell }
        return row.adopt(state.text.span.extracting(cell.textRange))
    }

    func dated(_ plan: FeaturePlan, _ state: borrowing CustomerState, _ tick: Tick) -> Cell {
        let cell = state.attributes[Int(plan.source)].cell
        guard cell.tag == .date else { return .null }
        let today = axis.localDay(of: tick)
        return plan.operation == .yearsSince
            ? .number(Double(CivilDate.completedYears(from: cell.day, to: today)))
            : .number(Double(Int(today) - Int(cell.day)))
    }

    private func computed(
        _ program: Program, _ cells: Span<Cell>, _ text: inout [UInt8], _ evaluator: inout Evaluator
    ) -> Cell {
        evaluator.reset()
        let cell = evaluator.evaluate(program, inputs: cells, bytes: text.span)
        guard cell.tag == .text, cell.pool != .input else { return cell }
        var copy: [UInt8] = []
        evaluator.append(cell, of: program, bytes: text.span, to: &copy)
        let offset = text.count
        text += copy
        return .text(offset: offset, count: copy.count)
    }

    /// 1 + the number of cuts below a value, or the reverse.
    func band(_ plan: FeaturePlan, of value: Double) -> Double {
        var number = 1
        for index in Int(plan.listStart)..<Int(plan.listStart + plan.listCount) where layout.cuts[index] < value {
            number += 1
        }
        return Double(plan.descending ? Int(plan.listCount) + 2 - number : number)
    }

    func banded(_ plan: FeaturePlan, _ input: Cell) -> Cell {
        input.tag == .number ? .number(band(plan, of: input.number)) : .null
    }

    private func weighted(_ plan: FeaturePlan, _ cells: Span<Cell>) -> Cell {
        var sum = 0.0
        for index in Int(plan.listStart)..<Int(plan.listStart + plan.listCount) {
            let part = layout.weights[index]
            let cell = cells[Int(part.feature)]
            guard cell.tag == .number else { return .null }
            sum += part.weight * cell.number
        }
        return .number(sum)
    }
}

extension Row {
    func value(_ cell: Cell) -> Value {
        switch cell.tag {
        case .null: .null
        case .number: .number(cell.number)
        case .boolean: .boolean(cell.boolean)
        case .date: .date(cell.day)
        case .timestamp: .timestamp(cell.instant)
        case .text: .text(String(decoding: text[cell.textRange], as: UTF8.self))
        }
    }
}
