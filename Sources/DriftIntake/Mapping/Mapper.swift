public import DriftEngine
public import DriftFormats
public import DriftModel

/// Facts about a file that its records' mapping needs.
public struct FileContext: Hashable, Sendable {
    /// Its name as delivered, raw bytes.
    public var name: [UInt8]
    /// Position in the set of files being applied; goes into ``RecordBatch/Record/file``.
    public var index: Int32
    /// The wall clock when the file was claimed: `_received_at`.
    public var claimedAt: Instant
    /// Records with a later `at` are quarantined.
    public var latestAt: Instant
    /// Which of its records are meant; the others are as if they were not there, but keep their numbers.
    public var selection: RecordSelection

    /// - Parameter latestAt: The later of claim and `--as-of`, plus `future_tolerance`.
    public init(
        name: [UInt8], index: Int32, claimedAt: Instant, latestAt: Instant, selection: RecordSelection = .all
    ) {
        self.selection = selection
        self.name = name
        self.index = index
        self.claimedAt = claimedAt
        self.latestAt = latestAt
    }
}

/// What mapping made of one record.
public enum MappingResult: Hashable, Sendable {
    /// It was appended to the batch.
    case mapped
    /// `skip` holds.
    case skipped
    /// No event of it has a type the model knows; the bytes are in ``Mapper/typeName``.
    case unknownType
    /// To be quarantined.
    case refused(code: String, reason: String)
}

/// Turns raw records into events of the model. One per thread of work; allocates nothing per record once warm.
public struct Mapper {
    private let plan: SourcePlan
    private let file: FileContext
    /// As expressions see it: what is no UTF-8 in it is repaired, as everywhere else it is shown.
    private let fileName: [UInt8]
    private var evaluator = Evaluator()
    private var inputs: [Cell]
    private let idHashStart: StableHash
    private var alsoName: [UInt8] = []
    /// The type met last: most often the next one's too.
    private var lastType: Int32 = 0
    /// The type of the record's own event as the file has it, of the last record whose type the model does not know.
    public private(set) var typeName: [UInt8] = []

    public init(plan: SourcePlan, file: FileContext) {
        self.plan = plan
        self.file = file
        fileName = Array(String(decoding: file.name, as: UTF8.self).utf8)
        inputs = [Cell](repeating: .null, count: plan.inputs.count)
        inputs[2] = .timestamp(file.claimedAt)
        var start = StableHash()
        start.combine(Array(plan.source.name.utf8).span)
        start.combine(UInt8(0))
        idHashStart = start
    }

    /// Makes the file's name readable for the expressions of a batch: to be called once per batch, before its
    /// first record is mapped.
    public mutating func prepare(_ raw: inout RawRecords) {
        inputs[0] = .text(offset: raw.bytes.count, count: fileName.count)
        raw.bytes.append(contentsOf: fileName)
    }

    /// Maps one record.
    /// - Parameter batch: The record is appended, or nothing is.
    public mutating func map(
        _ record: RawRecords.Record, of raw: borrowing RawRecords, into batch: inout RecordBatch
    ) -> MappingResult {
        evaluator.reset()
        load(record, raw)
        let bytes = raw.bytes
        if let skip = plan.skip, evaluate(skip, bytes).isTrue { return .skipped }
        let mark = Mark(batch)
        let result = build(record, bytes, into: &batch)
        if case .mapped = result { return result }
        mark.restore(&batch)
        return result
    }

    private mutating func load(_ record: RawRecords.Record, _ raw: borrowing RawRecords) {
        inputs[1] = .number(Double(record.number))
        for index in SourcePlan.builtInCount..<inputs.count {
            let field = raw.field(index - SourcePlan.builtInCount, of: record)
            inputs[index] =
                field.isMissing || plan.nullTokens.contain(raw.bytes, field.range)
                ? .null : .text(offset: Int(field.offset), count: Int(field.count))
        }
    }

    @inline(__always)
    private mutating func evaluate(_ compiled: SourcePlan.Compiled, _ bytes: [UInt8]) -> Cell {
        evaluator.unreadable = 0
        switch compiled.shortcut {
        case .input(let index): return inputs[index]
        case .numberOfInput(let index):
            let cell = inputs[index]
            if cell.isNull { return .null }
            // What cannot be read is looked at again, for the reason.
            if let value = NumberReader.parse(bytes.span.extracting(cell.textRange)) { return .number(value) }
        case nil: break
        }
        let cells = inputs
        return evaluator.evaluate(compiled.program, inputs: cells.span, bytes: bytes.span)
    }

    // MARK: Record

    private mutating func build(
        _ record: RawRecords.Record, _ bytes: [UInt8], into batch: inout RecordBatch
    ) -> MappingResult {
        let firstText = batch.text.count
        let customer = evaluate(plan.customer, bytes)
        let customerProblem = problem("customer", .text, customer, plan.customer, bytes)
        append(customer, plan.customer, bytes, to: &batch.text)
        let customerName = firstText..<batch.text.count

        let type = evaluate(plan.type, bytes)
        if let refusal = problem("type", .text, type, plan.type, bytes) { return refusal }
        let ownType = index(ofType: type, plan.type, bytes)
        if ownType < 0 {
            var ownName: [UInt8] = []
            swap(&ownName, &typeName)
            fill(&ownName, type, plan.type, bytes)
            swap(&ownName, &typeName)
        }

        // The order of application: `also` events first.
        let firstEvent = batch.events.count
        for event in plan.also {
            let type = evaluate(event.type, bytes)
            if type.isNull { continue }
            let known = index(ofType: type, event.type, bytes)
            guard known >= 0 else { continue }
            if let refusal = appendEvent(known, event.cells[Int(known)], bytes, to: &batch) { return refusal }
        }
        if ownType < 0 && batch.events.count == firstEvent { return .unknownType }
        if let customerProblem { return customerProblem }
        if customerName.isEmpty { return .refused(code: "missing_field", reason: "customer is empty") }

        let at: Instant
        switch instant(bytes) {
        case .success(let found): at = found
        case .failure(let refusal): return refusal.result
        }
        if ownType >= 0,
            let refusal = appendEvent(ownType, plan.ownCells[Int(ownType)], bytes, to: &batch)
        {
            return refusal
        }
        return finish(record, bytes, customerName, at, ownType, firstEvent..<batch.events.count, into: &batch)
    }

    private mutating func finish(
        _ record: RawRecords.Record, _ bytes: [UInt8], _ customerName: Range<Int>, _ at: Instant, _ ownType: Int32,
        _ events: Range<Int>, into batch: inout RecordBatch
    ) -> MappingResult {
        var id = 0..<0
        var idHash: UInt64?
        var contentHash: UInt32 = 0
        if let program = plan.id {
            let cell = evaluate(program, bytes)
            if cell.isNull, evaluator.unreadable > 0, let refusal = problem("id", .text, cell, program, bytes) {
                return refusal
            }
            let start = batch.text.count
            append(cell, program, bytes, to: &batch.text)
            id = start..<batch.text.count
            if !cell.isNull {
                var hash = idHashStart
                hash.combine(batch.text.span.extracting(id))
                idHash = hash.finalize()
                contentHash = content(at, ownType, events, batch)
            }
        }
        batch.records.append(
            RecordBatch.Record(
                file: file.index, number: record.number, customer: 0, customerName: customerName, at: at,
                idHash: idHash, contentHash: contentHash, trust: plan.source.trust, events: events, id: id,
                byteOffset: record.byteOffset))
        return .mapped
    }

    private struct Refusal: Error {
        var result: MappingResult
    }

    private mutating func instant(_ bytes: [UInt8]) -> Result<Instant, Refusal> {
        let found: Instant?
        let program: SourcePlan.Compiled
        switch plan.at {
        case .timestamp(let timestamp):
            program = timestamp
            let cell = evaluate(program, bytes)
            if let refusal = problem("at", .timestamp, cell, program, bytes) {
                return .failure(Refusal(result: refusal))
            }
            found = cell.instant
        case .text(let text):
            program = text
            let cell = evaluate(program, bytes)
            if let refusal = problem("at", .text, cell, program, bytes) { return .failure(Refusal(result: refusal)) }
            found = parse(cell, program, bytes)
            if found == nil {
                let shown = shown(cell, program, bytes)
                return .failure(
                    Refusal(
                        result: .refused(
                            code: "unreadable_field", reason: "at: '\(shown)' is no time that is understood")))
            }
        }
        guard let found else { return .failure(Refusal(result: .refused(code: "missing_field", reason: "at is NULL"))) }
        if found > file.latestAt {
            return .failure(
                Refusal(
                    result: .refused(
                        code: "future",
                        reason:
                            "at \(TimestampText.string(found)) lies in the future; accepted up to \(TimestampText.string(file.latestAt))"
                    )))
        }
        return .success(found)
    }

    private mutating func parse(_ cell: Cell, _ program: SourcePlan.Compiled, _ bytes: [UInt8]) -> Instant? {
        if cell.pool == .input {
            return TimestampText.parseDefault(bytes.span.extracting(cell.textRange), zone: plan.zone)
        }
        var text: [UInt8] = []
        append(cell, program, bytes, to: &text)
        return TimestampText.parseDefault(text.span, zone: plan.zone)
    }

    // MARK: Events

    /// Appends an event with its cells. nil: done.
    private mutating func appendEvent(
        _ type: Int32, _ cells: [SourcePlan.CellProgram?], _ bytes: [UInt8], to batch: inout RecordBatch
    ) -> MappingResult? {
        let first = batch.cells.count
        for cell in cells {
            guard let cell else {
                batch.cells.append(.null)
                continue
            }
            let value = evaluate(cell.compiled, bytes)
            if value.isNull, evaluator.unreadable > 0 {
                return problem(cell.name, cell.type, value, cell.compiled, bytes)
            }
            if value.tag == .text {
                let start = batch.text.count
                append(value, cell.compiled, bytes, to: &batch.text)
                batch.cells.append(.text(offset: start, count: batch.text.count - start))
            } else {
                batch.cells.append(value)
            }
        }
        batch.events.append(RecordBatch.Event(type: type, cells: first))
        return nil
    }

    /// Index of an event type by its name's cell; -1: the model does not know it.
    private mutating func index(ofType cell: Cell, _ program: SourcePlan.Compiled, _ bytes: [UInt8]) -> Int32 {
        if cell.tag == .text, cell.pool == .input { return index(ofTypeNamed: bytes.span.extracting(cell.textRange)) }
        var name: [UInt8] = []
        swap(&name, &alsoName)
        fill(&name, cell, program, bytes)
        swap(&name, &alsoName)
        let known = alsoName
        return index(ofTypeNamed: known.span)
    }

    private mutating func index(ofTypeNamed name: Span<UInt8>) -> Int32 {
        let names = plan.typeNames
        if Int(lastType) < names.count, isSame(names[Int(lastType)], name) { return lastType }
        guard let found = names.indices.first(where: { isSame(names[$0], name) }) else { return -1 }
        lastType = Int32(found)
        return lastType
    }

    @inline(__always)
    private func isSame(_ known: [UInt8], _ name: Span<UInt8>) -> Bool {
        guard known.count == name.count else { return false }
        for index in known.indices where known[index] != name[index] { return false }
        return true
    }

    /// Replaces a buffer's bytes by a text. One of our own buffers has to be taken out meanwhile: filled in place,
    /// all of this value would be copied first.
    private mutating func fill(_ buffer: inout [UInt8], _ cell: Cell, _ program: SourcePlan.Compiled, _ bytes: [UInt8])
    {
        buffer.removeAll(keepingCapacity: true)
        append(cell, program, bytes, to: &buffer)
    }

    private mutating func append(
        _ cell: Cell, _ program: SourcePlan.Compiled, _ bytes: [UInt8], to buffer: inout [UInt8]
    ) {
        guard cell.tag == .text else { return }
        if cell.pool == .input {
            let range = cell.textRange
            unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0[range]) }
        } else {
            evaluator.append(cell, of: program.program, bytes: bytes.span, to: &buffer)
        }
    }

    // MARK: Refusals

    /// Why a value that must not be NULL is; nil when it is not.
    private mutating func problem(
        _ name: String, _ type: ValueType, _ cell: Cell, _ program: SourcePlan.Compiled, _ bytes: [UInt8]
    ) -> MappingResult? {
        guard cell.isNull else { return nil }
        guard evaluator.unreadable > 0 else { return .refused(code: "missing_field", reason: "\(name) is NULL") }
        let text = shown(evaluator.unreadableText, program, bytes)
        let noun = type == .text ? "number, date or time" : type == .timestamp ? "time" : type.rawValue
        return .refused(code: "unreadable_field", reason: "\(name): '\(text)' is no \(noun) that is understood")
    }

    private mutating func shown(_ cell: Cell, _ program: SourcePlan.Compiled, _ bytes: [UInt8]) -> String {
        guard case .text(let text) = evaluator.value(cell, of: program.program, bytes: bytes.span) else { return "" }
        return text.count > 60 ? String(text.prefix(60)) + "…" : text
    }

    // MARK: Content

    /// Tells whether two records with the same id say the same: type, time, fields and `also` events.
    private mutating func content(
        _ at: Instant, _ ownType: Int32, _ events: Range<Int>, _ batch: borrowing RecordBatch
    ) -> UInt32 {
        var hash = StableHash()
        let ownName = ownType < 0 ? typeName : plan.typeNames[Int(ownType)]
        hash.combine(ownName.span)
        hash.combine(UInt8(0))
        hash.combine(UInt64(bitPattern: at.microseconds))
        for event in batch.events[events] {
            let name = plan.typeNames[Int(event.type)]
            hash.combine(name.span)
            hash.combine(UInt8(0))
            for cell in batch.cells[event.cells..<(event.cells + plan.ownCells[Int(event.type)].count)] {
                hash.combine(cell.tag.rawValue)
                if cell.tag == .text {
                    hash.combine(UInt64(cell.textCount))
                    hash.combine(batch.text.span.extracting(cell.textRange))
                } else {
                    // Both zeros are the same number.
                    hash.combine(cell.tag == .number && cell.number == 0 ? 0 : cell.bits)
                }
            }
        }
        return UInt32(truncatingIfNeeded: hash.finalize())
    }
}

/// Where a batch stood, to take back a record that turned out unusable.
private struct Mark {
    let events: Int
    let cells: Int
    let text: Int

    init(_ batch: borrowing RecordBatch) {
        events = batch.events.count
        cells = batch.cells.count
        text = batch.text.count
    }

    func restore(_ batch: inout RecordBatch) {
        batch.events.removeSubrange(events...)
        batch.cells.removeSubrange(cells...)
        batch.text.removeSubrange(text...)
    }
}
