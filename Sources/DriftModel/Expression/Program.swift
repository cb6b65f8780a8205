/// A compiled expression: a flat list of instructions over registers. Immutable, shareable, made by
/// ``ExpressionCompiler``.
public struct Program: Sendable {
    /// What a result can be besides NULL; nil when the expression is the literal NULL.
    public internal(set) var type: ValueType?

    init(type: ValueType?) {
        self.type = type
    }
}

/// Reusable memory for evaluating programs: registers and a buffer for text results.
///
/// One per thread of work. Text cells of pool `.scratch` stay valid until ``reset()``.
public struct Evaluator {
    /// The bytes of `.scratch` texts.
    public internal(set) var text: [UInt8] = []
    var registers: [Cell] = []

    public init() {}

    /// Forgets the scratch texts; keeps the memory.
    public mutating func reset() {
        text.removeAll(keepingCapacity: true)
    }

    /// Evaluates a program.
    /// - Parameters:
    ///   - program: Compiled against a schema with as many inputs as `inputs` has cells.
    ///   - inputs: Values of the inputs; texts of pool `.input` lie in `bytes`.
    ///   - bytes: The bytes of input texts, UTF-8.
    /// - Returns: The value; a text is in `bytes` (`.input`), in the program (`.constant`) or in ``text``.
    /// - Complexity: O(instructions); numbers and conditions allocate nothing.
    public mutating func evaluate(_ program: Program, inputs: Span<Cell>, bytes: Span<UInt8>) -> Cell {
        .null
    }

    /// Appends the UTF-8 bytes of a text cell to a buffer.
    /// - Precondition: `cell` is a text that came from `program` with the same `bytes`, since the last reset.
    public func append(_ cell: Cell, of program: Program, bytes: Span<UInt8>, to buffer: inout [UInt8]) {}

    /// The value of a cell with its own text.
    public func value(_ cell: Cell, of program: Program, bytes: Span<UInt8>) -> Value {
        .null
    }
}
