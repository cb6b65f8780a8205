import DriftModel

// The format, version 1. All numbers are varints unless said otherwise; signed ones zigzag.
//
//     byte 1 · layout fingerprint (2 bytes) · events · [known only, that is events > 0:]
//     first at (time) · last at (time, from first) · front (signed, from the tick of last at)
//     flags: 1 is customer, 2 has been searched · searched through (from front, with flag 2)
//     per segmentation: segment + 1 · seq [· since (time, from last at), with seq > 0]
//         · next tick (from front, 0 none) [· next segment + 1]
//     per attribute: 0, or 1 + trust · at (time) · cell
//     number of ids · per id, ascending: hash (8 bytes) · content (4 bytes) · tick (front − tick)
//     per series, what its layout keeps
//
// A series' buckets and values that have left every window are not written, so that the bytes do not depend on
// when they are dropped from memory.

extension CustomerState {
    /// Reads a state.
    /// - Throws: ``StateError`` on any bytes that ``encode(engine:into:)`` does not write, with the state reset.
    public mutating func decode(_ bytes: Span<UInt8>, engine: Engine) throws(StateError) {
        reset()
        fit(engine)
        do throws(StateError) {
            try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(StateError) in
                var reader = unsafe StateReader(buffer)
                try read(&reader, engine)
            }
        } catch {
            reset()
            throw error
        }
    }

    /// Appends the state's bytes: the same for the same history, however it was split into batches.
    public func encode(engine: Engine, into bytes: inout [UInt8]) {
        var writer = StateWriter(appendingTo: bytes)
        bytes = []
        write(&writer, engine)
        bytes = writer.bytes
    }

    // MARK: Writing

    private func write(_ writer: inout StateWriter, _ engine: borrowing Engine) {
        writer.byte(Self.formatVersion)
        writer.fixed(UInt64(engine.layout.fingerprint), bytes: 2)
        writer.unsigned(UInt64(eventCount))
        guard let first = firstEventAt, let last = lastEventAt else { return }
        writer.time(first.microseconds)
        writer.time(last.microseconds - first.microseconds)
        writer.signed(Int64(front) - Int64(engine.axis.tick(of: last)))
        writer.byte((isCustomer ? 1 : 0) | (searchedThrough == nil ? 0 : 2))
        if let searchedThrough { writer.signed(Int64(searchedThrough) - Int64(front)) }
        for placement in placements { write(placement, last, &writer) }
        for slot in attributes { write(slot, &writer) }
        writeIDs(&writer, engine)
        for index in series.indices { write(series[index], engine.layout.kept[index], &writer) }
    }

    private func write(_ placement: Placement, _ last: Instant, _ writer: inout StateWriter) {
        writer.unsigned(placement.segment.map { UInt64($0) + 1 } ?? 0)
        writer.unsigned(UInt64(placement.seq))
        if placement.seq > 0 { writer.time((placement.since ?? last).microseconds - last.microseconds) }
        guard let next = placement.next else {
            writer.unsigned(0)
            return
        }
        writer.unsigned(UInt64(max(1, Int64(next.tick) - Int64(front))))
        writer.unsigned(next.segment.map { UInt64($0) + 1 } ?? 0)
    }

    private func write(_ slot: AttributeSlot, _ writer: inout StateWriter) {
        guard !slot.cell.isNull else {
            writer.byte(0)
            return
        }
        writer.byte(1 + slot.trust.rawValue)
        writer.time(slot.at)
        writer.cell(slot.cell, text: text.span)
    }

    private func writeIDs(_ writer: inout StateWriter, _ engine: borrowing Engine) {
        var count = 0
        for id in seenIDs where engine.isRemembered(id.tick, front) { count += 1 }
        writer.unsigned(UInt64(count))
        for id in seenIDs where engine.isRemembered(id.tick, front) {
            writer.fixed(id.hash, bytes: 8)
            writer.fixed(UInt64(id.content), bytes: 4)
            writer.unsigned(UInt64(Int64(front) - Int64(id.tick)))
        }
    }

    private func write(_ series: SeriesState, _ layout: SeriesLayout.Kept, _ writer: inout StateWriter) {
        switch layout.shape {
        case .tally, .decay: writeTally(series, layout, &writer)
        case .distinct, .first, .last: writeValues(series, layout, &writer)
        }
    }

    private func writeTally(_ series: SeriesState, _ layout: SeriesLayout.Kept, _ writer: inout StateWriter) {
        if layout.keepsFirstTick { writeTick(series.firstTick, &writer) }
        if layout.keepsLastTick { writeTick(series.lastTick, &writer) }
        if layout.totalCounts { writer.unsigned(UInt64(series.total.count)) }
        if layout.totalSums || layout.totalExtremes { writer.unsigned(UInt64(series.total.values)) }
        if layout.totalSums { writer.wide(series.total.sum) }
        if layout.totalExtremes, series.total.values > 0 {
            writer.micros(series.total.minimum)
            writer.micros(series.total.maximum)
        }
        guard layout.retainTicks > 0 else { return }
        let start = firstRetained(series, layout)
        writer.unsigned(UInt64(series.buckets.count - start))
        var previous = Int64(front)
        for index in (start..<series.buckets.count).reversed() {
            let bucket = series.buckets[index]
            let before = index == 0 ? SeriesState.Bucket(tick: 0) : series.buckets[index - 1]
            writer.unsigned(UInt64(previous - Int64(bucket.tick)))
            previous = Int64(bucket.tick)
            if layout.keepsCounts { writer.unsigned(UInt64(bucket.count &- before.count)) }
            guard layout.keepsSums || layout.keepsExtremes else { continue }
            let values = bucket.values &- before.values
            writer.unsigned(UInt64(values))
            guard values > 0 else { continue }
            if layout.keepsSums { writer.wide(bucket.sum &- before.sum) }
            if layout.keepsExtremes {
                writer.micros(bucket.minimum)
                writer.micros(bucket.maximum)
            }
        }
    }

    private func firstRetained(_ series: SeriesState, _ layout: SeriesLayout.Kept) -> Int {
        layout.retainTicks == SeriesLayout.forEver
            ? series.start : series.firstBucket(after: front - layout.retainTicks)
    }

    /// Ticks lie at or before the front.
    private func writeTick(_ tick: Tick, _ writer: inout StateWriter) {
        writer.unsigned(tick == SeriesState.noTick ? 0 : UInt64(Int64(front) - Int64(tick)) + 1)
    }

    private func writeValues(_ series: SeriesState, _ layout: SeriesLayout.Kept, _ writer: inout StateWriter) {
        if layout.keepsFirstValue || layout.shape == .last {
            writeTick(series.single?.tick ?? SeriesState.noTick, &writer)
            if let single = series.single {
                writer.time(single.at)
                writer.cell(single.cell, text: text.span)
            }
        }
        guard layout.shape != .last, layout.retainTicks > 0 || layout.keepsAllValues else { return }
        let everything = layout.keepsAllValues || layout.retainTicks == SeriesLayout.forEver
        let horizon = everything ? SeriesState.noTick : front - layout.retainTicks
        var count = 0
        for entry in series.values where entry.tick > horizon { count += 1 }
        writer.unsigned(UInt64(count))
        for entry in series.values where entry.tick > horizon {
            writer.unsigned(UInt64(Int64(front) - Int64(entry.tick)))
            if layout.shape == .first { writer.time(entry.at) }
            writer.cell(entry.cell, text: text.span)
        }
    }
}
