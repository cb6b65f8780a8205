/// Gives every part of an expression its type, and makes the typed tree.
struct TypeChecker {
    var schema: ExpressionSchema
    var tree = TypedTree()
    /// Position of each input by name; the first of equal names wins.
    private var inputIndex: [String: Int]
    private(set) var inputsRead: Set<Int> = []

    init(schema: ExpressionSchema) {
        self.schema = schema
        inputIndex = Dictionary(
            schema.inputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func type(of node: Int32) -> ValueType? { tree.nodes[Int(node)].type }

    mutating func check(_ syntax: Syntax) throws(ExpressionError) -> Int32 {
        switch syntax.kind {
        case .number(let value): tree.append(constant: .number(value), type: .number)
        case .text(let text): tree.append(text: text.utf8)
        case .boolean(let value): tree.append(constant: .boolean(value), type: .boolean)
        case .null: tree.append(constant: .null, type: nil)
        case .date(let day): tree.append(constant: .date(day), type: .date)
        case .name(let name): try input(name, at: syntax)
        case .negate(let operand):
            operation(.negate, .number, [try number(operand, of: "'-'")])
        case .not(let operand):
            operation(.not, .boolean, [try truth(operand, of: "NOT")])
        case .binary(let operation, let left, let right): try binary(operation, left, right, at: syntax)
        case .between(let subject, let low, let high, let negated):
            try between(subject, low, high, negated: negated, at: syntax)
        case .inList(let subject, let items, let negated): try inList(subject, items, negated: negated, at: syntax)
        case .like(let subject, let pattern, let escape, let negated):
            try like(subject, pattern, escape, negated: negated)
        case .same(let left, let right, let negated):
            try compared([left, right], at: syntax) { checker, nodes, _ in
                checker.operation(negated ? .distinct : .same, .boolean, nodes)
            }
        case .conditional(let base, let branches, let otherwise):
            try conditional(base, branches, otherwise, at: syntax)
        case .cast(let operand, let type): try cast(operand, type, at: syntax)
        case .call(let name, let arguments): try call(name, arguments, at: syntax)
        }
    }

    private mutating func input(_ name: String, at syntax: Syntax) throws(ExpressionError) -> Int32 {
        if let index = inputIndex[name] {
            inputsRead.insert(index)
            return tree.append(TypedNode(kind: .input, type: schema.inputs[index].type, extra: Int32(index)))
        }
        guard schema.open else {
            var hint = DidYouMean.hint(for: name, among: schema.inputs.map(\.name))
            if ExpressionParser.isFunction(name.lowercased()) {
                hint = "the function is called \(name.lowercased())(…)"
            }
            throw error(
                syntax, "there is no \(schema.inputNoun) '\(name)'",
                hint: hint
                    ?? "this expression can refer to no \(schema.inputNoun); texts are written 'in single quotes'")
        }
        let index = schema.inputs.count
        schema.inputs.append(ExpressionSchema.Input(name: name, type: .text))
        inputIndex[name] = index
        inputsRead.insert(index)
        return tree.append(TypedNode(kind: .input, type: .text, extra: Int32(index)))
    }

    // MARK: Nodes

    /// Adds an operation; with constant operands only, its result.
    mutating func operation(_ operation: Operation, _ type: ValueType?, _ nodes: [Int32], extra: Int32 = -1) -> Int32 {
        let node = TypedNode(kind: .operation, operation: operation, type: type, extra: extra)
        let index = tree.append(node, children: nodes)
        guard nodes.allSatisfy({ tree.constant(of: $0) != nil }) else { return index }
        return folded(index)
    }

    /// The constant a node of constants amounts to; the node itself when reading it failed (which must be
    /// counted each time) .
    private mutating func folded(_ index: Int32) -> Int32 {
        var evaluator = Evaluator()
        var part = tree
        part.root = index
        let program = Program(tree: part)
        let none: [Cell] = []
        let bytes: [UInt8] = []
        let cell = evaluator.evaluate(program, inputs: none.span, bytes: bytes.span)
        if evaluator.unreadable > 0 { return index }
        let type = tree.nodes[Int(index)].type
        guard cell.tag == .text else {
            let constant = tree.append(constant: cell, type: type)
            return constant
        }
        var text: [UInt8] = []
        evaluator.append(cell, of: program, bytes: bytes.span, to: &text)
        return tree.append(text: text)
    }

    func error(_ syntax: Syntax, _ message: String, hint: String? = nil, mark: Bool = false) -> ExpressionError {
        let range = mark ? syntax.mark : syntax.range
        return ExpressionError(
            offset: range.lowerBound, length: max(1, range.count), message: message, hint: hint)
    }

    // MARK: Demands on operands

    /// Checks an operand that must be of a type (NULL fits all).
    mutating func demand(
        _ wanted: ValueType, _ syntax: Syntax, of whose: String
    ) throws(ExpressionError) -> Int32 {
        let node = try check(syntax)
        try require(wanted, node, syntax, of: whose)
        return node
    }

    /// The same of an operand that has been checked.
    func require(_ wanted: ValueType, _ node: Int32, _ syntax: Syntax, of whose: String) throws(ExpressionError) {
        guard let found = type(of: node), found != wanted else { return }
        throw error(
            syntax, "\(whose) takes \(wanted.phrase), but this is \(found.phrase)",
            hint: conversionHint(from: found, to: wanted, syntax))
    }

    mutating func number(_ syntax: Syntax, of whose: String) throws(ExpressionError) -> Int32 {
        try demand(.number, syntax, of: whose)
    }

    mutating func text(_ syntax: Syntax, of whose: String) throws(ExpressionError) -> Int32 {
        try demand(.text, syntax, of: whose)
    }

    mutating func truth(_ syntax: Syntax, of whose: String) throws(ExpressionError) -> Int32 {
        let node = try check(syntax)
        guard let found = type(of: node), found != .boolean else { return node }
        throw error(
            syntax, "\(whose) needs a condition, but this is \(found.phrase)",
            hint: found == .number ? "compare it, as in x <> 0" : "compare it with something")
    }

    /// What to write to get from one type to another.
    func conversionHint(from found: ValueType, to wanted: ValueType, _ syntax: Syntax) -> String? {
        var name = "x"
        if case .name(let field) = syntax.kind { name = ExpressionPrinter.name(field) }
        switch (found, wanted) {
        case (.text, .number):
            if case .text(let text) = syntax.kind, NumberReader.parse(text) != nil {
                return "write \(text) without quotes"
            }
            return "number(\(name)) reads a text as a number"
        case (.text, .date):
            if case .text(let text) = syntax.kind, CivilDate.parse(text) != nil { return "write DATE '\(text)'" }
            return "date(\(name)) reads a text as a date"
        case (.text, .timestamp): return "timestamp(\(name)) reads a text as a timestamp"
        case (.timestamp, .date): return "date(\(name)) is the local date of a timestamp"
        case (.number, .text), (.date, .text), (.timestamp, .text), (.boolean, .text):
            return "CAST(\(name) AS TEXT) makes it a text"
        case (.number, .boolean): return "compare it, as in \(name) <> 0"
        case (.boolean, .number): return "CAST(\(name) AS INTEGER) is 1 or 0"
        default: return nil
        }
    }
}

extension ValueType {
    /// With its article, for messages.
    var phrase: String { self == .number ? "a number" : "a \(rawValue)" }
}
