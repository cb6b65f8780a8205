public import DriftModel

/// Evaluates expressions on values given by hand: to try one, and to test the language.
public struct ExpressionTrial: Sendable {
    /// A name with its value.
    public struct Binding: Hashable, Sendable {
        public var name: String
        public var value: Value

        public init(name: String, value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// What the expressions may refer to; a later binding of a name replaces an earlier one.
    public let bindings: [Binding]
    private let zones: @Sendable (String) -> ZoneRules?

    public init(bindings: [Binding] = [], zones: @escaping @Sendable (String) -> ZoneRules? = { _ in nil }) {
        var latest: [Binding] = []
        for binding in bindings {
            latest.removeAll { $0.name == binding.name }
            latest.append(binding)
        }
        self.bindings = latest
        self.zones = zones
    }

    /// The value of one expression.
    /// - Throws: What is wrong with its text.
    public func evaluate(_ text: String) throws(ExpressionError) -> Value {
        let compiled = try compile(text)
        var bytes: [UInt8] = []
        let cells = bindings.map { ExpressionTrial.cell($0.value, &bytes) }
        var evaluator = Evaluator()
        let cell = evaluator.evaluate(compiled.program, inputs: cells.span, bytes: bytes.span)
        return evaluator.value(cell, of: compiled.program, bytes: bytes.span)
    }

    /// The value of one expression as JSON: dates and timestamps as ISO texts, whole numbers without `.0`.
    public func json(_ text: String) throws(ExpressionError) -> String {
        ExpressionTrial.json(try evaluate(text))
    }

    /// A value as JSON.
    public static func json(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .number(let number): NumberText.shortest(number)
        case .boolean(let truth): truth ? "true" : "false"
        case .date(let day): JSONText.string(TimeText.date(day))
        case .timestamp(let instant): JSONText.string(TimeText.instant(instant))
        case .text(let text): JSONText.string(text)
        }
    }

    /// A NULL has no type, but an input must: each is tried as every type, and the first fit taken.
    private func compile(_ text: String) throws(ExpressionError) -> CompiledExpression {
        let untyped = bindings.indices.filter { bindings[$0].value == .null }.prefix(4)
        var types = bindings.map { ExpressionTrial.type(of: $0.value) }
        var firstError: ExpressionError?
        let all: [ValueType] = [.number, .text, .boolean, .date, .timestamp]
        let combinations = untyped.reduce(1) { count, _ in count * all.count }
        for combination in 0..<combinations {
            var rest = combination
            for index in untyped {
                types[index] = all[rest % all.count]
                rest /= all.count
            }
            let inputs = zip(bindings, types).map { ExpressionSchema.Input(name: $0.name, type: $1) }
            var schema = ExpressionSchema(inputs: inputs, inputNoun: "name", zones: zones)
            do {
                return try ExpressionCompiler.compile(text, schema: &schema)
            } catch {
                firstError = firstError ?? error
            }
        }
        throw firstError ?? ExpressionError(offset: 0, length: 1, message: "nothing to evaluate")
    }

    private static func type(of value: Value) -> ValueType {
        switch value {
        case .null, .number: .number
        case .boolean: .boolean
        case .date: .date
        case .timestamp: .timestamp
        case .text: .text
        }
    }

    private static func cell(_ value: Value, _ bytes: inout [UInt8]) -> Cell {
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
