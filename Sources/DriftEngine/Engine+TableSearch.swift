import DriftModel

/// Memory of the search along a decision table.
struct TableScratch {
    var places: [Int] = []
    /// When each axis' place changes next.
    var changes: [Int] = []
}

extension Engine {
    /// As ``search``, where a table decides and every axis moves in a way that tells when its place changes next:
    /// only ticks at which some place changes are looked at.
    func search(
        _ table: DecisionTable, current: Int32?, _ state: borrowing CustomerState, after: Tick,
        through: Tick, _ scratch: inout TableScratch
    ) -> NextChange? {
        var tick = after + 1
        var entry = 0
        let end = Int(through)
        scratch.places.removeAll(keepingCapacity: true)
        scratch.changes.removeAll(keepingCapacity: true)
        for index in table.axes.indices {
            let place = place(table, index, state, tick)
            entry += place * table.axes[index].stride
            scratch.places.append(place)
            scratch.changes.append(Int(tick))
        }
        while true {
            let target = table.segment(entry, current: current)
            if target != current { return NextChange(tick: tick, segment: target) }
            var earliest = end + 1
            for index in table.axes.indices {
                if scratch.changes[index] <= Int(tick) {
                    scratch.changes[index] = change(table, index, from: scratch.places[index], state, after: tick, end)
                }
                earliest = min(earliest, scratch.changes[index])
            }
            guard earliest <= end else { return nil }
            tick = Tick(earliest)
            for index in table.axes.indices where scratch.changes[index] == earliest {
                let place = place(table, index, state, tick)
                entry += (place - scratch.places[index]) * table.axes[index].stride
                scratch.places[index] = place
            }
        }
    }

    private func place(
        _ table: DecisionTable, _ axis: Int, _ state: borrowing CustomerState, _ tick: Tick
    ) -> Int {
        table.place(number(Int(table.axes[axis].feature), state, tick), table.axes[axis])
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

    /// The first tick after one, up to an end, at which an axis is in another place; end + 1: none.
    private func change(
        _ table: DecisionTable, _ axis: Int, from place: Int, _ state: borrowing CustomerState,
        after tick: Tick, _ end: Int
    ) -> Int {
        switch motions[Int(table.axes[axis].feature)] {
        case .still, .other: return end + 1
        case .monotone: return monotoneChange(table, axis, from: place, state, after: tick, end)
        case .atExpiries: return expiryChange(table, axis, from: place, state, after: tick, end)
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
        _ table: DecisionTable, _ axis: Int, from place: Int, _ state: borrowing CustomerState,
        after tick: Tick, _ end: Int
    ) -> Int {
        let feature = Int(table.axes[axis].feature)
        let plan = base(feature)
        var last = end
        switch plan.operation {
        case .sinceFirst, .sinceLast:
            guard let event = eventTick(plan, state, tick) else { return end + 1 }
            if layout.plans[feature].operation != .bands, !plan.inDays {
                return ageChange(table.limit(place, table.axes[axis]), place, event, plan, end)
            }
        case .count, .activeDays, .minimum, .maximum:
            // Once the window is empty nothing moves.
            guard let newest = state.series[Int(plan.source)].buckets.last?.tick else { return end + 1 }
            last = min(end, Int(newest) + Int(plan.windowTicks))
        case .sinceAttribute, .yearsSince:
            guard state.attributes[Int(plan.source)].cell.tag == .date else { return end + 1 }
        default: break
        }
        var same = Int(tick)
        var step = 1
        var other = same + 1
        while other <= last, self.place(table, axis, state, Tick(other)) == place {
            same = other
            if other == last { return end + 1 }
            step *= 2
            other = min(last, other + step)
        }
        guard other <= last else { return end + 1 }
        while other - same > 1 {
            let middle = (same + other) / 2
            if self.place(table, axis, state, Tick(middle)) == place { same = middle } else { other = middle }
        }
        return other
    }

    /// An age in ticks grows by one a tick: when it reaches the next limit, passes one it is at, or leaves its window.
    private func ageChange(
        _ limit: Double?, _ place: Int, _ event: Tick, _ plan: FeaturePlan, _ end: Int
    ) -> Int {
        var change = Int.max
        if let limit, limit < 1e9 {
            change = Int(event) + (place % 2 == 0 ? Int(limit) + 1 : Int(limit.rounded(.up)))
        }
        if !plan.isLifetime { change = min(change, Int(event) + Int(plan.windowTicks)) }
        return min(change, end + 1)
    }

    /// A sum or average changes only when a bucket leaves the window.
    private func expiryChange(
        _ table: DecisionTable, _ axis: Int, from place: Int, _ state: borrowing CustomerState,
        after tick: Tick, _ end: Int
    ) -> Int {
        let feature = Int(table.axes[axis].feature)
        let plan = base(feature)
        let series = Int(plan.source)
        var index = state.series[series].firstBucket(after: tick - plan.windowTicks)
        while index < state.series[series].buckets.count {
            let expiry = Int(state.series[series].buckets[index].tick) + Int(plan.windowTicks)
            guard expiry <= end else { return end + 1 }
            let (values, sum) = state.series[series].sum(from: index + 1)
            let value: Cell =
                plan.operation == .sum
                ? .number(FixedPoint.double(sum))
                : values == 0 ? .null : .number(FixedPoint.double(sum) / Double(values))
            if table.place(banded(value, down: feature), table.axes[axis]) != place { return expiry }
            index += 1
        }
        return end + 1
    }

    /// A base value through the bands between it and a feature.
    private func banded(_ value: Cell, down feature: Int) -> Cell {
        let plan = layout.plans[feature]
        guard plan.operation == .bands else { return value }
        return banded(plan, banded(value, down: Int(plan.source)))
    }
}
