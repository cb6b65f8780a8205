extension ExpressionParser {
    /// A literal, name, call, CASE, CAST or parenthesis.
    mutating func primary() throws(ExpressionError) -> Syntax {
        let token = current
        let range = token.start..<token.end
        switch token.kind {
        case .number(let value):
            _ = advance()
            return Syntax(.number(value), range: range)
        case .text(let text):
            _ = advance()
            return Syntax(.text(text), range: range)
        case .quoted(let name):
            _ = advance()
            return Syntax(.name(name), range: range)
        case .symbol("("):
            _ = advance()
            var inner = try expression(.or)
            try expectSymbol(")", "to close the parenthesis at column \(token.start + 1)")
            inner.range = token.start..<tokens[position - 1].end
            return inner
        case .word(let word):
            return try worded(word, token)
        default:
            throw unexpected(wanting: "a value")
        }
    }

    private mutating func worded(_ word: String, _ token: ExpressionToken) throws(ExpressionError) -> Syntax {
        let range = token.start..<token.end
        let upper = word.uppercased()
        switch upper {
        case "NULL":
            _ = advance()
            return Syntax(.null, range: range)
        case "TRUE", "FALSE":
            _ = advance()
            return Syntax(.boolean(upper == "TRUE"), range: range)
        case "CASE":
            return try conditional()
        case "CAST" where isSymbol("(", ahead: 1):
            return try cast()
        default:
            if Self.reserved.contains(upper) { throw unexpected(wanting: "a value") }
        }
        _ = advance()
        if isSymbol("(") {
            _ = advance()
            let arguments = try list(closing: "the call of \(word.lowercased())")
            return Syntax(
                .call(word.lowercased(), arguments), range: token.start..<tokens[position - 1].end, mark: range)
        }
        if upper == "DATE", case .text(let text) = current.kind {
            let literal = advance()
            guard let day = CivilDate.parse(text) else {
                throw ExpressionError(
                    offset: literal.start, length: literal.end - literal.start, message: "'\(text)' is no date",
                    hint: "dates are written DATE '2026-01-31'")
            }
            return Syntax(.date(day), range: token.start..<literal.end)
        }
        return Syntax(.name(word), range: range)
    }

    /// Expressions up to the closing parenthesis, which is consumed; none is fine.
    mutating func list(closing what: String) throws(ExpressionError) -> [Syntax] {
        var items: [Syntax] = []
        if isSymbol(")") {
            _ = advance()
            return items
        }
        while true {
            items.append(try expression(.or))
            if isSymbol(",") {
                _ = advance()
            } else {
                try expectSymbol(")", "or ',' in \(what)")
                return items
            }
        }
    }

    private mutating func conditional() throws(ExpressionError) -> Syntax {
        let start = advance()
        let base: Syntax? = isWord("WHEN") ? nil : try expression(.or)
        var branches: [Syntax.Branch] = []
        while isWord("WHEN") {
            _ = advance()
            let when = try expression(.or)
            try expectWord("THEN", after: "the condition of WHEN")
            branches.append(Syntax.Branch(when: when, then: try expression(.or)))
        }
        if branches.isEmpty { throw unexpected(wanting: "WHEN after CASE") }
        var otherwise: Syntax?
        if isWord("ELSE") {
            _ = advance()
            otherwise = try expression(.or)
        }
        guard isWord("END") else {
            throw unexpected(wanting: otherwise == nil ? "WHEN, ELSE or END in CASE" : "END after ELSE")
        }
        let end = advance().end
        return Syntax(
            .conditional(base: base, branches: branches, otherwise: otherwise), range: start.start..<end,
            mark: start.start..<start.end)
    }

    private mutating func cast() throws(ExpressionError) -> Syntax {
        let start = advance()
        _ = advance()
        let operand = try expression(.or)
        try expectWord("AS", after: "the value of CAST")
        let accepted = CastType.allCases.map { $0.rawValue.uppercased() }
        guard case .word(let name) = current.kind, let type = CastType(rawValue: name.lowercased()) else {
            var error = unexpected(wanting: "a type after AS")
            if case .word(let name) = current.kind { error.hint = DidYouMean.hint(for: name, among: accepted) }
            error.hint = error.hint ?? "accepted: \(accepted.joined(separator: ", "))"
            throw error
        }
        _ = advance()
        try expectSymbol(")", "to close CAST")
        return Syntax(
            .cast(operand, type), range: start.start..<tokens[position - 1].end, mark: start.start..<start.end)
    }
}
