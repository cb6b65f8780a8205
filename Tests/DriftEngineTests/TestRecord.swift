import DriftEngine
import DriftModel

/// An event as a test writes it: one value per field of its type, then one per attribute it sets.
struct TestEvent: Hashable {
    var type: Int
    var values: [Value]
}

struct TestRecord: Hashable {
    var at: Instant
    var events: [TestEvent]
    var trust = Trust.internal
    var id: UInt64?
    var content: UInt32 = 0
}

extension RecordBatch {
    /// A batch of one customer's records, in the order given.
    init(_ records: [TestRecord]) {
        self.init()
        for (index, record) in records.enumerated() {
            let first = events.count
            for event in record.events {
                events.append(Event(type: Int32(event.type), cells: cells.count))
                for value in event.values { cells.append(cell(value)) }
            }
            self.records.append(
                Record(
                    file: 0, number: Int64(index + 1), customer: 1, customerName: 0..<0, at: record.at,
                    idHash: record.id, contentHash: record.content, trust: record.trust, events: first..<events.count,
                    id: 0..<0))
        }
    }

    private mutating func cell(_ value: Value) -> Cell {
        switch value {
        case .null: return .null
        case .number(let number): return .number(number)
        case .boolean(let boolean): return .boolean(boolean)
        case .date(let day): return .date(day)
        case .timestamp(let instant): return .timestamp(instant)
        case .text(let string):
            let offset = text.count
            text += Array(string.utf8)
            return .text(offset: offset, count: text.count - offset)
        }
    }
}

/// A customer driven through an engine as a service would.
struct Driver {
    let engine: Engine
    var state = CustomerState()
    var scratch = EngineScratch()
    var outcome = Outcome()
    var classes: [RecordClass] = []
    /// Indexes of late records, within the records they were applied with.
    var late: [Int] = []

    init(_ builder: ModelBuilder) {
        self.init(Engine(model: builder.model, axis: builder.axis))
    }

    init(_ engine: Engine) {
        self.engine = engine
    }

    mutating func apply(_ records: [TestRecord], logicalBefore: Instant) {
        let batch = RecordBatch(records)
        var batchClasses = Array(repeating: RecordClass.ignored, count: records.count)
        engine.apply(
            ArraySlice(records.indices), of: batch, customer: 1, to: &state, logicalBefore: logicalBefore,
            classes: &batchClasses, late: &late, outcome: &outcome, scratch: &scratch)
        classes += batchClasses
    }

    mutating func advance(to tick: Tick) {
        engine.advance(&state, customer: 1, to: tick, outcome: &outcome, scratch: &scratch)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        state.encode(engine: engine, into: &bytes)
        return bytes
    }

    /// Encodes the state and reads it back, as between two files.
    mutating func recode() throws(StateError) {
        let bytes = bytes
        try state.decode(bytes.span, engine: engine)
    }

    var log: [LogLine] { outcome.transitions.map { LogLine($0, engine, outcome) } }
}

/// A transition with everything spelled out, for comparison.
struct LogLine: Hashable, CustomStringConvertible {
    var segmentation: Int
    var seq: Int
    var from: Int?
    var to: Int?
    var effectiveAt: Instant
    var cause: Cause
    var inputs: [Int]
    var before: [Value]
    var after: [Value]
    var flips: [Int]

    var description: String {
        let sides = "\(from.map(String.init) ?? "null")→\(to.map(String.init) ?? "null")"
        let values = zip(inputs, zip(before, after)).map { "f\($0): \($1.0) → \($1.1)" }.joined(separator: ", ")
        return "\(segmentation)#\(seq) \(sides) at \(effectiveAt.microseconds) \(cause) [\(values)] flips \(flips)"
    }
}

extension LogLine {
    init(_ transition: Transition, _ engine: Engine, _ outcome: Outcome) {
        func value(_ cell: Cell) -> Value {
            switch cell.tag {
            case .null: .null
            case .number: .number(cell.number)
            case .boolean: .boolean(cell.boolean)
            case .date: .date(cell.day)
            case .timestamp: .timestamp(cell.instant)
            case .text: .text(String(decoding: outcome.text[cell.textRange], as: UTF8.self))
            }
        }
        self.init(
            segmentation: Int(transition.segmentation), seq: Int(transition.seq), from: transition.from.map { Int($0) },
            to: transition.to.map { Int($0) }, effectiveAt: transition.effectiveAt, cause: transition.cause,
            inputs: outcome.inputFeatures[transition.inputs].map { Int($0) },
            before: outcome.before[transition.inputs].map(value), after: outcome.after[transition.inputs].map(value),
            flips: outcome.flips[transition.flips].map { Int($0.comparison) })
    }
}
