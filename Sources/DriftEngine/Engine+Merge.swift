public import DriftModel

// Two states of one customer, folded by two workers from different records, become the state of all of them. What is
// known of the events merges exactly: counts and sums add up, buckets meet tick by tick, of first and last values,
// attributes and ids the one wins that would have won in one fold. Where that fold would ask which of two values of
// the same instant arrived first, nobody can say any more: the lesser value counts as the first, the greater one as
// the last. So merging is commutative and associative.
//
// What a customer's moves were is not in the events alone: a history that was walked in two halves was walked by
// neither. No move is written. The placement is re-evaluated at the tick of the merge; for `stay`, the current
// segment is that of the half whose move was the later one (then the greater number, then the later listed segment);
// `seq` and `since` are the greater of the two.

extension Engine {
    /// Adds another state of the same customer to a state. Both come from this engine's model, from different
    /// records; records with the same id must have gone to the same worker.
    /// - Parameters:
    ///   - other: Not changed. A customer never seen adds nothing.
    ///   - tick: Where the result is evaluated: T's tick; not before the front of either, else that front.
    /// - Complexity: Linear in what both retain, and a search for the next changes.
    public func merge(
        _ other: CustomerState, into state: inout CustomerState, at tick: Tick, scratch: inout EngineScratch
    ) {
        state.fit(self)
        if other.isKnown {
            if state.isKnown { state.absorb(other, self) } else { state = other }
        }
        guard state.isKnown else { return }
        let position = max(tick, state.front)
        fill(&scratch.row, ruleFeatures, of: state, at: position, &scratch.evaluator)
        state.isCustomer = classify(scratch.row, state, &scratch.evaluator, into: &scratch.targets)
        for index in state.placements.indices { state.placements[index].segment = scratch.targets[index] }
        refreshNextChange(&state, at: position, isRowCurrent: true, &scratch)
    }
}

extension CustomerState {
    fileprivate mutating func absorb(_ other: CustomerState, _ engine: borrowing Engine) {
        eventCount &+= other.eventCount
        if let first = other.firstEventAt { firstEventAt = min(firstEventAt ?? first, first) }
        if let last = other.lastEventAt { lastEventAt = max(lastEventAt ?? last, last) }
        if let effective = other.lastEffectiveAt { lastEffectiveAt = max(lastEffectiveAt ?? effective, effective) }
        front = max(front, other.front)
        for index in placements.indices { absorb(other.placements[index], at: index) }
        for index in attributes.indices { absorb(other.attributes[index], at: index, other.text.span) }
        absorbIDs(other.seenIDs)
        for index in series.indices { absorb(other.series[index], other, at: index, engine) }
    }

    private mutating func absorb(_ other: Placement, at index: Int) {
        func order(_ placement: Placement) -> (Int64, Int32, Int32) {
            (placement.since?.microseconds ?? .min, placement.seq, placement.segment ?? -1)
        }
        let own = placements[index]
        let later = order(own) < order(other) ? other : own
        let since = [own.since, other.since].compactMap(\.self).max()
        placements[index] = Placement(
            segment: later.segment, seq: max(own.seq, other.seq), since: since, next: nil)
    }

    private mutating func absorb(_ other: AttributeSlot, at index: Int, _ bytes: Span<UInt8>) {
        guard !other.cell.isNull else { return }
        let own = attributes[index]
        let (mine, theirs) = ((own.trust.rawValue, own.at), (other.trust.rawValue, other.at))
        let isTheirs = mine == theirs ? order(own.cell, other.cell, bytes) < 0 : mine < theirs
        guard own.cell.isNull || isTheirs else { return }
        attributes[index] = AttributeSlot(trust: other.trust, at: other.at, cell: adopt(other.cell, from: bytes))
    }

    /// Of an id in both, which no two workers should have seen, the later one is kept.
    private mutating func absorbIDs(_ others: [SeenID]) {
        guard !others.isEmpty else { return }
        func order(_ id: SeenID) -> (Tick, UInt32) { (id.tick, id.content) }
        var merged: [SeenID] = []
        merged.reserveCapacity(seenIDs.count + others.count)
        var (left, right) = (seenIDs[...], others[...])
        while let one = left.first, let other = right.first {
            if one.hash <= other.hash { left.removeFirst() }
            if other.hash <= one.hash { right.removeFirst() }
            let isOther = other.hash < one.hash || (other.hash == one.hash && order(one) < order(other))
            merged.append(isOther ? other : one)
        }
        seenIDs = merged + left + right
    }

    // MARK: Series

    private mutating func absorb(
        _ other: SeriesState, _ source: CustomerState, at index: Int, _ engine: borrowing Engine
    ) {
        let kept = engine.layout.kept[index]
        switch kept.shape {
        case .tally, .decay: series[index].absorbTally(other, kept, front: front)
        case .distinct: absorbDistinct(other.values, at: index, source.text.span)
        case .first:
            absorbSingle(other.single, at: index, source.text.span, isFirst: true)
            absorbFirsts(other.values, at: index, source.text.span)
        case .last: absorbSingle(other.single, at: index, source.text.span, isFirst: false)
        }
    }

    private mutating func absorbDistinct(
        _ others: [SeriesState.ValueEntry], at index: Int, _ bytes: Span<UInt8>
    ) {
        for entry in others {
            let (position, isThere) = placeOfValue(entry.cell, bytes, series: index)
            if isThere {
                let tick = max(series[index].values[position].tick, entry.tick)
                series[index].values[position].tick = tick
            } else {
                let own = SeriesState.ValueEntry(tick: entry.tick, cell: adopt(entry.cell, from: bytes))
                series[index].values.insert(own, at: position)
            }
        }
    }

    private mutating func absorbSingle(
        _ other: SeriesState.ValueEntry?, at index: Int, _ bytes: Span<UInt8>, isFirst: Bool
    ) {
        guard let other else { return }
        if let own = series[index].single {
            let isBefore = isBefore(other, own, bytes)
            guard isFirst ? isBefore == true : isBefore == false else { return }
        }
        series[index].single = adopted(other, bytes)
    }

    /// The first value of each tick.
    private mutating func absorbFirsts(
        _ others: [SeriesState.ValueEntry], at index: Int, _ bytes: Span<UInt8>
    ) {
        for entry in others {
            let position = series[index].firstValue(after: entry.tick - 1)
            let own = position < series[index].values.count ? series[index].values[position] : nil
            guard let own, own.tick == entry.tick else {
                series[index].values.insert(adopted(entry, bytes), at: position)
                continue
            }
            if isBefore(entry, own, bytes) == true { series[index].values[position] = adopted(entry, bytes) }
        }
    }

    private mutating func adopted(_ entry: SeriesState.ValueEntry, _ bytes: Span<UInt8>) -> SeriesState.ValueEntry {
        SeriesState.ValueEntry(tick: entry.tick, at: entry.at, cell: adopt(entry.cell, from: bytes))
    }

    /// Whether a value from elsewhere comes before one of this state: by time, then by value; nil: they are the same.
    private func isBefore(
        _ other: SeriesState.ValueEntry, _ own: SeriesState.ValueEntry, _ bytes: Span<UInt8>
    ) -> Bool? {
        if other.at != own.at { return other.at < own.at }
        if other.cell.tag != own.cell.tag { return other.cell.tag.rawValue < own.cell.tag.rawValue }
        let order = order(own.cell, other.cell, bytes)
        return order == 0 ? nil : order > 0
    }
}

extension SeriesState {
    fileprivate mutating func absorbTally(_ other: SeriesState, _ kept: SeriesLayout.Kept, front: Tick) {
        total.count &+= other.total.count
        total.values &+= other.total.values
        total.sum &+= other.total.sum
        total.minimum = min(total.minimum, other.total.minimum)
        total.maximum = max(total.maximum, other.total.maximum)
        if other.firstTick != Self.noTick {
            firstTick = firstTick == Self.noTick ? other.firstTick : min(firstTick, other.firstTick)
        }
        lastTick = max(lastTick, other.lastTick)
        let horizon = kept.retainTicks == SeriesLayout.forEver ? Self.noTick : front - kept.retainTicks
        var parts = ownBuckets(after: horizon)[...]
        var others = other.ownBuckets(after: horizon)[...]
        var merged: [Bucket] = []
        merged.reserveCapacity(parts.count + others.count)
        while let one = parts.first, let two = others.first {
            if one.tick <= two.tick { parts.removeFirst() }
            if two.tick <= one.tick { others.removeFirst() }
            merged.append(one.tick == two.tick ? one.joined(two) : one.tick < two.tick ? one : two)
        }
        buckets = merged + parts + others
        start = 0
        var running = Bucket(tick: 0)
        for index in buckets.indices {
            running = running.joined(buckets[index])
            (buckets[index].count, buckets[index].values, buckets[index].sum) = (
                running.count, running.values, running.sum
            )
        }
        if kept.shape == .decay { recarry(from: 0, halfLifeTicks: kept.halfLifeTicks) }
    }

    /// Buckets after a tick, each with what happened in it alone.
    private func ownBuckets(after tick: Tick) -> [Bucket] {
        (start..<buckets.count).compactMap { index in
            var bucket = buckets[index]
            guard bucket.tick > tick else { return nil }
            if index > 0 {
                bucket.count &-= buckets[index - 1].count
                bucket.values &-= buckets[index - 1].values
                bucket.sum &-= buckets[index - 1].sum
            }
            return bucket
        }
    }
}

extension SeriesState.Bucket {
    fileprivate func joined(_ other: SeriesState.Bucket) -> SeriesState.Bucket {
        var joined = self
        joined.count &+= other.count
        joined.values &+= other.values
        joined.sum &+= other.sum
        joined.minimum = min(minimum, other.minimum)
        joined.maximum = max(maximum, other.maximum)
        return joined
    }
}
