/// What an expression may refer to.
public struct ExpressionSchema: Sendable {
    /// A name an expression may use.
    public struct Input: Hashable, Sendable {
        public var name: String
        public var type: ValueType

        public init(name: String, type: ValueType) {
            self.name = name
            self.type = type
        }
    }

    /// In the order in which ``Evaluator/evaluate(_:inputs:bytes:)`` gets the cells.
    public var inputs: [Input]
    /// Mappings see every field as text: errors there hint `number(field)`, and any name is accepted as a field
    /// of the file when ``open`` is set; each new name is appended to the inputs.
    public var open: Bool
    /// What an input is called in messages: "feature", "field".
    public var inputNoun: String
    /// The zone `timestamp(text)` uses when none is named.
    public var zone: ZoneRules
    /// Finds the rules of a named zone; nil: no such zone.
    public var zones: @Sendable (String) -> ZoneRules?

    public init(
        inputs: [Input], open: Bool = false, inputNoun: String = "feature", zone: ZoneRules = .utc,
        zones: @escaping @Sendable (String) -> ZoneRules? = { _ in nil }
    ) {
        self.inputs = inputs
        self.open = open
        self.inputNoun = inputNoun
        self.zone = zone
        self.zones = zones
    }
}

/// Something wrong in the text of an expression.
public struct ExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// 0-based offset in Unicode scalars from the start of the expression.
    public var offset: Int
    /// Length in scalars of what is meant; at least 1.
    public var length: Int
    public var message: String
    public var hint: String?

    public init(offset: Int, length: Int, message: String, hint: String? = nil) {
        self.offset = offset
        self.length = length
        self.message = message
        self.hint = hint
    }

    public var description: String { "column \(offset + 1): \(message)" + (hint.map { " (\($0))" } ?? "") }

    /// Message, the text and a caret under the place, on three lines.
    public func pointing(into text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        let caret = String(repeating: " ", count: offset) + String(repeating: "^", count: max(1, length))
        return "\(description)\n  \(line)\n  \(caret)"
    }
}

/// The result of compiling one expression.
public struct CompiledExpression: Sendable {
    public var program: Program
    /// nil when the expression is the literal NULL.
    public var type: ValueType?
    /// Inputs read, ascending, each once.
    public var inputs: [Int]
    /// The expression in canonical form: white space, case of keywords and redundant parentheses gone.
    public var canonical: String
    /// Atomic comparisons in order of the text (empty when the expression is no condition).
    public var comparisons: [Comparison]

    public init(
        program: Program, type: ValueType?, inputs: [Int], canonical: String, comparisons: [Comparison]
    ) {
        self.program = program
        self.type = type
        self.inputs = inputs
        self.canonical = canonical
        self.comparisons = comparisons
    }
}
