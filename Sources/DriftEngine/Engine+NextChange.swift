import DriftModel

/// Memory of the range search.
struct RangeScratch {
    var row = Row()
}

extension Engine {
    /// The first tick in (after, through] at which a segmentation's segment would differ if no event came.
    func search(
        _ index: Int, _ state: borrowing CustomerState, after: Tick, through: Tick, _ scratch: inout EngineScratch
    ) -> NextChange? {
        guard rules[index].dependsOnTime, after < through else { return nil }
        let current = state.placements[index].segment
        var tick = after
        while tick < through {
            tick += 1
            fill(&scratch.ranges.row, rules[index].features, of: state, at: tick, &scratch.evaluator)
            let target =
                isCustomer(scratch.ranges.row, &scratch.evaluator)
                ? segment(index, current: current, scratch.ranges.row, &scratch.evaluator) : nil
            if target != current { return NextChange(tick: tick, segment: target) }
        }
        return nil
    }
}
