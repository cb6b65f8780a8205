import DriftModel

/// What one customer's events of a series add up to. Which parts are used depends on its ``SeriesLayout``.
struct SeriesState: Sendable {
    /// Ascending by tick. Those before ``start`` have left every window.
    var buckets: [Bucket] = []
    var start = 0
    /// Decayed total up to and including each bucket, in millionths (shape `.decay`).
    var carries: [Double] = []
    var total = Total()
    var firstTick = Self.noTick
    var lastTick = Self.noTick
    /// Distinct: ascending by value. First: ascending by tick.
    var values: [ValueEntry] = []
    /// First (over the life) or last value.
    var single: ValueEntry?

    static let noTick = Tick.min

    /// Everything up to and including a tick: windows are differences of two of these. Sums wrap, which
    /// differences undo.
    struct Bucket: Sendable {
        var tick: Tick
        /// Local day, kept where active days are asked for with hour grain.
        var day: DayNumber = 0
        var count: Int64 = 0
        var values: Int64 = 0
        var sum: Int128 = 0
        /// Of this tick alone.
        var minimum = Int64.max
        var maximum = Int64.min
    }

    /// Over the whole life.
    struct Total: Hashable, Sendable {
        var count: Int64 = 0
        var values: Int64 = 0
        var sum: Int128 = 0
        var minimum = Int64.max
        var maximum = Int64.min
    }

    struct ValueEntry: Sendable {
        var tick: Tick
        var at: Int64 = 0
        /// A text is a range of the state's own text.
        var cell: Cell
    }

    mutating func reset() {
        buckets.removeAll(keepingCapacity: true)
        start = 0
        carries.removeAll(keepingCapacity: true)
        total = Total()
        firstTick = Self.noTick
        lastTick = Self.noTick
        values.removeAll(keepingCapacity: true)
        single = nil
    }

    // MARK: Adding

    /// Takes an event into a tally.
    mutating func count(
        tick: Tick, day: DayNumber, micros: Int64?, _ kept: SeriesLayout.Kept, isRetained: Bool, front: Tick
    ) {
        if kept.keepsTotal { addToTotal(micros) }
        firstTick = firstTick == Self.noTick ? tick : min(firstTick, tick)
        lastTick = max(lastTick, tick)
        guard isRetained else { return }
        if kept.retainTicks != SeriesLayout.forEver { drop(through: front - kept.retainTicks) }
        add(tick: tick, day: day, micros: micros, kept)
    }

    /// Counts an event, and its value where there is one.
    /// - Parameter micros: The value; nil: NULL, or a series without one.
    mutating func add(tick: Tick, day: DayNumber, micros: Int64?, _ kept: SeriesLayout.Kept) {
        let index = bucketIndex(of: tick, day: day)
        var all = buckets.mutableSpan
        for later in index..<all.count {
            all[later].count &+= 1
            if let micros {
                all[later].values &+= 1
                all[later].sum &+= Int128(micros)
            }
        }
        if let micros {
            all[index].minimum = min(all[index].minimum, micros)
            all[index].maximum = max(all[index].maximum, micros)
        }
        if kept.shape == .decay { recarry(from: index, halfLifeTicks: kept.halfLifeTicks) }
    }

    mutating func addToTotal(_ micros: Int64?) {
        total.count &+= 1
        guard let micros else { return }
        total.values &+= 1
        total.sum &+= Int128(micros)
        total.minimum = min(total.minimum, micros)
        total.maximum = max(total.maximum, micros)
    }

    /// The bucket of a tick, made if there is none.
    private mutating func bucketIndex(of tick: Tick, day: DayNumber) -> Int {
        guard let last = buckets.last else {
            buckets.append(Bucket(tick: tick, day: day))
            return 0
        }
        if last.tick == tick { return buckets.count - 1 }
        var bucket = Bucket(tick: tick, day: day)
        if last.tick < tick {
            (bucket.count, bucket.values, bucket.sum) = (last.count, last.values, last.sum)
            buckets.append(bucket)
            return buckets.count - 1
        }
        let index = firstBucket(after: tick - 1)
        if buckets[index].tick == tick { return index }
        if index > 0 {
            let before = buckets[index - 1]
            (bucket.count, bucket.values, bucket.sum) = (before.count, before.values, before.sum)
        } else {
            // Before the oldest: what its cumulative values start from.
            let base = self.base
            (bucket.count, bucket.values, bucket.sum) = (base.count, base.values, base.sum)
        }
        buckets.insert(bucket, at: index)
        return index
    }

    /// Cumulative values before the first bucket. Buckets are only ever dropped together with ``rebase()``, so
    /// this is zero.
    private var base: Bucket { Bucket(tick: Self.noTick) }

    mutating func recarry(from index: Int, halfLifeTicks: Double) {
        while carries.count > index { carries.removeLast() }
        for position in index..<buckets.count {
            let own = Double(buckets[position].sum &- (position == 0 ? 0 : buckets[position - 1].sum))
            guard position > 0 else {
                carries.append(own)
                continue
            }
            let age = Double(Int(buckets[position].tick) - Int(buckets[position - 1].tick))
            carries.append(carries[position - 1] * halving(age, halfLifeTicks) + own)
        }
    }

    /// Forgets buckets at or before a tick, some at a time, without moving the others each time.
    mutating func drop(through tick: Tick) {
        while start < buckets.count, buckets[start].tick <= tick { start += 1 }
        guard start >= 64, start * 2 > buckets.count else { return }
        let base = buckets[start - 1]
        buckets.removeSubrange(0..<start)
        start = 0
        for index in buckets.indices {
            buckets[index].count &-= base.count
            buckets[index].values &-= base.values
            buckets[index].sum &-= base.sum
        }
    }

    // MARK: Reading

    /// Index of the first bucket whose tick is after a tick.
    func firstBucket(after tick: Tick) -> Int {
        var low = start
        var high = buckets.count
        if low < high, buckets[low].tick > tick { return low }
        while low < high {
            let middle = (low + high) >> 1
            if buckets[middle].tick <= tick { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The tick of a bucket; nil beyond the last one.
    func tick(at index: Int) -> Tick? { index < buckets.count ? buckets[index].tick : nil }

    /// The tick at which a bucket leaves a window; beyond the last one, never.
    func expiry(_ index: Int, windowTicks: Int32) -> Int {
        guard index < buckets.count else { return Int.max }
        return Int(buckets[index].tick) + Int(windowTicks)
    }

    /// Number of events in the buckets from an index on.
    func count(from index: Int) -> Int64 {
        guard index < buckets.count else { return 0 }
        return buckets[buckets.count - 1].count &- (index == 0 ? 0 : buckets[index - 1].count)
    }

    /// Number of values and their sum in the buckets from an index on.
    func sum(from index: Int) -> (values: Int64, sum: Int128) {
        guard index < buckets.count else { return (0, 0) }
        let last = buckets[buckets.count - 1]
        guard index > 0 else { return (last.values, last.sum) }
        let before = buckets[index - 1]
        return (last.values &- before.values, last.sum &- before.sum)
    }

    /// Least and greatest value in the buckets from an index on; nil without values.
    func extremes(from index: Int) -> (minimum: Int64, maximum: Int64)? {
        var result = (minimum: Int64.max, maximum: Int64.min)
        for position in index..<buckets.count {
            result.minimum = min(result.minimum, buckets[position].minimum)
            result.maximum = max(result.maximum, buckets[position].maximum)
        }
        return result.minimum <= result.maximum ? result : nil
    }

    /// Number of different local days in the buckets from an index on.
    func activeDays(from index: Int, inDays: Bool) -> Int {
        guard inDays else { return buckets.count - index }
        var days = 0
        var position = index
        while position < buckets.count {
            if position == index || buckets[position].day != buckets[position - 1].day { days += 1 }
            position += 1
        }
        return days
    }

    /// Number of values last seen after a tick.
    func distinct(after tick: Tick) -> Int {
        var number = 0
        for entry in values where entry.tick > tick { number += 1 }
        return number
    }

    /// Index of the first value entry (ascending by tick) after a tick.
    func firstValue(after tick: Tick) -> Int {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) >> 1
            if values[middle].tick <= tick { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The decayed total at a tick not before the last bucket's, in whole millionths of the unit.
    ///
    /// Carried from bucket to bucket, the total is off by a hair; where that could decide how it is rounded, it is
    /// added up again.
    func decayed(at tick: Tick, halfLifeTicks: Double) -> Double {
        guard let last = buckets.last, let carry = carries.last else { return 0 }
        let age = Double(Int(tick) - Int(last.tick))
        var total = carry * halving(age, halfLifeTicks)
        let distanceFromTie = (total - total.rounded(.down) - 0.5).magnitude
        if distanceFromTie < max(1e-3, total.magnitude * 1e-12) {
            total = addedUp(at: tick, halfLifeTicks: halfLifeTicks)
        }
        return total.rounded(.toNearestOrEven) / 1e6
    }

    private func addedUp(at tick: Tick, halfLifeTicks: Double) -> Double {
        var total = 0.0
        var before: Int128 = 0
        for bucket in buckets {
            total += Double(bucket.sum &- before) * halving(Double(Int(tick) - Int(bucket.tick)), halfLifeTicks)
            before = bucket.sum
        }
        return total
    }
}
