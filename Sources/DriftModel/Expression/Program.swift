/// A compiled expression: a flat list of instructions over registers, with its constants. Immutable, shareable,
/// made by ``ExpressionCompiler``.
public struct Program: Sendable {
    /// What a result can be besides NULL; nil when the expression is the literal NULL.
    public internal(set) var type: ValueType?
    /// The typed expression the code was made from, with the constants both use.
    let tree: TypedTree
    let code: [Instruction]
    /// Where the result is.
    let result: Operand
    let registerCount: Int

    /// What a program comes to that needs no evaluator.
    public enum Shortcut: Hashable, Sendable {
        /// The input of this index, as it is.
        case input(Int)
        /// `number(input)`: what ``NumberReader/parse(_:)-(Span<UInt8>)`` makes of the text.
        case numberOfInput(Int)
    }

    /// nil: it has to be evaluated.
    public var shortcut: Shortcut? {
        if code.isEmpty, let input = result.input { return .input(input) }
        guard code.count == 1, code[0].operation == .readNumber, code[0].extra < 0, result.isRegister,
            let input = code[0].first.input
        else { return nil }
        return .numberOfInput(input)
    }

    init(tree: TypedTree) {
        var emitter = CodeEmitter(tree: tree)
        result = emitter.operand(tree.root, at: 0)
        type = tree.nodes[Int(tree.root)].type
        self.tree = tree
        code = emitter.code
        registerCount = emitter.registerCount
    }
}

/// Where an instruction finds a value: input, constant or register, in the two highest bits, and its index.
struct Operand: Hashable, Sendable {
    var bits: UInt32

    static func input(_ index: Int32) -> Operand { Operand(bits: UInt32(index)) }
    static func constant(_ index: Int32) -> Operand { Operand(bits: 1 << 30 | UInt32(index)) }
    static func register(_ index: Int) -> Operand { Operand(bits: 2 << 30 | UInt32(index)) }
    /// An optional operand that was left out.
    static let none = Operand(bits: 3 << 30)

    var isRegister: Bool { bits >> 30 == 2 }
    /// Index of the input it is; nil: it is none.
    var input: Int? { bits >> 30 == 0 ? Int(bits) : nil }
}

/// One step: `target ← operation(first, second, third)`, or a jump to `extra`.
struct Instruction: Hashable, Sendable {
    var operation: Operation
    var target: UInt32 = 0
    var first: Operand = .none
    var second: Operand = .none
    var third: Operand = .none
    /// Jumps: index of the next instruction; else index of a format or style, or -1.
    var extra: Int32 = -1
}

/// Turns the typed tree into code. A node's value lands in the register it is asked for; those above are free.
struct CodeEmitter {
    let tree: TypedTree
    private(set) var code: [Instruction] = []
    private(set) var registerCount = 0

    init(tree: TypedTree) {
        self.tree = tree
    }

    /// Where a node's value is after the code so far: leaves stay where they are.
    mutating func operand(_ index: Int32, at register: Int) -> Operand {
        let node = tree.nodes[Int(index)]
        switch node.kind {
        case .constant: return .constant(node.extra)
        case .input: return .input(node.extra)
        default:
            emit(index, into: register)
            return .register(register)
        }
    }

    private mutating func append(_ instruction: Instruction) {
        code.append(instruction)
    }

    /// Adds a jump whose goal is set later.
    private mutating func jump(_ operation: Operation, if condition: Operand = .none) -> Int {
        append(Instruction(operation: operation, first: condition))
        return code.count - 1
    }

    private mutating func land(_ jumps: [Int]) {
        for jump in jumps { code[jump].extra = Int32(code.count) }
    }

    /// Computes a node into a register, always (leaves are copied).
    private mutating func emit(_ index: Int32, into register: Int) {
        registerCount = max(registerCount, register + 1)
        let node = tree.nodes[Int(index)]
        switch node.kind {
        case .constant, .input:
            append(Instruction(operation: .move, target: UInt32(register), first: operand(index, at: register)))
        case .operation: emitOperation(node, into: register)
        case .and, .or: emitConnective(node, into: register)
        case .searchedCase: emitSearchedCase(node, into: register)
        case .simpleCase: emitSimpleCase(node, into: register)
        case .coalesce: emitCoalesce(node, into: register)
        case .inList: emitList(node, into: register)
        case .between: emitBetween(node, into: register)
        }
    }

    private mutating func emitOperation(_ node: TypedNode, into register: Int) {
        var instruction = Instruction(operation: node.operation, target: UInt32(register), extra: node.extra)
        var next = register
        var operands: [Operand] = []
        for position in 0..<Int(node.count) {
            let place = operand(tree.child(node, position), at: next)
            if place.isRegister { next += 1 }
            operands.append(place)
        }
        if operands.count > 0 { instruction.first = operands[0] }
        if operands.count > 1 { instruction.second = operands[1] }
        if operands.count > 2 { instruction.third = operands[2] }
        append(instruction)
    }

    private mutating func emitConnective(_ node: TypedNode, into register: Int) {
        emit(tree.child(node, 0), into: register)
        let settled = jump(node.kind == .and ? .jumpIfFalse : .jumpIfTrue, if: .register(register))
        let right = operand(tree.child(node, 1), at: register + 1)
        append(
            Instruction(
                operation: node.kind == .and ? .and : .or, target: UInt32(register), first: .register(register),
                second: right))
        land([settled])
    }

    private mutating func emitSearchedCase(_ node: TypedNode, into register: Int) {
        var ends: [Int] = []
        for branch in 0..<(Int(node.count) / 2) {
            let condition = operand(tree.child(node, 2 * branch), at: register)
            let skipped = jump(.jumpUnlessTrue, if: condition)
            emit(tree.child(node, 2 * branch + 1), into: register)
            ends.append(jump(.jump))
            land([skipped])
        }
        emit(tree.child(node, Int(node.count) - 1), into: register)
        land(ends)
    }

    private mutating func emitSimpleCase(_ node: TypedNode, into register: Int) {
        let base = operand(tree.child(node, 0), at: register)
        let free = base.isRegister ? register + 1 : register
        var ends: [Int] = []
        for branch in 0..<((Int(node.count) - 1) / 2) {
            let comparand = operand(tree.child(node, 1 + 2 * branch), at: free)
            registerCount = max(registerCount, free + 1)
            append(Instruction(operation: node.operation, target: UInt32(free), first: base, second: comparand))
            let skipped = jump(.jumpUnlessTrue, if: .register(free))
            emit(tree.child(node, 2 + 2 * branch), into: register)
            ends.append(jump(.jump))
            land([skipped])
        }
        emit(tree.child(node, Int(node.count) - 1), into: register)
        land(ends)
    }

    private mutating func emitCoalesce(_ node: TypedNode, into register: Int) {
        var ends: [Int] = []
        for position in 0..<Int(node.count) {
            emit(tree.child(node, position), into: register)
            if position + 1 < Int(node.count) { ends.append(jump(.jumpIfValue, if: .register(register))) }
        }
        land(ends)
    }

    /// `x IN (a, b)` is `x = a OR x = b`; of nothing it is FALSE.
    private mutating func emitList(_ node: TypedNode, into register: Int) {
        let subject = operand(tree.child(node, 0), at: register + 1)
        let free = subject.isRegister ? register + 2 : register + 1
        registerCount = max(registerCount, free + 1)
        if node.count == 1 {
            // The subject's own value does not matter.
            append(
                Instruction(operation: .distinct, target: UInt32(register), first: subject, second: subject))
            return
        }
        var ends: [Int] = []
        for position in 1..<Int(node.count) {
            let item = operand(tree.child(node, position), at: free)
            let target = position == 1 ? register : free
            append(Instruction(operation: node.operation, target: UInt32(target), first: subject, second: item))
            if position > 1 {
                append(
                    Instruction(
                        operation: .or, target: UInt32(register), first: .register(register), second: .register(free)))
            }
            if position + 1 < Int(node.count) { ends.append(jump(.jumpIfTrue, if: .register(register))) }
        }
        land(ends)
    }

    private mutating func emitBetween(_ node: TypedNode, into register: Int) {
        let subject = operand(tree.child(node, 0), at: register + 1)
        let free = subject.isRegister ? register + 2 : register + 1
        registerCount = max(registerCount, free + 1)
        let low = operand(tree.child(node, 1), at: free)
        append(Instruction(operation: node.operation, target: UInt32(register), first: subject, second: low))
        let settled = jump(.jumpIfFalse, if: .register(register))
        let high = operand(tree.child(node, 2), at: free)
        let below = Operation(rawValue: UInt8(node.extra)) ?? .lessOrEqualNumbers
        append(Instruction(operation: below, target: UInt32(free), first: subject, second: high))
        append(
            Instruction(operation: .and, target: UInt32(register), first: .register(register), second: .register(free)))
        land([settled])
    }
}
