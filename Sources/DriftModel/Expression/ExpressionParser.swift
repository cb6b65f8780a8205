/// Recursive descent by precedence over the tokens of one expression.
struct ExpressionParser {
    /// Deepest nesting of parentheses, CASE, calls and signs.
    static let nestingMax = 100
    /// Deepest tree, which long chains of operators make.
    static let depthMax = 250

    /// Words that end or join expressions, so that an input of that name needs double quotes.
    static let reserved: Set<String> = [
        "OR", "AND", "NOT", "BETWEEN", "IN", "LIKE", "IS", "NULL", "TRUE", "FALSE", "CASE", "WHEN", "THEN", "ELSE",
        "END", "ESCAPE", "AS",
    ]

    var tokens: [ExpressionToken]
    var position = 0
    var nesting = 0

    init(tokens: [ExpressionToken]) {
        self.tokens = tokens
    }

    /// Parses a whole text.
    static func parse(_ text: String) throws(ExpressionError) -> (syntax: Syntax, tokens: [ExpressionToken]) {
        let tokens = try Lexer.tokens(of: Array(text.unicodeScalars))
        var parser = ExpressionParser(tokens: tokens)
        if parser.current.kind == .end {
            throw ExpressionError(
                offset: 0, length: 1, message: "the expression is empty", hint: "write NULL for no value")
        }
        let syntax = try parser.expression(.or)
        if parser.current.kind != .end { throw parser.unexpected(wanting: "an operator or the end") }
        return (syntax, tokens)
    }

    var current: ExpressionToken { tokens[position] }

    mutating func advance() -> ExpressionToken {
        let token = tokens[position]
        if position < tokens.count - 1 { position += 1 }
        return token
    }

    func isWord(_ word: String, ahead: Int = 0) -> Bool {
        guard position + ahead < tokens.count, case .word(let found) = tokens[position + ahead].kind else {
            return false
        }
        return found.uppercased() == word
    }

    func isSymbol(_ symbol: String, ahead: Int = 0) -> Bool {
        position + ahead < tokens.count && tokens[position + ahead].kind == .symbol(symbol)
    }

    mutating func expectWord(_ word: String, after what: String) throws(ExpressionError) {
        guard isWord(word) else { throw unexpected(wanting: "\(word) after \(what)") }
        _ = advance()
    }

    mutating func expectSymbol(_ symbol: String, _ why: String) throws(ExpressionError) {
        guard isSymbol(symbol) else { throw unexpected(wanting: "'\(symbol)' \(why)") }
        _ = advance()
    }

    func unexpected(wanting what: String) -> ExpressionError {
        let token = current
        let found =
            switch token.kind {
            case .end: "the end"
            case .number(let value): "the number \(NumberFormat.shortest(value))"
            case .text(let text): "the text '\(text)'"
            case .word(let word), .quoted(let word): "'\(word)'"
            case .symbol(let symbol): "'\(symbol)'"
            }
        return ExpressionError(
            offset: token.start, length: max(1, token.end - token.start), message: "expected \(what), found \(found)")
    }

    /// Parses what binds at least as tightly as `lowest`.
    mutating func expression(_ lowest: Precedence) throws(ExpressionError) -> Syntax {
        nesting += 1
        defer { nesting -= 1 }
        if nesting > Self.nestingMax {
            throw ExpressionError(
                offset: current.start, length: 1, message: "nested more than \(Self.nestingMax) levels deep",
                hint: "give a part of it a name of its own")
        }
        var left = try prefixed()
        while let next = try continuation(of: left, lowest: lowest) {
            left = next
            if left.depth > Self.depthMax {
                throw ExpressionError(
                    offset: left.mark.lowerBound, length: left.mark.count,
                    message: "more than \(Self.depthMax) operators in a chain", hint: "use IN (…) or split it")
            }
        }
        return left
    }

    /// Signs, NOT, or a primary.
    private mutating func prefixed() throws(ExpressionError) -> Syntax {
        let token = current
        if isWord("NOT") {
            _ = advance()
            let operand = try expression(.not)
            return Syntax(.not(operand), range: token.start..<operand.range.upperBound, mark: token.start..<token.end)
        }
        if isSymbol("-") {
            _ = advance()
            let operand = try expression(.sign)
            return Syntax(
                .negate(operand), range: token.start..<operand.range.upperBound, mark: token.start..<token.end)
        }
        if isSymbol("+") {
            _ = advance()
            var operand = try expression(.sign)
            operand.range = token.start..<operand.range.upperBound
            return operand
        }
        return try primary()
    }

    /// The operator after `left` with its right side, if it binds at least as tightly as `lowest`.
    private mutating func continuation(of left: Syntax, lowest: Precedence) throws(ExpressionError) -> Syntax? {
        let token = current
        switch token.kind {
        case .symbol(let symbol):
            guard let operation = BinaryOperator(symbol: symbol), operation.precedence >= lowest else { return nil }
            return try binary(left, operation)
        case .word(let word):
            switch word.uppercased() {
            case "OR": return lowest <= .or ? try binary(left, .or) : nil
            case "AND": return lowest <= .and ? try binary(left, .and) : nil
            case "IS": return lowest <= .equality ? try identity(left) : nil
            case "BETWEEN", "IN", "LIKE": return lowest <= .equality ? try predicate(left, negated: false) : nil
            case "NOT":
                guard lowest <= .equality,
                    isWord("BETWEEN", ahead: 1) || isWord("IN", ahead: 1) || isWord("LIKE", ahead: 1)
                else { return nil }
                return try predicate(left, negated: true)
            default: return nil
            }
        default: return nil
        }
    }

    private mutating func binary(_ left: Syntax, _ operation: BinaryOperator) throws(ExpressionError) -> Syntax {
        let token = advance()
        let right = try expression(operation.precedence.tighter)
        return joined(.binary(operation, left, right), from: left, mark: token.start..<token.end)
    }

    /// `IS [NOT] [DISTINCT FROM] right`.
    private mutating func identity(_ left: Syntax) throws(ExpressionError) -> Syntax {
        let start = advance().start
        var negated = false
        if isWord("NOT") {
            _ = advance()
            negated = true
        }
        if isWord("DISTINCT"), isWord("FROM", ahead: 1) {
            _ = advance()
            _ = advance()
            negated.toggle()
        }
        let mark = start..<tokens[position - 1].end
        let right = try expression(Precedence.equality.tighter)
        return joined(.same(left, right, negated: negated), from: left, mark: mark)
    }

    /// `[NOT] BETWEEN`, `[NOT] IN`, `[NOT] LIKE`.
    private mutating func predicate(_ left: Syntax, negated: Bool) throws(ExpressionError) -> Syntax {
        let start = current.start
        if negated { _ = advance() }
        let keyword = advance()
        let mark = start..<keyword.end
        guard case .word(let word) = keyword.kind else { return left }
        switch word.uppercased() {
        case "BETWEEN":
            let low = try expression(Precedence.and.tighter)
            try expectWord("AND", after: "the lower bound of BETWEEN")
            let high = try expression(Precedence.equality.tighter)
            return joined(.between(left, low: low, high: high, negated: negated), from: left, mark: mark)
        case "IN":
            try expectSymbol("(", "after IN")
            let items = try list(closing: "the list of IN")
            return joined(.inList(left, items, negated: negated), from: left, mark: mark)
        default:
            let pattern = try expression(Precedence.equality.tighter)
            var escape: Syntax?
            if isWord("ESCAPE") {
                _ = advance()
                escape = try expression(Precedence.equality.tighter)
            }
            return joined(.like(left, pattern: pattern, escape: escape, negated: negated), from: left, mark: mark)
        }
    }

    private func joined(_ kind: Syntax.Kind, from left: Syntax, mark: Range<Int>) -> Syntax {
        Syntax(kind, range: left.range.lowerBound..<tokens[position - 1].end, mark: mark)
    }
}
