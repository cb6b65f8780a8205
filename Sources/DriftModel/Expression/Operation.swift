/// What an instruction or a node of the typed tree computes. All operations are total: they give NULL where
/// there is no value, and (but for those that say otherwise) when an operand is NULL.
enum Operation: UInt8, Sendable {
    // Control, in code only.
    case move, jump, jumpIfFalse, jumpIfTrue, jumpUnlessTrue, jumpIfValue, and, or

    // Comparisons of numbers; of what is ordered by its bits (booleans, dates, timestamps); of texts, bytewise.
    case equalNumbers, unequalNumbers, lessNumbers, lessOrEqualNumbers, greaterNumbers, greaterOrEqualNumbers
    case equalBits, unequalBits, lessBits, lessOrEqualBits, greaterBits, greaterOrEqualBits
    case equalTexts, unequalTexts, lessTexts, lessOrEqualTexts, greaterTexts, greaterOrEqualTexts
    /// IS and IS NOT: never NULL.
    case same, distinct
    case not

    // Numbers.
    case add, subtract, multiply, divide, remainder, negate
    case absolute, round, floor, ceiling, sign, squareRoot, power, exponential, logarithm, logarithm10, modulo
    case leastNumber, greatestNumber, leastBits, greatestBits, leastText, greatestText
    /// NULL when both are equal, else the first (also when the second is NULL).
    case nullIf

    // Texts.
    case concatenate, lower, upper, trim, trimLeft, trimRight, length, substring, replace, position
    case like

    // Conversions. `readNumber`, `readDate` and `readTimestamp` count what they cannot read.
    case readNumber, readDate, readTimestamp
    case dateOfTimestamp, timestampOfDate
    case year, month, day, weekday, daysBetween
    case truncate, realOfText, integerOfText, textOfNumber, textOfBoolean, textOfDate, textOfTimestamp
    case numberOfBoolean, booleanOfNumber, booleanOfText

    /// Those that pass NULL on; the others are asked in any case.
    var isStrict: Bool {
        switch self {
        case .same, .distinct, .nullIf, .replace, .move: false
        default: true
        }
    }
}

/// A node of the typed tree, which the interval evaluator walks.
struct TypedNode: Sendable {
    enum Kind: UInt8, Sendable {
        /// `extra`: index of the constant.
        case constant
        /// `extra`: index of the input.
        case input
        /// `extra`: index of the format, style or zone, where the operation takes one.
        case operation
        case and, or
        /// Children: condition, value, …, and the value otherwise.
        case searchedCase
        /// Children: base, then comparand, value, …, and the value otherwise; `operation` compares.
        case simpleCase
        case coalesce
        /// Children: subject, items; `operation` compares.
        case inList
        /// Children: subject, low, high; `operation` is the ≥ of the type, `extra` the raw value of its ≤.
        case between
    }

    var kind: Kind
    var operation: Operation = .move
    var type: ValueType?
    /// Children are `TypedTree.children[first..<first + count]`.
    var first: Int32 = 0
    var count: Int32 = 0
    var extra: Int32 = -1
}

/// A typed expression: nodes in an order in which children precede their parents, and the tables they refer to.
struct TypedTree: Sendable {
    var nodes: [TypedNode] = []
    var children: [Int32] = []
    var root: Int32 = -1
    var constants: [Cell] = []
    /// The bytes of constant texts.
    var text: [UInt8] = []
    var styles: [NumberStyle] = []
    var formats: [TimeFormat] = []

    /// The index of a child of a node.
    func child(_ node: TypedNode, _ index: Int) -> Int32 { children[Int(node.first) + index] }

    func constant(of node: Int32) -> Cell? {
        let node = nodes[Int(node)]
        return node.kind == .constant ? constants[Int(node.extra)] : nil
    }

    mutating func append(_ node: TypedNode, children list: [Int32] = []) -> Int32 {
        var node = node
        node.first = Int32(children.count)
        node.count = Int32(list.count)
        children.append(contentsOf: list)
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    mutating func append(constant cell: Cell, type: ValueType?) -> Int32 {
        let index: Int
        if let known = constants.firstIndex(of: cell) {
            index = known
        } else {
            index = constants.count
            constants.append(cell)
        }
        return append(TypedNode(kind: .constant, type: type, extra: Int32(index)))
    }

    mutating func append(text string: some Sequence<UInt8>) -> Int32 {
        let offset = text.count
        text.append(contentsOf: string)
        return append(constant: .text(offset: offset, count: text.count - offset, pool: .constant), type: .text)
    }
}

/// How a text is read as a date or timestamp: a pattern (nil: ISO forms) and the zone of local times.
struct TimeFormat: Hashable, Sendable {
    var pattern: TimePattern?
    var zone: ZoneRules
}
