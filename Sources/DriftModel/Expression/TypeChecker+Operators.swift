extension TypeChecker {
    mutating func binary(
        _ symbol: BinaryOperator, _ left: Syntax, _ right: Syntax, at syntax: Syntax
    ) throws(ExpressionError) -> Int32 {
        let name = "'\(symbol.rawValue)'"
        switch symbol {
        case .or, .and:
            let nodes = [try truth(left, of: symbol.rawValue), try truth(right, of: symbol.rawValue)]
            return tree.append(TypedNode(kind: symbol == .or ? .or : .and, type: .boolean), children: nodes)
        case .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual:
            return try compared([left, right], at: syntax) { checker, nodes, type in
                checker.operation(Operation.comparison(symbol, of: type), .boolean, nodes)
            }
        case .add, .multiply, .divide, .remainder:
            let nodes = [try number(left, of: name), try number(right, of: name)]
            let operations: [BinaryOperator: Operation] = [
                .add: .add, .multiply: .multiply, .divide: .divide, .remainder: .remainder,
            ]
            return operation(operations[symbol] ?? .add, .number, nodes)
        case .subtract: return try subtraction(left, right)
        case .concatenate:
            return operation(.concatenate, .text, [try text(left, of: name), try text(right, of: name)])
        }
    }

    /// Numbers, or two dates, which give days.
    private mutating func subtraction(
        _ left: Syntax, _ right: Syntax
    ) throws(ExpressionError) -> Int32 {
        let nodes = [try check(left), try check(right)]
        let dates = nodes.contains { type(of: $0) == .date }
        for (node, operand) in zip(nodes, [left, right]) {
            try require(dates ? .date : .number, node, operand, of: dates ? "date − date" : "'-'")
        }
        return operation(dates ? .daysBetween : .subtract, .number, nodes)
    }

    /// Checks operands that must have one common type, and hands them on with it.
    mutating func compared(
        _ operands: [Syntax], at syntax: Syntax,
        _ make: (inout TypeChecker, [Int32], ValueType?) -> Int32
    ) throws(ExpressionError) -> Int32 {
        let (nodes, type) = try common(operands, at: syntax) { left, right in
            "cannot compare \(left.phrase) with \(right.phrase)"
        }
        return make(&self, nodes, type)
    }

    /// - Parameter message: Of two types that differ.
    mutating func common(
        _ operands: [Syntax], at syntax: Syntax, _ message: (ValueType, ValueType) -> String
    ) throws(ExpressionError) -> (nodes: [Int32], type: ValueType?) {
        var nodes: [Int32] = []
        var found: (type: ValueType, syntax: Syntax)?
        for operand in operands {
            let node = try check(operand)
            nodes.append(node)
            guard let type = type(of: node) else { continue }
            guard let first = found else {
                found = (type, operand)
                continue
            }
            if type == first.type { continue }
            // The literal is seldom what is wrong: the hint is about the other side.
            let culprit = first.syntax.isLiteral || !operand.isLiteral ? (operand, type) : (first.syntax, first.type)
            let wanted = culprit.1 == type ? first.type : type
            let literalHint = operand.isLiteral ? conversionHint(from: type, to: first.type, operand) : nil
            let useLiteralHint = literalHint?.hasPrefix("write") == true
            throw error(
                operands.count == 2 ? syntax : operand, message(first.type, type),
                hint: useLiteralHint ? literalHint : conversionHint(from: culprit.1, to: wanted, culprit.0))
        }
        return (nodes, found?.type)
    }

    mutating func between(
        _ subject: Syntax, _ low: Syntax, _ high: Syntax, negated: Bool, at syntax: Syntax
    ) throws(ExpressionError) -> Int32 {
        try compared([subject, low, high], at: syntax) { checker, nodes, type in
            let node = checker.tree.append(
                TypedNode(
                    kind: .between, operation: .comparison(.greaterOrEqual, of: type), type: .boolean,
                    extra: Int32(Operation.comparison(.lessOrEqual, of: type).rawValue)),
                children: nodes)
            return negated ? checker.operation(.not, .boolean, [node]) : node
        }
    }

    mutating func inList(
        _ subject: Syntax, _ items: [Syntax], negated: Bool, at syntax: Syntax
    ) throws(ExpressionError) -> Int32 {
        try compared([subject] + items, at: syntax) { checker, nodes, type in
            let node = checker.tree.append(
                TypedNode(kind: .inList, operation: .comparison(.equal, of: type), type: .boolean), children: nodes)
            return negated ? checker.operation(.not, .boolean, [node]) : node
        }
    }

    mutating func like(
        _ subject: Syntax, _ pattern: Syntax, _ escape: Syntax?, negated: Bool
    ) throws(ExpressionError) -> Int32 {
        var nodes = [try text(subject, of: "LIKE"), try text(pattern, of: "LIKE")]
        if let escape {
            nodes.append(try text(escape, of: "ESCAPE"))
            if case .text(let mark) = escape.kind, mark.unicodeScalars.count != 1 {
                throw error(escape, "ESCAPE takes one character, this has \(mark.unicodeScalars.count)")
            }
        }
        let node = operation(.like, .boolean, nodes, extra: escape == nil ? -1 : OperationCall.hasEscape)
        return negated ? operation(.not, .boolean, [node]) : node
    }

    mutating func conditional(
        _ base: Syntax?, _ branches: [Syntax.Branch], _ otherwise: Syntax?, at syntax: Syntax
    ) throws(ExpressionError) -> Int32 {
        var conditions: [Int32] = []
        var comparison = Operation.move
        if let base {
            let (nodes, type) = try common([base] + branches.map(\.when), at: syntax) { left, right in
                "CASE compares \(left.phrase) with \(right.phrase)"
            }
            conditions = nodes
            comparison = .comparison(.equal, of: type)
        } else {
            for branch in branches { conditions.append(try truth(branch.when, of: "WHEN")) }
        }
        let results = branches.map(\.then) + (otherwise.map { [$0] } ?? [])
        var (values, type) = try common(results, at: syntax) { left, right in
            "CASE gives \(left.phrase) here and \(right.phrase) there"
        }
        if otherwise == nil { values.append(tree.append(constant: .null, type: nil)) }
        var nodes = base == nil ? [] : [conditions.removeFirst()]
        for (condition, value) in zip(conditions, values) { nodes += [condition, value] }
        nodes.append(values[values.count - 1])
        let node = TypedNode(kind: base == nil ? .searchedCase : .simpleCase, operation: comparison, type: type)
        return tree.append(node, children: nodes)
    }

    mutating func cast(_ operand: Syntax, _ target: CastType, at syntax: Syntax) throws(ExpressionError) -> Int32 {
        let node = try check(operand)
        let found = type(of: node)
        let result = target.valueType
        guard let found else { return tree.append(constant: .null, type: result) }
        if found == .text, target == .date { return readDate(node, pattern: nil) }
        if found == result, target != .integer { return node }
        let operations: [CastType: [ValueType: Operation]] = [
            .real: [.text: .realOfText, .boolean: .numberOfBoolean],
            .integer: [.number: .truncate, .text: .integerOfText, .boolean: .numberOfBoolean],
            .text: [
                .number: .textOfNumber, .boolean: .textOfBoolean, .date: .textOfDate, .timestamp: .textOfTimestamp,
            ],
            .date: [.timestamp: .dateOfTimestamp],
            .boolean: [.number: .booleanOfNumber, .text: .booleanOfText],
        ]
        guard let operation = operations[target]?[found] else {
            throw error(
                syntax, "\(found.phrase) cannot be cast to \(target.rawValue.uppercased())",
                hint: found == .date && result == .number ? "subtract a date: the difference is in days" : nil)
        }
        if operation == .dateOfTimestamp {
            return self.operation(operation, .date, [node], extra: format(TimeFormat(pattern: nil, zone: schema.zone)))
        }
        return self.operation(operation, result, [node])
    }
}

extension Operation {
    /// The instruction for a comparison of two values of a type (nil: both are NULL).
    static func comparison(_ symbol: BinaryOperator, of type: ValueType?) -> Operation {
        let family: [Operation] =
            switch type {
            case .number, nil:
                [
                    .equalNumbers, .unequalNumbers, .lessNumbers, .lessOrEqualNumbers, .greaterNumbers,
                    .greaterOrEqualNumbers,
                ]
            case .text:
                [.equalTexts, .unequalTexts, .lessTexts, .lessOrEqualTexts, .greaterTexts, .greaterOrEqualTexts]
            case .boolean, .date, .timestamp:
                [.equalBits, .unequalBits, .lessBits, .lessOrEqualBits, .greaterBits, .greaterOrEqualBits]
            }
        switch symbol {
        case .unequal: return family[1]
        case .less: return family[2]
        case .lessOrEqual: return family[3]
        case .greater: return family[4]
        case .greaterOrEqual: return family[5]
        default: return family[0]
        }
    }
}

extension CastType {
    var valueType: ValueType {
        switch self {
        case .real, .integer: .number
        case .text: .text
        case .date: .date
        case .boolean: .boolean
        }
    }
}
