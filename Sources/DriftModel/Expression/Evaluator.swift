/// Reusable memory for evaluating programs: registers and a buffer for text results.
///
/// One per thread of work. Text cells of pool `.scratch` stay valid until ``reset()``.
public struct Evaluator: Sendable {
    /// The bytes of `.scratch` texts.
    public internal(set) var text: [UInt8] = []
    /// How many times `number`, `date` or `timestamp` got text that they could not read. The caller sets it back.
    public var unreadable = 0
    /// The last such text; NULL before the first. Valid like any text cell of the program that met it.
    public var unreadableText = Cell.null
    var registers: [Cell] = []

    public init() {}

    /// Forgets the scratch texts; keeps the memory.
    public mutating func reset() {
        text.removeAll(keepingCapacity: true)
        if unreadableText.pool == .scratch { unreadableText = .null }
    }

    /// Evaluates a program.
    /// - Parameters:
    ///   - program: Compiled against a schema with as many inputs as `inputs` has cells.
    ///   - inputs: Values of the inputs; texts of pool `.input` lie in `bytes`.
    ///   - bytes: The bytes of input texts, UTF-8.
    /// - Returns: The value; a text is in `bytes` (`.input`), in the program (`.constant`) or in ``text``.
    /// - Complexity: O(instructions); numbers and conditions allocate nothing.
    public mutating func evaluate(_ program: Program, inputs: Span<Cell>, bytes: Span<UInt8>) -> Cell {
        if registers.count < program.registerCount {
            registers.append(contentsOf: repeatElement(.null, count: program.registerCount - registers.count))
        }
        return Self.run(program, inputs, bytes, &registers, &text, &unreadable, &unreadableText)
    }

    private static func run(
        _ program: Program, _ inputs: Span<Cell>, _ bytes: Span<UInt8>, _ registers: inout [Cell],
        _ text: inout [UInt8], _ unreadable: inout Int, _ unreadableText: inout Cell
    ) -> Cell {
        let code = program.code.span
        let constants = program.tree.constants.span
        var values = registers.mutableSpan
        var next = 0
        while next < code.count {
            let step = code[next]
            next += 1
            let first = load(step.first, inputs, constants, values)
            switch step.operation {
            case .move: values[Int(step.target)] = first
            case .jump: next = Int(step.extra)
            case .jumpIfFalse: if first.tag == .boolean, first.bits == 0 { next = Int(step.extra) }
            case .jumpIfTrue: if first.isTrue { next = Int(step.extra) }
            case .jumpUnlessTrue: if !first.isTrue { next = Int(step.extra) }
            case .jumpIfValue: if !first.isNull { next = Int(step.extra) }
            default:
                let second = load(step.second, inputs, constants, values)
                if let cell = simple(step.operation, first, second) {
                    values[Int(step.target)] = cell
                } else {
                    let third = load(step.third, inputs, constants, values)
                    var call = OperationCall(step.operation, first, second, third, extra: step.extra)
                    values[Int(step.target)] = call.perform(program.tree, bytes, &text)
                    if call.unreadable {
                        unreadable += 1
                        unreadableText = first
                    }
                }
            }
        }
        return load(program.result, inputs, constants, values)
    }

    @inline(__always)
    private static func load(
        _ operand: Operand, _ inputs: Span<Cell>, _ constants: Span<Cell>, _ registers: borrowing MutableSpan<Cell>
    ) -> Cell {
        let index = Int(operand.bits & 0x3FFF_FFFF)
        switch operand.bits >> 30 {
        case 0: return inputs[index]
        case 1: return constants[index]
        case 2: return registers[index]
        default: return .null
        }
    }

    /// The commonest operations; nil: it is another one.
    @inline(__always)
    private static func simple(_ operation: Operation, _ first: Cell, _ second: Cell) -> Cell? {
        switch operation {
        case .and:
            // FALSE wins over NULL.
            if first.tag == .boolean, first.bits == 0 { return first }
            if second.tag == .boolean, second.bits == 0 { return second }
            return first.isNull ? first : second
        case .or:
            if first.isTrue { return first }
            if second.isTrue { return second }
            return first.isNull ? first : second
        default: break
        }
        guard operation.rawValue >= Operation.equalNumbers.rawValue, operation.rawValue <= Operation.divide.rawValue
        else { return nil }
        guard first.tag == .number, second.tag == .number else { return nil }
        let left = first.number
        let right = second.number
        switch operation {
        case .equalNumbers: return .boolean(left == right)
        case .unequalNumbers: return .boolean(left != right)
        case .lessNumbers: return .boolean(left < right)
        case .lessOrEqualNumbers: return .boolean(left <= right)
        case .greaterNumbers: return .boolean(left > right)
        case .greaterOrEqualNumbers: return .boolean(left >= right)
        case .add: return .number(left + right)
        case .subtract: return .number(left - right)
        case .multiply: return .number(left * right)
        case .divide: return .number(left / right)
        default: return nil
        }
    }

    /// Appends the UTF-8 bytes of a text cell to a buffer.
    /// - Precondition: `cell` is a text that came from `program` with the same `bytes`, since the last reset.
    public func append(_ cell: Cell, of program: Program, bytes: Span<UInt8>, to buffer: inout [UInt8]) {
        guard cell.tag == .text else { return }
        for index in cell.textRange {
            switch cell.pool {
            case .input: buffer.append(bytes[index])
            case .constant: buffer.append(program.tree.text[index])
            case .scratch: buffer.append(text[index])
            }
        }
    }

    /// The value of a cell with its own text.
    public func value(_ cell: Cell, of program: Program, bytes: Span<UInt8>) -> Value {
        switch cell.tag {
        case .null: return .null
        case .number: return .number(cell.number)
        case .boolean: return .boolean(cell.boolean)
        case .date: return .date(cell.day)
        case .timestamp: return .timestamp(cell.instant)
        case .text:
            var buffer: [UInt8] = []
            append(cell, of: program, bytes: bytes, to: &buffer)
            return .text(String(decoding: buffer, as: UTF8.self))
        }
    }
}
