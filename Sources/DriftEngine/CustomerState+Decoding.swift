import DriftModel

extension CustomerState {
    mutating func read(_ reader: inout StateReader, _ engine: borrowing Engine) throws(StateError) {
        let version = try reader.byte()
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        guard try reader.fixed(bytes: 2) == UInt64(engine.layout.fingerprint) else { throw .otherLayout }
        eventCount = try reader.events()
        if eventCount > 0 { try readKnown(&reader, engine) }
        guard reader.remaining == 0 else { throw reader.damage }
    }

    private mutating func readKnown(_ reader: inout StateReader, _ engine: borrowing Engine) throws(StateError) {
        let first = try reader.time()
        let (last, isOverflow) = first.addingReportingOverflow(try reader.time())
        guard !isOverflow, first <= last else { throw reader.damage }
        firstEventAt = Instant(microseconds: first)
        lastEventAt = Instant(microseconds: last)
        let lastTick = engine.axis.tick(of: Instant(microseconds: last))
        front = try reader.tick(from: Int64(lastTick))
        guard front >= lastTick else { throw reader.damage }
        let flags = try reader.byte()
        guard flags <= 3 else { throw reader.damage }
        isCustomer = flags & 1 != 0
        if flags & 2 != 0 {
            let searched = Int64(front) + Int64(try reader.tick(from: 0))
            guard let tick = Tick(exactly: searched), tick > front else { throw reader.damage }
            searchedThrough = tick
        }
        for index in placements.indices {
            let count = engine.model.segmentations[index].segments.count
            placements[index] = try readPlacement(&reader, segments: count, last)
            if let since = placements[index].since { lastEffectiveAt = max(lastEffectiveAt ?? since, since) }
        }
        for index in attributes.indices {
            attributes[index] = try readAttribute(&reader, engine.model.attributes[index].type)
        }
        try readIDs(&reader)
        for index in series.indices { try readSeries(index, &reader, engine) }
    }

    private func readPlacement(
        _ reader: inout StateReader, segments: Int, _ last: Int64
    ) throws(StateError) -> Placement {
        var placement = Placement.none
        placement.segment = try readSegment(&reader, segments)
        guard let seq = Int32(exactly: try reader.unsigned()) else { throw reader.damage }
        placement.seq = seq
        if seq > 0 {
            let (since, isOverflow) = last.addingReportingOverflow(try reader.time())
            guard !isOverflow else { throw reader.damage }
            placement.since = Instant(microseconds: since)
        }
        let ahead = try reader.unsigned()
        guard ahead > 0 else { return placement }
        guard ahead <= UInt64(Engine.tickMagnitudeMax), let tick = Tick(exactly: Int64(front) + Int64(ahead)) else {
            throw reader.damage
        }
        placement.next = NextChange(tick: tick, segment: try readSegment(&reader, segments))
        return placement
    }

    private func readSegment(_ reader: inout StateReader, _ segments: Int) throws(StateError) -> Int32? {
        let value = try reader.unsigned()
        guard value <= UInt64(segments) else { throw reader.damage }
        return value == 0 ? nil : Int32(value) - 1
    }

    private mutating func readAttribute(
        _ reader: inout StateReader, _ type: ValueType
    ) throws(StateError) -> AttributeSlot {
        let head = try reader.byte()
        guard head > 0 else { return AttributeSlot() }
        guard let trust = Trust(rawValue: head - 1) else { throw reader.damage }
        let at = try reader.time()
        let cell = try reader.cell(type, into: &text)
        guard !cell.isNull else { throw reader.damage }
        return AttributeSlot(trust: trust, at: at, cell: cell)
    }

    private mutating func readIDs(_ reader: inout StateReader) throws(StateError) {
        let count = try reader.count()
        seenIDs.reserveCapacity(count)
        for _ in 0..<count {
            let hash = try reader.fixed(bytes: 8)
            if let last = seenIDs.last, last.hash >= hash { throw reader.damage }
            let content = UInt32(truncatingIfNeeded: try reader.fixed(bytes: 4))
            seenIDs.append(SeenID(hash: hash, content: content, tick: try readAge(&reader)))
        }
    }

    /// A tick at or before the front.
    private func readAge(_ reader: inout StateReader, _ age: UInt64? = nil) throws(StateError) -> Tick {
        let age = if let age { age } else { try reader.unsigned() }
        guard age <= UInt64(Engine.tickMagnitudeMax) * 2, let tick = Tick(exactly: Int64(front) - Int64(age)),
            tick >= -Engine.tickMagnitudeMax
        else { throw reader.damage }
        return tick
    }

    private func readTick(_ reader: inout StateReader) throws(StateError) -> Tick {
        let value = try reader.unsigned()
        return value == 0 ? SeriesState.noTick : try readAge(&reader, value - 1)
    }

    private mutating func readSeries(
        _ index: Int, _ reader: inout StateReader, _ engine: borrowing Engine
    ) throws(StateError) {
        switch engine.layout.kept[index].shape {
        case .tally, .decay: try readTally(index, &reader, engine)
        case .distinct, .first, .last: try readValues(index, &reader, engine.layout.kept[index])
        }
    }

    private mutating func readTally(
        _ index: Int, _ reader: inout StateReader, _ engine: borrowing Engine
    ) throws(StateError) {
        let layout = engine.layout.kept[index]
        if layout.keepsFirstTick { series[index].firstTick = try readTick(&reader) }
        if layout.keepsLastTick { series[index].lastTick = try readTick(&reader) }
        if layout.totalCounts { series[index].total.count = try reader.events() }
        if layout.totalSums || layout.totalExtremes { series[index].total.values = try reader.events() }
        if layout.totalSums { series[index].total.sum = try reader.wide() }
        if layout.totalExtremes, series[index].total.values > 0 {
            series[index].total.minimum = try reader.micros()
            series[index].total.maximum = try reader.micros()
        }
        guard layout.retainTicks > 0 else { return }
        try readBuckets(index, &reader, layout)
        accumulate(index, layout, engine.axis)
    }

    /// Buckets come latest first, each with its own counts; ``accumulate(_:_:_:)`` turns them into running totals.
    private mutating func readBuckets(
        _ index: Int, _ reader: inout StateReader, _ layout: SeriesLayout.Kept
    ) throws(StateError) {
        let count = try reader.count()
        // Taken out while it grows: one check of ownership instead of three a bucket.
        var buckets: [SeriesState.Bucket] = []
        swap(&buckets, &series[index].buckets)
        buckets.reserveCapacity(count)
        var previous = Int64(front)
        for position in 0..<count {
            let gap = try reader.unsigned()
            guard gap <= UInt64(Engine.tickMagnitudeMax) * 2, position == 0 || gap > 0 else { throw reader.damage }
            previous -= Int64(gap)
            guard previous >= -Int64(Engine.tickMagnitudeMax) else { throw reader.damage }
            var bucket = SeriesState.Bucket(tick: Tick(previous))
            if layout.keepsCounts {
                bucket.count = try reader.events()
                guard bucket.count > 0 else { throw reader.damage }
            }
            if layout.keepsSums || layout.keepsExtremes {
                bucket.values = try reader.events()
                if bucket.values > 0 {
                    if layout.keepsSums { bucket.sum = try reader.wide() }
                    if layout.keepsExtremes {
                        bucket.minimum = try reader.micros()
                        bucket.maximum = try reader.micros()
                    }
                }
            }
            buckets.append(bucket)
        }
        swap(&buckets, &series[index].buckets)
    }

    private mutating func accumulate(_ index: Int, _ layout: SeriesLayout.Kept, _ axis: TimeAxis) {
        series[index].buckets.reverse()
        let needsDays = axis.grain == .hour && layout.keepsCounts
        var running = SeriesState.Bucket(tick: 0)
        var buckets = series[index].buckets.mutableSpan
        for position in buckets.indices {
            running.count &+= buckets[position].count
            running.values &+= buckets[position].values
            running.sum &+= buckets[position].sum
            buckets[position].count = running.count
            buckets[position].values = running.values
            buckets[position].sum = running.sum
            if needsDays { buckets[position].day = axis.localDay(of: buckets[position].tick) }
        }
        if layout.shape == .decay { series[index].recarry(from: 0, halfLifeTicks: layout.halfLifeTicks) }
    }

    private mutating func readValues(
        _ index: Int, _ reader: inout StateReader, _ layout: SeriesLayout.Kept
    ) throws(StateError) {
        if layout.keepsFirstValue || layout.shape == .last {
            let tick = try readTick(&reader)
            if tick != SeriesState.noTick {
                let at = try reader.time()
                let cell = try reader.cell(layout.valueType, into: &text)
                series[index].single = SeriesState.ValueEntry(tick: tick, at: at, cell: cell)
            }
        }
        guard layout.shape != .last, layout.retainTicks > 0 || layout.keepsAllValues else { return }
        let count = try reader.count()
        series[index].values.reserveCapacity(count)
        for _ in 0..<count {
            let tick = try readAge(&reader)
            let at = layout.shape == .first ? try reader.time() : 0
            let cell = try reader.cell(layout.valueType, into: &text)
            let entry = SeriesState.ValueEntry(tick: tick, at: at, cell: cell)
            guard follows(entry, series[index].values.last, layout) else { throw reader.damage }
            series[index].values.append(entry)
        }
    }

    /// Whether an entry may come after another: by tick for first values, by value for distinct ones.
    private func follows(
        _ entry: SeriesState.ValueEntry, _ last: SeriesState.ValueEntry?, _ layout: SeriesLayout.Kept
    ) -> Bool {
        if layout.shape == .distinct, entry.cell.isNull { return false }
        guard let last else { return true }
        return layout.shape == .first ? last.tick < entry.tick : order(last.cell, entry.cell, text.span) < 0
    }
}
