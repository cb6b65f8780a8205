import DriftModel

/// How far a search for the next change got.
struct SearchResult {
    var next: NextChange?
    /// Without a next change: there is none up to and including this tick.
    var reached: Tick
}

extension Engine {
    /// Evaluations after which an open-ended search stops and goes on when its tick has come. More than two for each
    /// day of 120 years: with days, every search comes to its end, even of rules that ranges cannot decide (a
    /// remainder of an age) and that are asked tick by tick. With hours that reaches five years at least.
    static let evaluationsMax = 100_000

    /// The first tick in (after, through] at which a segmentation's segment would differ if no event came.
    ///
    /// A range of ticks over which the rules are decided is skipped whole, otherwise halved; ranges double after
    /// each success. Single ticks are evaluated exactly.
    /// - Parameter isRowCurrent: The scratch's row is the state at `after`, and the segment what it says.
    /// - Complexity: O(log(distance)) evaluations while ranges decide.
    func search(
        _ index: Int, _ state: borrowing CustomerState, after: Tick, through: Tick, isBounded: Bool,
        isRowCurrent: Bool, _ scratch: inout EngineScratch
    ) -> SearchResult {
        guard rules[index].dependsOnTime, after < through else { return SearchResult(next: nil, reached: through) }
        let current = state.placements[index].segment
        let head = tables.heads.span[index]
        if head.isSearchable {
            let next = search(
                head, current: current, state, after: after, through: through, scratch.row,
                isRowCurrent: isRowCurrent, &scratch.table)
            return SearchResult(next: next, reached: through)
        }
        var low = Int(after) + 1
        var width = isBounded ? Int(through) - Int(after) : 8
        var evaluations = 0
        while low <= Int(through) {
            let high = min(Int(through), low + width - 1)
            evaluations += 1
            if low == high {
                let target = target(index, current: current, state, at: Tick(low), &scratch)
                if target != current {
                    return SearchResult(next: NextChange(tick: Tick(low), segment: target), reached: Tick(low))
                }
                (low, width) = (low + 1, 2)
            } else {
                switch verdict(index, current: current, state, Tick(low)...Tick(high), &scratch) {
                case .same: (low, width) = (high + 1, width * 2)
                case .different: width = 1
                case .undecided: width = max(1, (high - low + 1) / 2)
                }
            }
            if !isBounded, evaluations >= Self.evaluationsMax { break }
        }
        return SearchResult(next: nil, reached: Tick(low - 1))
    }

    /// Where a segmentation would put the customer at a tick.
    private func target(
        _ index: Int, current: Int32?, _ state: borrowing CustomerState, at tick: Tick, _ scratch: inout EngineScratch
    ) -> Int32? {
        fill(&scratch.searchRow, rules[index].features, of: state, at: tick, &scratch.evaluator)
        let isCustomer = tables.heads[index].isTable || isCustomer(scratch.searchRow, &scratch.evaluator)
        return place(index, current: current, scratch.searchRow, isCustomer: isCustomer, &scratch.evaluator)
    }

    // MARK: Ranges

    enum Verdict {
        /// The current segment throughout; another one throughout; neither is certain.
        case same, different, undecided
    }

    /// Which segments are possible within a range.
    private struct Possible {
        var current = false
        var other = false

        var verdict: Verdict { current == other ? .undecided : current ? .same : .different }
    }

    private func verdict(
        _ index: Int, current: Int32?, _ state: borrowing CustomerState, _ ticks: ClosedRange<Tick>,
        _ scratch: inout EngineScratch
    ) -> Verdict {
        fill(
            &scratch.ranges, rules[index].features, of: state, over: ticks, &scratch.rangeEvaluator, scratch.evaluator)
        var possible = Possible()
        if let population = model.population {
            let truth = evaluate(population.program, scratch.ranges, &scratch.rangeEvaluator)
            if !truth.isCertainlyTrue {
                if current == nil { possible.current = true } else { possible.other = true }
            }
            guard truth.mayBeTrue else { return possible.verdict }
        }
        if current == nil {
            possible.other = true
        } else if model.segmentations[index].nearest != nil {
            addNearest(index, current: current, scratch.ranges, &possible)
        } else {
            addRules(index, current: current, scratch.ranges, &scratch.rangeEvaluator, &possible)
        }
        return possible.verdict
    }

    private func addRules(
        _ index: Int, current: Int32?, _ ranges: borrowing RangeRow, _ evaluator: inout RangeEvaluator,
        _ possible: inout Possible
    ) {
        for position in model.segmentations[index].segments.indices {
            let isCurrent = current == Int32(position)
            var (mayHold, holds) = (true, true)
            if let when = model.segmentations[index].segments[position].when {
                let truth = evaluate(when.program, ranges, &evaluator)
                (mayHold, holds) = (truth.mayBeTrue, truth.isCertainlyTrue)
                if isCurrent, !holds, let stay = model.segmentations[index].segments[position].stay {
                    let truth = evaluate(stay.program, ranges, &evaluator)
                    (mayHold, holds) = (mayHold || truth.mayBeTrue, truth.isCertainlyTrue)
                }
            }
            if mayHold {
                if isCurrent { possible.current = true } else { possible.other = true }
            }
            if holds || (possible.current && possible.other) { return }
        }
    }

    private func evaluate(
        _ program: Program, _ ranges: borrowing RangeRow, _ evaluator: inout RangeEvaluator
    ) -> RangeCell {
        evaluator.evaluate(program, inputs: ranges.cells.span, bytes: ranges.text.span)
    }

    /// The centroids that may be the nearest: those whose least distance is no more than the least greatest one.
    private func addNearest(
        _ index: Int, current: Int32?, _ ranges: borrowing RangeRow, _ possible: inout Possible
    ) {
        guard let nearest = model.segmentations[index].nearest else { return }
        var bounds: [(low: Double, high: Double)] = []
        for centroid in nearest.centroids {
            var total = (low: 0.0, high: 0.0)
            for (axis, input) in nearest.inputs.enumerated() {
                let part = squaredDistance(ranges.cells[input.feature], input, centroid[axis])
                total = (total.low + part.low, total.high + part.high)
            }
            bounds.append(total)
        }
        let least = bounds.map(\.high).min() ?? 0
        for (position, bound) in bounds.enumerated() where bound.low <= least || !least.isFinite {
            if current == Int32(position) { possible.current = true } else { possible.other = true }
        }
    }

    private func squaredDistance(
        _ cell: RangeCell, _ input: Segmentation.Nearest.Input, _ center: Double
    ) -> (low: Double, high: Double) {
        var (low, high) = cell.mayBeValue ? (cell.low, cell.high) : (input.mean, input.mean)
        if cell.mayBeNull { (low, high) = (min(low, input.mean), max(high, input.mean)) }
        let (a, b) = ((low - center) / input.scale, (high - center) / input.scale)
        let greatest = max(a * a, b * b)
        return (low <= center && center <= high ? 0 : min(a * a, b * b), greatest)
    }
}
