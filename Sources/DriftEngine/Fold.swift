import DriftModel

/// What one event does to one series, worked out before anything is touched, so that a record is refused whole.
struct Effect {
    var series: Int32
    /// For tallies: the value is there.
    var hasMicros = false
    var micros: Int64 = 0
    /// For distinct, first and last: the value; its text lies in ``FoldScratch/text``.
    var cell = Cell.null
}

/// Memory for folding records.
struct FoldScratch {
    var effects: [Effect] = []
    /// Texts of the effects' cells.
    var text: [UInt8] = []
    /// The event as filters see it: one cell per field of the model, then the type's name.
    var inputs: [Cell] = []
    var inputText: [UInt8] = []
}

/// Why a record cannot be taken.
enum FoldError: Error {
    case overflow(series: Int, value: Double)
}

extension Engine {
    /// Works out the effects of a record's events.
    func prepare(
        _ record: RecordBatch.Record, of batch: borrowing RecordBatch, _ fold: inout FoldScratch,
        _ evaluator: inout Evaluator
    ) throws(FoldError) {
        if !fold.effects.isEmpty { fold.effects.removeAll(keepingCapacity: true) }
        if !fold.text.isEmpty { fold.text.removeAll(keepingCapacity: true) }
        for index in record.events {
            let event = batch.events.span[index]
            var isLoaded = false
            for position in layout.touchesOfType.span[Int(event.type)] {
                let touch = layout.touches.span[position]
                if touch.needsEvaluator, !isLoaded {
                    load(event, batch, &fold)
                    isLoaded = true
                }
                try prepare(touch, event, batch, &fold, &evaluator)
            }
        }
    }

    private func prepare(
        _ touch: Touch, _ event: RecordBatch.Event, _ batch: borrowing RecordBatch, _ fold: inout FoldScratch,
        _ evaluator: inout Evaluator
    ) throws(FoldError) {
        let series = Int(touch.series)
        if touch.hasFilter, let filter = layout.series[series].filter {
            evaluator.reset()
            guard evaluator.evaluate(filter, inputs: fold.inputs.span, bytes: fold.inputText.span).isTrue else {
                return
            }
        }
        var effect = Effect(series: touch.series)
        var value = Cell.null
        switch touch.value {
        case .none: break
        case .field:
            if touch.field >= 0 { value = batch.cells.span[event.cells + Int(touch.field)] }
            if value.tag == .text, touch.keepsValues { value = fold.adopt(value, from: batch.text.span) }
        case .computed: value = computed(series, &fold, &evaluator)
        }
        if touch.keepsValues {
            effect.cell = value
        } else if value.tag == .number {
            guard let micros = FixedPoint.micros(value.number) else {
                throw .overflow(series: series, value: value.number)
            }
            effect.hasMicros = true
            effect.micros = micros
        }
        fold.effects.append(effect)
    }

    /// The value of a series' expression for the event laid out; a text moves to where effects keep theirs.
    private func computed(_ series: Int, _ fold: inout FoldScratch, _ evaluator: inout Evaluator) -> Cell {
        guard let scalar = layout.series[series].scalar else { return .null }
        evaluator.reset()
        let value = evaluator.evaluate(scalar.program, inputs: fold.inputs.span, bytes: fold.inputText.span)
        guard value.tag == .text else { return value }
        // Taken out while it grows: the span below borrows from the same struct.
        var text: [UInt8] = []
        swap(&text, &fold.text)
        let offset = text.count
        evaluator.append(value, of: scalar.program, bytes: fold.inputText.span, to: &text)
        let count = text.count - offset
        swap(&text, &fold.text)
        return .text(offset: offset, count: count)
    }

    /// Lays an event out as filters see it.
    private func load(_ event: RecordBatch.Event, _ batch: borrowing RecordBatch, _ fold: inout FoldScratch) {
        fold.inputs.removeAll(keepingCapacity: true)
        fold.inputText.removeAll(keepingCapacity: true)
        fold.inputText.append(contentsOf: typeNames)
        for _ in model.fields { fold.inputs.append(.null) }
        let name = typeNameRanges[Int(event.type)]
        fold.inputs.append(.text(offset: name.lowerBound, count: name.count))
        let fields = model.eventTypes[Int(event.type)].fields
        for position in fields.indices {
            var cell = batch.cells[event.cells + position]
            if cell.tag == .text {
                let offset = fold.inputText.count
                for byte in cell.textRange { fold.inputText.append(batch.text[byte]) }
                cell = .text(offset: offset, count: cell.textCount)
            }
            fold.inputs[fields[position]] = cell
        }
    }

    // MARK: Taking effect

    /// Adds an accepted record to a state. The effects were prepared.
    func fold(
        _ record: RecordBatch.Record, tick: Tick, of batch: borrowing RecordBatch, to state: inout CustomerState,
        _ fold: borrowing FoldScratch
    ) {
        state.eventCount += Int64(record.events.count)
        state.firstEventAt = min(state.firstEventAt ?? record.at, record.at)
        state.lastEventAt = max(state.lastEventAt ?? record.at, record.at)
        state.front = max(state.front, tick)
        let effects = fold.effects.span
        for index in effects.indices { apply(effects[index], at: record.at, tick: tick, to: &state, fold.text.span) }
        for index in record.events {
            let event = batch.events.span[index]
            if layout.typeSetsAttributes.span[Int(event.type)] { setAttributes(event, record, batch, &state) }
        }
        if let hash = record.idHash {
            remember(SeenID(hash: hash, content: record.contentHash, tick: tick), &state)
        }
    }

    typealias SeenID = CustomerState.SeenID

    func apply(
        _ effect: Effect, at: Instant, tick: Tick, to state: inout CustomerState, _ text: Span<UInt8>
    ) {
        let index = Int(effect.series)
        let kept = layout.kept.span[index]
        let isRetained = kept.retainTicks > 0 && isRetained(tick, kept, front: state.front)
        switch kept.shape {
        case .tally:
            let micros = effect.hasMicros ? effect.micros : nil
            let day =
                isRetained && axis.grain == .hour && kept.keepsCounts ? axis.localDay(of: tick) : 0
            state.series[index].count(
                tick: tick, day: day, micros: micros, kept, isRetained: isRetained, front: state.front)
        case .decay:
            if effect.hasMicros { state.series[index].add(tick: tick, day: 0, micros: effect.micros, kept) }
        case .distinct:
            if !effect.cell.isNull, isRetained || kept.keepsAllValues {
                addDistinct(effect.cell, index, tick, &state, text)
            }
        case .first: addFirst(effect.cell, index, at, tick, isRetained, &state, text)
        case .last:
            if let single = state.series[index].single, single.at > at.microseconds { return }
            let cell = state.adopt(effect.cell, from: text)
            state.series[index].single = SeriesState.ValueEntry(tick: tick, at: at.microseconds, cell: cell)
        }
    }

    /// Whether a series still keeps the ticks around one.
    private func isRetained(_ tick: Tick, _ kept: SeriesLayout.Kept, front: Tick) -> Bool {
        kept.retainTicks == SeriesLayout.forEver || tick > front - kept.retainTicks
    }

    private func addDistinct(
        _ cell: Cell, _ index: Int, _ tick: Tick, _ state: inout CustomerState, _ text: Span<UInt8>
    ) {
        // Both zeros are one value.
        let cell = cell.tag == .number && cell.number == 0 ? Cell.number(0) : cell
        let (position, isThere) = state.placeOfValue(cell, text, series: index)
        if isThere {
            state.series[index].values[position].tick = max(state.series[index].values[position].tick, tick)
        } else {
            let entry = SeriesState.ValueEntry(tick: tick, cell: state.adopt(cell, from: text))
            state.series[index].values.insert(entry, at: position)
        }
    }

    private func addFirst(
        _ cell: Cell, _ index: Int, _ at: Instant, _ tick: Tick, _ isRetained: Bool, _ state: inout CustomerState,
        _ text: Span<UInt8>
    ) {
        let isFirst = state.series[index].single.map { at.microseconds < $0.at } ?? true
        if layout.kept[index].keepsFirstValue, isFirst {
            let own = state.adopt(cell, from: text)
            state.series[index].single = SeriesState.ValueEntry(tick: tick, at: at.microseconds, cell: own)
        }
        guard isRetained else { return }
        let position = state.series[index].firstValue(after: tick - 1)
        let isThere =
            position < state.series[index].values.count && state.series[index].values[position].tick == tick
        if isThere, state.series[index].values[position].at <= at.microseconds { return }
        let entry = SeriesState.ValueEntry(tick: tick, at: at.microseconds, cell: state.adopt(cell, from: text))
        if isThere {
            state.series[index].values[position] = entry
        } else {
            state.series[index].values.insert(entry, at: position)
        }
    }

    /// An attribute takes the value with the greatest (trust, at, arrival); NULL never replaces.
    private func setAttributes(
        _ event: RecordBatch.Event, _ record: RecordBatch.Record, _ batch: borrowing RecordBatch,
        _ state: inout CustomerState
    ) {
        let type = model.eventTypes[Int(event.type)]
        for position in type.sets.indices {
            let cell = batch.cells[event.cells + type.fields.count + position]
            guard !cell.isNull else { continue }
            let slot = state.attributes[type.sets[position]]
            guard (record.trust.rawValue, record.at.microseconds) >= (slot.trust.rawValue, slot.at) else { continue }
            let own = state.adopt(cell, from: batch.text.span)
            state.attributes[type.sets[position]] = CustomerState.AttributeSlot(
                trust: record.trust, at: record.at.microseconds, cell: own)
        }
    }

    // MARK: Ids

    /// The record's id as it was seen before, within the time ids are kept.
    func seen(_ hash: UInt64, _ state: borrowing CustomerState) -> SeenID? {
        let position = state.placeOfID(hash)
        guard position < state.seenIDs.count, state.seenIDs[position].hash == hash,
            isRemembered(state.seenIDs[position].tick, state.front)
        else { return nil }
        return state.seenIDs[position]
    }

    func isRemembered(_ tick: Tick, _ front: Tick) -> Bool {
        Int(tick) >= Int(front) - Int(model.dedupeTicks)
    }

    private func remember(_ id: SeenID, _ state: inout CustomerState) {
        let position = state.placeOfID(id.hash)
        if position < state.seenIDs.count, state.seenIDs[position].hash == id.hash {
            state.seenIDs[position] = id
        } else {
            state.seenIDs.insert(id, at: position)
        }
    }
}

extension FoldScratch {
    mutating func adopt(_ cell: Cell, from bytes: Span<UInt8>) -> Cell {
        let offset = text.count
        for index in cell.textRange { text.append(bytes[index]) }
        return .text(offset: offset, count: cell.textCount)
    }
}

extension CustomerState {
    func placeOfID(_ hash: UInt64) -> Int {
        var low = 0
        var high = seenIDs.count
        while low < high {
            let middle = (low + high) >> 1
            if seenIDs[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Where a value is, or belongs, among the distinct values of a series.
    func placeOfValue(_ cell: Cell, _ bytes: Span<UInt8>, series index: Int) -> (position: Int, isThere: Bool) {
        var low = 0
        var high = series[index].values.count
        while low < high {
            let middle = (low + high) >> 1
            switch order(series[index].values[middle].cell, cell, bytes) {
            case 0: return (middle, true)
            case ..<0: low = middle + 1
            default: high = middle
            }
        }
        return (low, false)
    }

    /// Compares a value of this state with one whose text lies elsewhere: negative, zero or positive.
    func order(_ own: Cell, _ other: Cell, _ bytes: Span<UInt8>) -> Int {
        guard own.tag == .text, other.tag == .text else {
            return own.bits < other.bits ? -1 : own.bits > other.bits ? 1 : 0
        }
        let (left, right) = (own.textRange, other.textRange)
        for offset in 0..<min(left.count, right.count) {
            let (a, b) = (text[left.lowerBound + offset], bytes[right.lowerBound + offset])
            if a != b { return a < b ? -1 : 1 }
        }
        return left.count - right.count
    }
}
