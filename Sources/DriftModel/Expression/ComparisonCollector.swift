/// The text of an expression with its tokens, for quoting parts of it as written.
struct SourceText {
    var scalars: [Unicode.Scalar]
    var tokens: [ExpressionToken]

    /// What stands in a range, with white space and comments folded to single spaces.
    func folded(_ range: Range<Int>) -> String {
        var result = String.UnicodeScalarView()
        var last: Int?
        for token in tokens where token.start >= range.lowerBound && token.end <= range.upperBound {
            if token.kind == .end { continue }
            if let last, token.start > last { result.append(" ") }
            result.append(contentsOf: scalars[token.start..<token.end])
            last = token.end
        }
        return String(result)
    }
}

/// Finds the atomic comparisons of a condition: its leaves under AND, OR and NOT.
struct ComparisonCollector {
    let schema: ExpressionSchema
    let source: SourceText
    private(set) var comparisons: [Comparison] = []

    init(schema: ExpressionSchema, source: SourceText) {
        self.schema = schema
        self.source = source
    }

    mutating func collect(_ syntax: Syntax) throws(ExpressionError) {
        switch syntax.kind {
        case .binary(.and, let left, let right), .binary(.or, let left, let right):
            try collect(left)
            try collect(right)
        case .not(let operand):
            try collect(operand)
        case .binary(let symbol, let left, let right):
            // `30 >= recency` is about recency.
            let swapped = left.isConstant && !right.isConstant && symbol.exchanged != nil
            let limit = swapped ? left : right
            try add(syntax, subject: swapped ? right : left, limit: limit, scalarLimit: true, bounds: [limit])
        case .same(let left, let right, _):
            let plain = right.kind == .null
            try add(syntax, subject: left, limit: plain ? nil : right, scalarLimit: false, bounds: [right])
        case .between(let subject, let low, let high, _):
            let text = "\(source.folded(low.core)) and \(source.folded(high.core))"
            try add(syntax, subject: subject, limit: nil, limitText: text, scalarLimit: false, bounds: [low, high])
        case .inList(let subject, let items, _):
            let text = items.map { source.folded($0.core) }.joined(separator: ", ")
            try add(syntax, subject: subject, limit: nil, limitText: "(\(text))", scalarLimit: false, bounds: items)
        case .like(let subject, let pattern, _, _):
            try add(syntax, subject: subject, limit: pattern, scalarLimit: false)
        case .boolean, .null:
            break
        default:
            try add(syntax, subject: syntax, limit: nil, scalarLimit: false)
        }
    }

    private mutating func add(
        _ syntax: Syntax, subject: Syntax, limit: Syntax?, limitText: String? = nil, scalarLimit: Bool,
        bounds: [Syntax] = []
    ) throws(ExpressionError) {
        let (program, inputs) = try compile(syntax)
        let (subjectProgram, _) = try compile(subject)
        var feature: Int?
        if case .name(let name) = subject.kind { feature = schema.inputs.firstIndex { $0.name == name } }
        var limitProgram: Program?
        if scalarLimit, let limit { limitProgram = try compile(limit).program }
        var numbers: [Double] = []
        for bound in bounds { if let number = try number(bound) { numbers.append(number) } }
        comparisons.append(
            Comparison(
                text: source.folded(syntax.core), program: program, subjectText: source.folded(subject.core),
                subject: subjectProgram, subjectFeature: feature,
                limitText: limitText ?? limit.map { source.folded($0.core) }, limit: limitProgram,
                bounds: numbers, inputs: inputs))
    }

    /// The value of a constant that is a number.
    private func number(_ syntax: Syntax) throws(ExpressionError) -> Double? {
        guard syntax.isConstant else { return nil }
        let program = try compile(syntax).program
        let (noCells, noBytes): ([Cell], [UInt8]) = ([], [])
        var evaluator = Evaluator()
        let cell = evaluator.evaluate(program, inputs: noCells.span, bytes: noBytes.span)
        return cell.tag == .number ? cell.number : nil
    }

    private func compile(_ syntax: Syntax) throws(ExpressionError) -> (program: Program, inputs: [Int]) {
        var checker = TypeChecker(schema: schema)
        let root = try checker.check(syntax)
        return (checker.program(of: root), checker.inputsRead.sorted())
    }
}

extension Syntax {
    /// Reads no input.
    var isConstant: Bool {
        if case .name = kind { return false }
        return children.allSatisfy(\.isConstant)
    }
}
