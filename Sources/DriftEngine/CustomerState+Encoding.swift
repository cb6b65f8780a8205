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
        // What the closure takes along is copied: not the engine.
        let context = EncodingContext(self, engine)
        bytes.append(addingCapacity: encodedBytesMax) { write(&$0, context) }
    }

    /// What of the engine is needed to write a state.
    private struct EncodingContext {
        var fingerprint: UInt16
        var kept: [SeriesLayout.Kept]
        var lastTick: Tick
        /// Ids of earlier ticks are not written.
        var firstRememberedTick: Int

        init(_ state: borrowing CustomerState, _ engine: borrowing Engine) {
            fingerprint = engine.layout.fingerprint
            kept = engine.layout.kept
            lastTick = state.lastEventAt.map { engine.axis.tick(of: $0) } ?? 0
            firstRememberedTick = Int(state.front) - Int(engine.model.dedupeTicks)
        }
    }

    /// No state takes more bytes than this: ten for any number, its own length for a text.
    private var encodedBytesMax: Int {
        func bytesMax(_ cell: Cell) -> Int { cell.tag == .text ? 11 + cell.textCount : 11 }
        var size = 100 + 50 * placements.count + 26 * seenIDs.count
        for slot in attributes { size += 11 + bytesMax(slot.cell) }
        let all = series.span
        for index in all.indices {
            size += 100 + 70 * all[index].buckets.count
            if let single = all[index].single { size += 20 + bytesMax(single.cell) }
            let values = all[index].values.span
            for position in values.indices { size += 20 + bytesMax(values[position].cell) }
        }
        return size
    }

    // MARK: Writing

    private func write(_ writer: inout StateWriter, _ context: EncodingContext) {
        writer.byte(Self.formatVersion)
        writer.fixed(UInt64(context.fingerprint), bytes: 2)
        writer.unsigned(UInt64(eventCount))
        guard let first = firstEventAt, let last = lastEventAt else { return }
        writer.time(first.microseconds)
        writer.time(last.microseconds - first.microseconds)
        writer.signed(Int64(front) - Int64(context.lastTick))
        writer.byte((isCustomer ? 1 : 0) | (searchedThrough == nil ? 0 : 2))
        if let searchedThrough { writer.signed(Int64(searchedThrough) - Int64(front)) }
        let placements = placements.span
        for index in placements.indices { write(placements[index], last, &writer) }
        for slot in attributes { write(slot, &writer) }
        writeIDs(&writer, context)
        for index in series.indices {
            series[index].write(context.kept.span[index], front: front, text: text.span, &writer)
        }
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

    private func writeIDs(_ writer: inout StateWriter, _ context: EncodingContext) {
        var count = 0
        for id in seenIDs where Int(id.tick) >= context.firstRememberedTick { count += 1 }
        writer.unsigned(UInt64(count))
        for id in seenIDs where Int(id.tick) >= context.firstRememberedTick {
            writer.fixed(id.hash, bytes: 8)
            writer.fixed(UInt64(id.content), bytes: 4)
            writer.unsigned(UInt64(Int64(front) - Int64(id.tick)))
        }
    }
}

extension SeriesState {
    /// - Parameters:
    ///   - front: The customer's.
    ///   - text: The state's, where the texts of values lie.
    func write(_ layout: SeriesLayout.Kept, front: Tick, text: Span<UInt8>, _ writer: inout StateWriter) {
        switch layout.shape {
        case .tally, .decay: writeTally(layout, front: front, &writer)
        case .distinct, .first, .last: writeValues(layout, front: front, text: text, &writer)
        }
    }

    private func writeTally(_ layout: SeriesLayout.Kept, front: Tick, _ writer: inout StateWriter) {
        if layout.keepsFirstTick { writeTick(firstTick, front: front, &writer) }
        if layout.keepsLastTick { writeTick(lastTick, front: front, &writer) }
        if layout.totalCounts { writer.unsigned(UInt64(total.count)) }
        if layout.totalSums || layout.totalExtremes { writer.unsigned(UInt64(total.values)) }
        if layout.totalSums { writer.wide(total.sum) }
        if layout.totalExtremes, total.values > 0 {
            writer.micros(total.minimum)
            writer.micros(total.maximum)
        }
        guard layout.retainTicks > 0 else { return }
        let start = firstRetained(layout, front: front)
        writer.unsigned(UInt64(buckets.count - start))
        var previous = Int64(front)
        let buckets = buckets.span
        var index = buckets.count
        while index > start {
            index -= 1
            let bucket = buckets[index]
            let before = index == 0 ? SeriesState.Bucket(tick: 0) : buckets[index - 1]
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

    private func firstRetained(_ layout: SeriesLayout.Kept, front: Tick) -> Int {
        layout.retainTicks == SeriesLayout.forEver
            ? start : firstBucket(after: front - layout.retainTicks)
    }

    /// Ticks lie at or before the front.
    private func writeTick(_ tick: Tick, front: Tick, _ writer: inout StateWriter) {
        writer.unsigned(tick == SeriesState.noTick ? 0 : UInt64(Int64(front) - Int64(tick)) + 1)
    }

    private func writeValues(
        _ layout: SeriesLayout.Kept, front: Tick, text: Span<UInt8>, _ writer: inout StateWriter
    ) {
        if layout.keepsFirstValue || layout.shape == .last {
            writeTick(single?.tick ?? Self.noTick, front: front, &writer)
            if let single = single {
                writer.time(single.at)
                writer.cell(single.cell, text: text)
            }
        }
        guard layout.shape != .last, layout.retainTicks > 0 || layout.keepsAllValues else { return }
        let everything = layout.keepsAllValues || layout.retainTicks == SeriesLayout.forEver
        let horizon = everything ? SeriesState.noTick : front - layout.retainTicks
        var count = 0
        for entry in values where entry.tick > horizon { count += 1 }
        writer.unsigned(UInt64(count))
        for entry in values where entry.tick > horizon {
            writer.unsigned(UInt64(Int64(front) - Int64(entry.tick)))
            if layout.shape == .first { writer.time(entry.at) }
            writer.cell(entry.cell, text: text)
        }
    }
}
