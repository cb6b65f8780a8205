public import DriftModel

extension Engine {
    /// Walks a customer to a tick: every move that time alone brings up to and including it, each on the tick on
    /// which it happens; then the next changes are up to date.
    /// - Complexity: O(moves) searches; nothing is stepped through.
    public func advance(
        _ state: inout CustomerState, customer: Int64, to tick: Tick, outcome: inout Outcome,
        scratch: inout EngineScratch
    ) {
        state.fit(self)
        guard state.isKnown else { return }
        let wasComplete =
            state.searchedThrough.map { $0 >= searchLimit(front: state.front, after: state.front) } ?? false
        while let wake = state.wakeTick, wake <= tick {
            if state.placements.contains(where: { $0.next?.tick == wake }) {
                moveByTime(&state, customer, at: wake, &outcome, &scratch)
                for index in state.placements.indices where state.placements[index].next == nil {
                    look(
                        index, &state, after: wake, through: state.searchedThrough ?? wake, isRowCurrent: true,
                        &scratch)
                }
            } else {
                lookFurther(&state, beyond: tick, &scratch)
            }
        }
        // The front has moved, and with it the end of the search. A search that stopped early goes on when due.
        if wasComplete { lookFurther(&state, beyond: tick, &scratch) }
    }

    /// Recomputes every next change and the wake-up tick.
    /// - Parameter tick: Up to here the customer has been evaluated.
    public func refreshNextChange(_ state: inout CustomerState, at tick: Tick, scratch: inout EngineScratch) {
        refreshNextChange(&state, at: tick, isRowCurrent: false, &scratch)
    }

    /// As the public one, which cannot know whether the scratch's row is the state at the tick.
    func refreshNextChange(
        _ state: inout CustomerState, at tick: Tick, isRowCurrent: Bool, _ scratch: inout EngineScratch
    ) {
        let position = max(tick, state.front)
        let limit = searchLimit(front: state.front, after: position)
        state.searchedThrough = nil
        for index in state.placements.indices {
            state.placements[index].next = nil
            if rules[index].dependsOnTime, state.searchedThrough == nil { state.searchedThrough = limit }
        }
        for index in state.placements.indices {
            look(
                index, &state, after: position, through: limit, isRowCurrent: isRowCurrent && position == tick,
                &scratch)
        }
    }

    /// The end of a search: a whole number of 120 years after the front, the first beyond a tick. Counting from the
    /// front rather than from now keeps a state's bytes the same however its events were split into batches.
    func searchLimit(front: Tick, after tick: Tick) -> Tick {
        let span = 120 * 36525 / 100 * Int(axis.grain.ticksPerDay)
        let steps = max(0, Int(tick) - Int(front)) / span + 1
        return Tick(clamping: Int(front) + steps * span)
    }

    /// Searches one segmentation's next change; what it did not reach is left for when the time has come.
    private func look(
        _ index: Int, _ state: inout CustomerState, after: Tick, through: Tick, isRowCurrent: Bool,
        _ scratch: inout EngineScratch
    ) {
        guard rules[index].dependsOnTime else { return }
        let found = search(
            index, state, after: after, through: through, isBounded: false, isRowCurrent: isRowCurrent, &scratch)
        state.placements[index].next = found.next
        if found.next == nil, let searched = state.searchedThrough {
            state.searchedThrough = min(searched, found.reached)
        }
    }

    /// Extends the search of the segmentations without a next change, if there is further to look.
    private func lookFurther(_ state: inout CustomerState, beyond tick: Tick, _ scratch: inout EngineScratch) {
        guard let searched = state.searchedThrough else { return }
        let limit = searchLimit(front: state.front, after: max(tick, state.front))
        guard limit > searched else { return }
        state.searchedThrough = limit
        for index in state.placements.indices where state.placements[index].next == nil {
            look(index, &state, after: searched, through: limit, isRowCurrent: false, &scratch)
        }
    }

    /// The moves that time brings in a range of ticks; the stored next changes are lost.
    /// - Parameter known: What is at hand of the state at the start.
    func step(
        _ state: inout CustomerState, _ customer: Int64, after start: Tick, through end: Tick, _ known: Known,
        _ outcome: inout Outcome, _ scratch: inout EngineScratch
    ) {
        if !known.areNextChanges || state.searchedThrough.map({ $0 < end }) ?? false {
            for index in state.placements.indices {
                let found = search(
                    index, state, after: start, through: end, isBounded: true, isRowCurrent: known.isRow, &scratch)
                state.placements[index].next = found.next
            }
        }
        while true {
            var earliest = end + 1
            for index in state.placements.indices {
                if let next = state.placements[index].next { earliest = min(earliest, next.tick) }
            }
            guard earliest <= end else { return }
            moveByTime(&state, customer, at: earliest, &outcome, &scratch)
            for index in state.placements.indices where state.placements[index].next == nil {
                let found = search(
                    index, state, after: earliest, through: end, isBounded: true, isRowCurrent: true, &scratch)
                state.placements[index].next = found.next
            }
        }
    }

    /// What is up to date about a state at the tick up to which it has been evaluated.
    struct Known {
        /// The scratch's row.
        var isRow = false
        /// The next changes, as far as they have been searched.
        var areNextChanges = false
    }

    /// The moves at one tick; before is one tick earlier.
    private func moveByTime(
        _ state: inout CustomerState, _ customer: Int64, at tick: Tick, _ outcome: inout Outcome,
        _ scratch: inout EngineScratch
    ) {
        fill(&scratch.beforeRow, ruleFeatures, of: state, at: tick - 1, &scratch.evaluator)
        fill(&scratch.row, ruleFeatures, of: state, at: tick, &scratch.evaluator)
        let start = axis.start(of: tick)
        let occasion = Occasion(
            customer: customer, cause: .time, effectiveAt: max(start, state.lastEffectiveAt ?? start), record: nil)
        _ = move(&state, occasion, tick: tick, &scratch, &outcome)
        // What was due is done, even if a stored prediction was wrong (a damaged state): never look twice.
        for index in state.placements.indices where state.placements[index].next.map({ $0.tick <= tick }) ?? false {
            state.placements[index].next = nil
        }
    }
}
