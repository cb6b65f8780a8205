import DriftModel
import Testing

/// An input of a test: its name, type and value.
struct TestInput {
    var name: String
    var type: ValueType
    var value: Value

    init(_ name: String, _ type: ValueType, _ value: Value) {
        self.name = name
        self.type = type
        self.value = value
    }
}

/// Inputs as the evaluator wants them.
struct PackedInputs {
    var cells: [Cell] = []
    var bytes: [UInt8] = []

    init(_ values: [Value]) {
        for value in values { cells.append(cell(value)) }
    }

    private mutating func cell(_ value: Value) -> Cell {
        switch value {
        case .null: return .null
        case .number(let number): return .number(number)
        case .boolean(let truth): return .boolean(truth)
        case .date(let day): return .date(day)
        case .timestamp(let instant): return .timestamp(instant)
        case .text(let text):
            let offset = bytes.count
            bytes.append(contentsOf: text.utf8)
            return .text(offset: offset, count: bytes.count - offset)
        }
    }
}

extension CompiledExpression {
    static func of(
        _ text: String, _ inputs: [TestInput] = [], open: Bool = false, zone: ZoneRules = .utc,
        expecting: ValueType? = nil
    ) throws -> CompiledExpression {
        var schema = ExpressionSchema(
            inputs: inputs.map { ExpressionSchema.Input(name: $0.name, type: $0.type) }, open: open, zone: zone,
            zones: { name in name == "UTC" ? .utc : testZone(name) })
        return try ExpressionCompiler.compile(text, schema: &schema, expecting: expecting)
    }

    func value(_ values: [Value] = []) -> Value {
        var evaluator = Evaluator()
        let packed = PackedInputs(values)
        let cell = evaluator.evaluate(program, inputs: packed.cells.span, bytes: packed.bytes.span)
        return evaluator.value(cell, of: program, bytes: packed.bytes.span)
    }
}

/// The value of an expression.
func evaluate(_ text: String, _ inputs: [TestInput] = [], zone: ZoneRules = .utc) throws -> Value {
    try CompiledExpression.of(text, inputs, zone: zone).value(inputs.map(\.value))
}

/// The error of an expression that is none.
func complaint(_ text: String, _ inputs: [TestInput] = [], open: Bool = false) -> ExpressionError? {
    do {
        _ = try CompiledExpression.of(text, inputs, open: open)
        return nil
    } catch {
        return error as? ExpressionError
    }
}

/// Deterministic random numbers (S. Vigna's SplitMix64).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}
