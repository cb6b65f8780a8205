/// Text to ``Program``: lexer, parser (SQLite's precedence), static types, flat code.
public enum ExpressionCompiler {
    /// - Parameters:
    ///   - text: The expression.
    ///   - schema: What it may refer to; with an open schema, names met are appended to its inputs.
    ///   - expected: The type the place demands; nil: any.
    public static func compile(
        _ text: String, schema: inout ExpressionSchema, expecting expected: ValueType? = nil
    ) throws(ExpressionError) -> CompiledExpression {
        let (syntax, tokens) = try ExpressionParser.parse(text)
        var checker = TypeChecker(schema: schema)
        let root = try checker.check(syntax)
        if let expected { try demand(expected, root, syntax, checker) }
        let program = checker.program(of: root)
        schema = checker.schema
        var comparisons: [Comparison] = []
        if program.type == .boolean {
            let source = SourceText(scalars: Array(text.unicodeScalars), tokens: tokens)
            var collector = ComparisonCollector(schema: schema, source: source)
            try collector.collect(syntax)
            comparisons = collector.comparisons
        }
        return CompiledExpression(
            program: program, type: program.type, inputs: checker.inputsRead.sorted(),
            canonical: ExpressionPrinter.print(syntax), comparisons: comparisons)
    }

    private static func demand(
        _ expected: ValueType, _ root: Int32, _ syntax: Syntax, _ checker: TypeChecker
    ) throws(ExpressionError) {
        guard let found = checker.type(of: root), found != expected else { return }
        let message =
            expected == .boolean
            ? "a condition is wanted here, but this is \(found.phrase)"
            : "\(expected.phrase) is wanted here, but this is \(found.phrase)"
        throw checker.error(syntax, message, hint: checker.conversionHint(from: found, to: expected, syntax))
    }
}

extension TypeChecker {
    /// The program whose value is that of a node.
    func program(of root: Int32) -> Program {
        var whole = tree
        whole.root = root
        return Program(tree: whole)
    }
}
