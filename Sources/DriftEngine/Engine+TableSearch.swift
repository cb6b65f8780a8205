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
    /// Only axes that can change the segment where the others stand are watched. Each is asked only as far as the
    /// earliest change found so far; one that has none until then is asked again from there. So the cheap axes come
    /// first, and the dear ones seldom look far.
    /// - Parameters:
    ///   - row: What the features are at `after`, if `isRowCurrent`: it saves a first evaluation.
    func search(
        _ head: DecisionTables.Head, current: Int32?, _ state: borrowing CustomerState, after: Tick,
        through: Tick, _ row: borrowing Row, isRowCurrent: Bool, _ scratch: inout TableScratch
    ) -> NextChange? {
        var tick = isRowCurrent ? after : after + 1
        let end = Int(through)
        let axes = tables.axes.span.extracting(head.axes)
        let cheapestFirst = tables.cheapestFirst.span.extracting(head.axes)
        let firstEntry = tables.firstEntry(head, current: current)
        scratch.prepare(count: axes.count)
        var positions = scratch.positions.mutableSpan
        var entry = firstEntry
        let cells = row.cells.span
        for index in axes.indices {
            let axis = axes[index]
            let place = isRowCurrent ? tables.place(cells[Int(axis.feature)], axis) : place(axis, state, tick)
            entry &+= place &* Int(axis.stride)
            positions[index] = TableScratch.Position(place: place, change: Int(tick))
        }
        while true {
            let target = tables.segment(entry)
            if target != current { return NextChange(tick: tick, segment: target) }
            let watched = tables.watched.span[entry]
            var earliest = end + 1
            for index in axes.indices where watched & 1 << UInt16(index) != 0 && positions[index].change > Int(tick) {
                earliest = min(earliest, positions[index].change)
            }
            for position in cheapestFirst.indices {
                let index = Int(cheapestFirst[position])
                guard watched & 1 << UInt16(index) != 0, positions[index].change <= Int(tick) else { continue }
                positions[index].change = change(
                    axes[index], from: positions[index].place, state, after: tick, earliest - 1)
                earliest = min(earliest, positions[index].change)
            }
            guard earliest <= end else { return nil }
            tick = Tick(earliest)
            // Those not watched may have gone anywhere since they were looked at.
            for index in axes.indices where positions[index].change <= earliest {
                let axis = axes[index]
                let place = place(axis, state, tick)
                entry &+= (place &- positions[index].place) &* Int(axis.stride)
                positions[index] = TableScratch.Position(place: place, change: earliest)
            }
        }
    }

    private func place(_ axis: DecisionTables.Axis, _ state: borrowing CustomerState, _ tick: Tick) -> Int {
        tables.place(number(axis.feature, state, tick), axis)
    }

    /// A number feature's value at a tick, without a row: for the kinds whose motion is known.
    private func number(_ feature: Int32, _ state: borrowing CustomerState, _ tick: Tick) -> Cell {
        let plan = layout.plans.span[Int(feature)]
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
        case .bands: return banded(plan, number(plan.source, state, tick))
        case .expression, .weights, .null: return .null
        }
    }

    /// The first tick after one, up to an end, at which an axis is in another place. Beyond the end: one before
    /// which it stays where it is.
    private func change(
        _ axis: DecisionTables.Axis, from place: Int, _ state: borrowing CustomerState, after tick: Tick, _ end: Int
    ) -> Int {
        switch axis.motion {
        case .still, .other: Int.max
        case .monotone: monotoneChange(axis, from: place, state, after: tick, end)
        case .atExpiries: expiryChange(axis, from: place, state, after: tick, end)
        }
    }

    /// How dear it is to find an axis' next change, least first.
    func searchCost(_ feature: Int32) -> Int {
        switch layout.plans[Int(base(feature))].operation {
        case .attribute, .null: 0
        case .sinceFirst, .sinceLast: 1
        case .sinceAttribute, .yearsSince, .decayed, .last: 2
        case .sum, .average: 4
        default: 3
        }
    }

    /// The feature that makes a feature move: itself, or what bands are over.
    func base(_ feature: Int32) -> Int32 {
        var feature = feature
        while layout.plans[Int(feature)].operation == .bands { feature = layout.plans[Int(feature)].source }
        return feature
    }

    /// A value that moves in one direction leaves its place once and for all: doubling steps, then halving.
    private func monotoneChange(
        _ axis: DecisionTables.Axis, from place: Int, _ state: borrowing CustomerState, after tick: Tick, _ end: Int
    ) -> Int {
        let plan = layout.plans.span[Int(axis.base)]
        switch plan.operation {
        case .sinceFirst, .sinceLast:
            guard let event = eventTick(plan, state, tick) else { return Int.max }
            if axis.base == axis.feature, !plan.inDays {
                return ageChange(tables.threshold(place, axis), event, plan)
            }
        case .count, .activeDays, .minimum, .maximum: return leavingChange(axis, from: place, state, after: tick, end)
        case .sinceAttribute, .yearsSince:
            guard state.attributes[Int(plan.source)].cell.tag == .date else { return Int.max }
        default: break
        }
        var same = Int(tick)
        var step = 1
        var other = same + 1
        while other <= end, self.place(axis, state, Tick(other)) == place {
            same = other
            if other == end { return end + 1 }
            step *= 2
            other = min(end, other + step)
        }
        guard other <= end else { return end + 1 }
        while other - same > 1 {
            let middle = (same + other) / 2
            if self.place(axis, state, Tick(middle)) == place { same = middle } else { other = middle }
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
        _ axis: DecisionTables.Axis, from place: Int, _ state: borrowing CustomerState, after tick: Tick, _ end: Int
    ) -> Int {
        let plan = layout.plans.span[Int(axis.base)]
        let series = Int(plan.source)
        let window = plan.windowTicks
        var same = state.series[series].firstBucket(after: tick - window)
        let first = state.series[series].expiry(same, windowTicks: window)
        guard first <= end else { return first }
        var other = state.series[series].firstBucket(after: Tick(clamping: end - Int(window)))
        guard !isSame(place, axis, plan, state, from: other) else {
            return state.series[series].expiry(other, windowTicks: window)
        }
        while other - same > 1 {
            let middle = (same + other) / 2
            if isSame(place, axis, plan, state, from: middle) { same = middle } else { other = middle }
        }
        return state.series[series].expiry(other - 1, windowTicks: window)
    }

    /// Whether an axis is still in a place with the buckets from an index on.
    private func isSame(
        _ place: Int, _ axis: DecisionTables.Axis, _ plan: FeaturePlan, _ state: borrowing CustomerState,
        from index: Int
    ) -> Bool {
        var value = tallied(plan, state, from: index)
        if axis.base != axis.feature { value = banded(value, down: axis.feature) }
        return tables.place(value, axis) == place
    }

    /// A sum or average changes only when a bucket leaves the window.
    private func expiryChange(
        _ axis: DecisionTables.Axis, from place: Int, _ state: borrowing CustomerState, after tick: Tick, _ end: Int
    ) -> Int {
        let plan = layout.plans.span[Int(axis.base)]
        let series = Int(plan.source)
        var index = state.series[series].firstBucket(after: tick - plan.windowTicks)
        while true {
            let expiry = state.series[series].expiry(index, windowTicks: plan.windowTicks)
            guard expiry <= end else { return expiry }
            index += 1
            if !isSame(place, axis, plan, state, from: index) { return expiry }
        }
    }

    /// A base value through the bands between it and a feature.
    private func banded(_ value: Cell, down feature: Int32) -> Cell {
        let plan = layout.plans.span[Int(feature)]
        guard plan.operation == .bands else { return value }
        return banded(plan, banded(value, down: plan.source))
    }
}
