public import DriftModel

extension Engine {
    /// Ticks beyond this distance from 1970 are refused, which keeps all tick arithmetic within 32 bits: a million
    /// years of days, sixty thousand of hours.
    static let tickMagnitudeMax: Tick = 1 << 29

    /// Applies records of ONE customer to its state: each is folded in, the customer evaluated, and the moves that
    /// time brings until T follow at once. At the end the next changes are up to date.
    /// - Parameters:
    ///   - records: Indexes into the batch, in order of application.
    ///   - batch: Where they lie.
    ///   - customer: Copied into the transitions.
    ///   - state: As decoded, or reset for a customer never seen.
    ///   - logicalBefore: T before the records' file.
    ///   - classes: One per record of the batch; set for those applied here.
    ///   - late: Indexes of accepted late records are appended.
    ///   - outcome: What it brought about is appended.
    ///   - scratch: Reused memory.
    /// - Complexity: Per record O(features + rules), logarithmic in the ticks retained, plus the range evaluations
    ///   that show that nothing happened since the record before.
    public func apply(
        _ records: ArraySlice<Int>, of batch: RecordBatch, customer: Int64, to state: inout CustomerState,
        logicalBefore: Instant, classes: inout [RecordClass], late: inout [Int], outcome: inout Outcome,
        scratch: inout EngineScratch
    ) {
        state.fit(self)
        let logicalTick = bounded(axis.tick(of: logicalBefore))
        if let wake = state.wakeTick, wake <= logicalTick {
            advance(&state, customer: customer, to: logicalTick, outcome: &outcome, scratch: &scratch)
        }
        var walk = Walk(customer: customer, logicalBefore: logicalBefore, logicalTick: logicalTick)
        walk.position = max(state.front, logicalTick)
        walk.known.areNextChanges = true
        var hasChanged = false
        for index in records {
            let verdict = take(index, of: batch, &state, &walk, &late, &outcome, &scratch)
            classes[index] = verdict
            if verdict == .accepted { hasChanged = true }
        }
        if hasChanged {
            refreshNextChange(&state, at: walk.position, isRowCurrent: walk.known.isRow, &scratch)
        }
    }

    /// Where a customer stands while records are applied.
    struct Walk {
        var customer: Int64
        var logicalBefore: Instant
        var logicalTick: Tick
        /// The tick up to which the customer has been evaluated.
        var position: Tick = SeriesState.noTick
        /// What is up to date at ``position``.
        var known = Known()
    }

    private func bounded(_ tick: Tick) -> Tick {
        max(-Self.tickMagnitudeMax, min(Self.tickMagnitudeMax, tick))
    }

    // MARK: One record

    private func take(
        _ index: Int, of batch: borrowing RecordBatch, _ state: inout CustomerState, _ walk: inout Walk,
        _ late: inout [Int], _ outcome: inout Outcome, _ scratch: inout EngineScratch
    ) -> RecordClass {
        let record = batch.records[index]
        guard !record.events.isEmpty else { return .ignored }
        let tick = axis.tick(of: record.at)
        let isLate = state.isKnown && tick < state.front
        if let refusal = refusal(record, tick, isLate: isLate, batch, state) { return refusal }
        do {
            guard tick.magnitude <= Self.tickMagnitudeMax.magnitude else {
                outcome.failures.append(
                    Outcome.Failure(
                        record: index, code: "out_of_range", reason: "its time is too far from 1970 to be counted"))
                return .quarantined
            }
            try prepare(record, of: batch, &scratch.fold, &scratch.evaluator)
        } catch {
            outcome.failures.append(failure(error, record: index))
            return .quarantined
        }
        if isLate {
            late.append(index)
            takeLate(index, record, tick, batch, &state, &walk, &outcome, &scratch)
        } else {
            takeInOrder(index, record, tick, batch, &state, &walk, &outcome, &scratch)
        }
        return .accepted
    }

    /// Why a record has no effect: seen before, or too old to matter.
    private func refusal(
        _ record: RecordBatch.Record, _ tick: Tick, isLate: Bool, _ batch: borrowing RecordBatch,
        _ state: borrowing CustomerState
    ) -> RecordClass? {
        if let hash = record.idHash, state.isKnown {
            if isLate, !isRemembered(tick, state.front) { return .beyondHorizon }
            if let seen = seen(hash, state) {
                return seen.content == record.contentHash ? .duplicate : .conflict
            }
        }
        guard isLate, Int(tick) <= Int(state.front) - Int(layout.longestWindowTicks) else { return nil }
        for event in record.events where layout.typeIsLifetime[Int(batch.events[event].type)] { return nil }
        return .beyondHorizon
    }

    private func failure(_ error: FoldError, record: Int) -> Outcome.Failure {
        switch error {
        case .overflow(let series, let value):
            Outcome.Failure(
                record: record, code: "overflow",
                reason: "\(layout.series[series].scalar?.text ?? "value") is \(value); sums take up to ±9.2e12")
        }
    }

    private func takeInOrder(
        _ index: Int, _ record: RecordBatch.Record, _ tick: Tick, _ batch: borrowing RecordBatch,
        _ state: inout CustomerState, _ walk: inout Walk, _ outcome: inout Outcome, _ scratch: inout EngineScratch
    ) {
        if !state.isKnown {
            outcome.appearances.append(record.at)
        } else if tick > walk.position {
            step(&state, walk.customer, after: walk.position, through: tick, walk.known, &outcome, &scratch)
            walk.known = Known()
        }
        if walk.known.isRow, walk.position == tick {
            swap(&scratch.row, &scratch.beforeRow)
        } else {
            fill(&scratch.beforeRow, ruleFeatures, of: state, at: tick, &scratch.evaluator)
        }
        fold(record, tick: tick, of: batch, to: &state, scratch.fold)
        fill(&scratch.row, ruleFeatures, of: state, at: tick, &scratch.evaluator)
        let occasion = Occasion(
            customer: walk.customer, cause: .event, effectiveAt: max(record.at, state.lastEffectiveAt ?? record.at),
            record: index)
        _ = move(&state, occasion, tick: tick, &scratch, &outcome)
        walk.position = tick
        walk.known = Known(isRow: true)
        // T may already be further on, and so may the front: a move never takes effect before the last one.
        let target = max(walk.logicalTick, state.front)
        if target > tick {
            step(&state, walk.customer, after: tick, through: target, walk.known, &outcome, &scratch)
            walk.position = target
            walk.known = Known()
        }
    }

    private func takeLate(
        _ index: Int, _ record: RecordBatch.Record, _ tick: Tick, _ batch: borrowing RecordBatch,
        _ state: inout CustomerState, _ walk: inout Walk, _ outcome: inout Outcome, _ scratch: inout EngineScratch
    ) {
        let position = max(state.front, walk.logicalTick)
        if walk.known.isRow, walk.position == position {
            swap(&scratch.row, &scratch.beforeRow)
        } else {
            fill(&scratch.beforeRow, ruleFeatures, of: state, at: position, &scratch.evaluator)
        }
        fold(record, tick: tick, of: batch, to: &state, scratch.fold)
        fill(&scratch.row, ruleFeatures, of: state, at: position, &scratch.evaluator)
        let effectiveAt = max(walk.logicalBefore, state.lastEffectiveAt ?? walk.logicalBefore)
        let occasion = Occasion(customer: walk.customer, cause: .late, effectiveAt: effectiveAt, record: index)
        _ = move(&state, occasion, tick: position, &scratch, &outcome)
        walk.position = max(position, state.front)
        walk.known = Known(isRow: walk.position == position)
    }
}
