import DriftModel

/// Memory of the search along a decision table: where each axis stands.
struct TableScratch {
    struct Position {
        var place = 0
        /// When the place may change next.
        var change = 0
    }

    var positions: [Position] = []

    mutating func prepare(count: Int) {
        if positions.count != count { positions = Array(repeating: Position(), count: count) }
    }
}

extension Engine {
    /// As ``search``, where a table decides and every axis moves in a way that tells when its place changes next:
    /// only ticks at which some place may change are looked at.
    ///
    /// Each axis is asked only as far as the earliest change found so far; one that has none until then is asked
    /// again from there. So the cheap axes come first, and the dear ones seldom look far.
    /// - Parameters:
    ///   - row: What the features are at `after`, if `isRowCurrent`: it saves a first evaluation.
    func search(
        _ table: DecisionTable, current: Int32?, _ state: borrowing CustomerState, after: Tick,
        through: Tick, _ row: borrowing Row, isRowCurrent: Bool, _ scratch: inout TableScratch
    ) -> NextChange? {
        var tick = isRowCurrent ? after : after + 1
        var entry = 0
        let end = Int(through)
        let count = table.axes.count
        scratch.prepare(count: count)
        var positions = scratch.positions.mutableSpan
        for index in 0..<count {
            let axis = table.axes[index]
            let place =
                isRowCurrent
                ? table.place(row.cells[Int(axis.feature)], axis) : place(table, axis, state, tick)
            entry += place * axis.stride
            positions[index] = TableScratch.Position(place: place, change: Int(tick))
        }
        while true {
            let target = table.segment(entry, current: current)
            if target != current { return NextChange(tick: tick, segment: target) }
            var earliest = end + 1
            for index in 0..<count where positions[index].change > Int(tick) {
                earliest = min(earliest, positions[index].change)
            }
            for index in table.cheapestFirst where positions[index].change <= Int(tick) {
                positions[index].change = change(
                    table, table.axes[index], from: positions[index].place, state, after: tick, earliest - 1)
                earliest = min(earliest, positions[index].change)
            }
            guard earliest <= end else { return nil }
            tick = Tick(earliest)
            for index in 0..<count where positions[index].change == earliest {
                let axis = table.axes[index]
                let place = place(table, axis, state, tick)
                entry += (place - positions[index].place) * axis.stride
                positions[index].place = place
            }
        }
    }

    private func place(
        _ table: DecisionTable, _ axis: DecisionTable.Axis, _ state: borrowing CustomerState, _ tick: Tick
    ) -> Int {
        table.place(number(Int(axis.feature), state, tick), axis)
    }

    /// A number feature's value at a tick, without a row: for the kinds whose motion is known.
    private func number(_ feature: Int, _ state: borrowing CustomerState, _ tick: Tick) -> Cell {
        let plan = layout.plans[feature]
        switch plan.operation {
        case .count, .sum, .average, .minimum, .maximum, .activeDays, .sinceFirst, .sinceLast, .decayed:
            return tallied(plan, state, tick)
        case .distinct:
            let series = Int(plan.source)
            let number =
                plan.isLifetime
                ? state.series[series].values.count : state.series[series].distinct(after: tick - plan.windowTicks)
            return .number(Double(number))
        case .first, .last:
            guard let single = state.series[Int(plan.source)].single,
                plan.isLifetime || single.tick > tick - plan.windowTicks
            else { return .null }
            return single.cell
        case .attribute: return state.attributes[Int(plan.source)].cell
        case .sinceAttribute, .yearsSince: return dated(plan, state, tick)
        case .bands: return banded(plan, number(Int(plan.source), state, tick))
        case .expression, .weights, .null: return .null
        }
    }

    /// The first tick after one, up to an end, at which an axis is in another place. Beyond the end: one before
    /// which it stays where it is.
    private func change(
        _ table: DecisionTable, _ axis: DecisionTable.Axis, from place: Int, _ state: borrowing CustomerState,
        after tick: Tick, _ end: Int
    ) -> Int {
        switch motions[Int(axis.feature)] {
        case .still, .other: return Int.max
        case .monotone: return monotoneChange(table, axis, from: place, state, after: tick, end)
        case .atExpiries: return expiryChange(table, axis, from: place, state, after: tick, end)
        }
    }

    /// How dear it is to find an axis' next change, least first.
    func searchCost(_ feature: Int32) -> Int {
        switch base(Int(feature)).operation {
        case .attribute, .null: 0
        case .sinceFirst, .sinceLast: 1
        case .sinceAttribute, .yearsSince, .decayed, .last: 2
        case .sum, .average: 4
        default: 3
        }
    }

    /// The plan that makes a feature move: itself, or what bands are over.
    private func base(_ feature: Int) -> FeaturePlan {
        var plan = layout.plans[feature]
        while plan.operation == .bands { plan = layout.plans[Int(plan.source)] }
        return plan
    }

    /// A value that moves in one direction leaves its place once and for all: doubling steps, then halving.
    private func monotoneChange(
        _ table: DecisionTable, _ axis: DecisionTable.Axis, from place: Int, _ state: borrowing CustomerState,
        after tick: Tick, _ end: Int
    ) -> Int {
        let feature = Int(axis.feature)
        let plan = base(feature)
        switch plan.operation {
        case .sinceFirst, .sinceLast:
            guard let event = eventTick(plan, state, tick) else { return Int.max }
            if layout.plans[feature].operation != .bands, !plan.inDays {
                return ageChange(table.threshold(place, axis), event, plan)
            }
        case .count, .activeDays, .minimum, .maximum:
            return leavingChange(table, axis, from: place, state, after: tick, end)
        case .sinceAttribute, .yearsSince:
            guard state.attributes[Int(plan.source)].cell.tag == .date else { return Int.max }
        default: break
        }
        var same = Int(tick)
        var step = 1
        var other = same + 1
        while other <= end, self.place(table, axis, state, Tick(other)) == place {
            same = other
            if other == end { return end + 1 }
            step *= 2
            other = min(end, other + step)
        }
        guard other <= end else { return end + 1 }
        while other - same > 1 {
            let middle = (same + other) / 2
            if self.place(table, axis, state, Tick(middle)) == place { same = middle } else { other = middle }
        }
        return other
    }

    /// An age in ticks grows by one a tick: when it reaches the next threshold, or leaves its window.
    private func ageChange(_ threshold: Double?, _ event: Tick, _ plan: FeaturePlan) -> Int {
        var change = Int.max
        if let threshold, threshold < 1e9 { change = Int(event) + Int(threshold.rounded(.up)) }
        return plan.isLifetime ? change : min(change, Int(event) + Int(plan.windowTicks))
    }

    /// What moves in one direction as buckets leave the window: the first whose leaving changes the place.
    private func leavingChange(
        _ table: DecisionTable, _ axis: DecisionTable.Axis, from place: Int, _ state: borrowing CustomerState,
        after tick: Tick, _ end: Int
    ) -> Int {
        let plan = base(Int(axis.feature))
        let series = Int(plan.source)
        func expiry(_ index: Int) -> Int {
            guard index < state.series[series].buckets.count else { return Int.max }
            return Int(state.series[series].buckets[index].tick) + Int(plan.windowTicks)
        }
        func isSame(_ index: Int) -> Bool {
            let value = tallied(plan, state, from: index)
            return table.place(banded(value, down: Int(axis.feature)), axis) == place
        }
        var same = state.series[series].firstBucket(after: tick - plan.windowTicks)
        guard expiry(same) <= end else { return expiry(same) }
        var other = state.series[series].firstBucket(after: Tick(clamping: end - Int(plan.windowTicks)))
        guard !isSame(other) else { return expiry(other) }
        while other - same > 1 {
            let middle = (same + other) / 2
            if isSame(middle) { same = middle } else { other = middle }
        }
        return expiry(other - 1)
    }

    /// A sum or average changes only when a bucket leaves the window.
    private func expiryChange(
        _ table: DecisionTable, _ axis: DecisionTable.Axis, from place: Int, _ state: borrowing CustomerState,
        after tick: Tick, _ end: Int
    ) -> Int {
        let feature = Int(axis.feature)
        let plan = base(feature)
        let series = Int(plan.source)
        var index = state.series[series].firstBucket(after: tick - plan.windowTicks)
        while index < state.series[series].buckets.count {
            let expiry = Int(state.series[series].buckets[index].tick) + Int(plan.windowTicks)
            guard expiry <= end else { return expiry }
            let value = tallied(plan, state, from: index + 1)
            if table.place(banded(value, down: feature), axis) != place { return expiry }
            index += 1
        }
        return Int.max
    }

    /// A base value through the bands between it and a feature.
    private func banded(_ value: Cell, down feature: Int) -> Cell {
        let plan = layout.plans[feature]
        guard plan.operation == .bands else { return value }
        return banded(plan, banded(value, down: Int(plan.source)))
    }
}
