/// An expression as parsed: parentheses, comments and layout are gone, places remain.
struct Syntax: Hashable, Sendable {
    indirect enum Kind: Hashable, Sendable {
        case number(Double)
        case text(String)
        case boolean(Bool)
        case null
        case date(DayNumber)
        case name(String)
        case negate(Syntax)
        case not(Syntax)
        case binary(BinaryOperator, Syntax, Syntax)
        case between(Syntax, low: Syntax, high: Syntax, negated: Bool)
        case inList(Syntax, [Syntax], negated: Bool)
        case like(Syntax, pattern: Syntax, escape: Syntax?, negated: Bool)
        /// `IS` and `IS NOT DISTINCT FROM`; negated: `IS NOT` and `IS DISTINCT FROM`.
        case same(Syntax, Syntax, negated: Bool)
        case conditional(base: Syntax?, branches: [Branch], otherwise: Syntax?)
        case cast(Syntax, CastType)
        /// The name in lower case.
        case call(String, [Syntax])
    }

    struct Branch: Hashable, Sendable {
        var when: Syntax
        var then: Syntax
    }

    var kind: Kind
    /// Scalars from the first to one after the last, with the parentheses around it.
    var range: Range<Int>
    /// The same without the parentheses.
    let core: Range<Int>
    /// The operator or function name; the whole for leaves.
    var mark: Range<Int>
    /// Levels below and including this one.
    var depth: Int

    init(_ kind: Kind, range: Range<Int>, mark: Range<Int>? = nil) {
        self.kind = kind
        self.range = range
        core = range
        self.mark = mark ?? range
        depth = 1
        depth += children.reduce(0) { max($0, $1.depth) }
    }

    /// Two expressions are equal when they mean the same, wherever they stand.
    static func == (left: Syntax, right: Syntax) -> Bool { left.kind == right.kind }

    func hash(into hasher: inout Hasher) { hasher.combine(kind) }

    /// The direct operands, in the order of the text.
    var children: [Syntax] {
        switch kind {
        case .number, .text, .boolean, .null, .date, .name: []
        case .negate(let operand), .not(let operand), .cast(let operand, _): [operand]
        case .binary(_, let left, let right), .same(let left, let right, _): [left, right]
        case .between(let subject, let low, let high, _): [subject, low, high]
        case .inList(let subject, let items, _): [subject] + items
        case .like(let subject, let pattern, let escape, _): [subject, pattern] + (escape.map { [$0] } ?? [])
        case .conditional(let base, let branches, let otherwise):
            (base.map { [$0] } ?? []) + branches.flatMap { [$0.when, $0.then] } + (otherwise.map { [$0] } ?? [])
        case .call(_, let arguments): arguments
        }
    }

    var isLiteral: Bool {
        switch kind {
        case .number, .text, .boolean, .null, .date: true
        case .negate(let operand): operand.isLiteral
        default: false
        }
    }
}

/// The types CAST knows.
enum CastType: String, Hashable, Sendable, CaseIterable {
    case real, text, integer, date, boolean
}

/// Operators between two operands, by their canonical spelling.
enum BinaryOperator: String, Hashable, Sendable {
    case or = "OR"
    case and = "AND"
    case equal = "="
    case unequal = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case concatenate = "||"

    init?(symbol: String) {
        switch symbol {
        case "==": self = .equal
        case "!=": self = .unequal
        default: self.init(rawValue: symbol)
        }
    }

    var precedence: Precedence {
        switch self {
        case .or: .or
        case .and: .and
        case .equal, .unequal: .equality
        case .less, .lessOrEqual, .greater, .greaterOrEqual: .comparison
        case .add, .subtract: .addition
        case .multiply, .divide, .remainder: .multiplication
        case .concatenate: .concatenation
        }
    }

    /// The comparison that holds when the operands are exchanged; nil for what is no comparison.
    var exchanged: BinaryOperator? {
        switch self {
        case .equal, .unequal: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: nil
        }
    }
}

/// How tightly operators bind, as SQLite documents it ("Operators, and Parse-Affecting Attributes").
enum Precedence: Int, Comparable, Sendable {
    case or = 1
    case and, not
    /// `=` `<>` `IS` `IN` `LIKE` `BETWEEN`: one level, from left to right.
    case equality
    case comparison, addition, multiplication, concatenation, sign, primary

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    /// The next tighter level.
    var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .primary }
}
