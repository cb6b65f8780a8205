/// Writes a parsed expression in its one canonical form: single spaces, the fewest parentheses that keep its
/// meaning, keywords in upper and functions in lower case.
enum ExpressionPrinter {
    static func print(_ syntax: Syntax) -> String {
        switch syntax.kind {
        case .number(let value): return NumberFormat.shortest(value)
        case .text(let text): return quoted(text, by: "'")
        case .boolean(let value): return value ? "TRUE" : "FALSE"
        case .null: return "NULL"
        case .date(let day): return "DATE '\(CivilDate(day: day).description)'"
        case .name(let name): return self.name(name)
        case .negate(let operand):
            let text = print(operand, atLeast: .sign)
            return text.hasPrefix("-") ? "- \(text)" : "-\(text)"
        case .not(let operand): return "NOT \(print(operand, atLeast: .not))"
        case .binary(let operation, let left, let right):
            let level = operation.precedence
            return "\(print(left, atLeast: level)) \(operation.rawValue) \(print(right, atLeast: level.tighter))"
        case .cast(let operand, let type): return "CAST(\(print(operand)) AS \(type.rawValue.uppercased()))"
        case .call(let name, let arguments): return "\(name)(\(arguments.map { print($0) }.joined(separator: ", ")))"
        case .conditional(let base, let branches, let otherwise): return conditional(base, branches, otherwise)
        case .between, .inList, .like, .same: return predicate(syntax)
        }
    }

    private static func predicate(_ syntax: Syntax) -> String {
        func left(_ operand: Syntax) -> String { print(operand, atLeast: .equality) }
        func right(_ operand: Syntax) -> String { print(operand, atLeast: .comparison) }
        switch syntax.kind {
        case .between(let subject, let low, let high, let negated):
            let middle = print(low, atLeast: .comparison)
            return "\(left(subject)) \(negated ? "NOT " : "")BETWEEN \(middle) AND \(right(high))"
        case .inList(let subject, let items, let negated):
            return "\(left(subject)) \(negated ? "NOT " : "")IN (\(items.map { print($0) }.joined(separator: ", ")))"
        case .like(let subject, let pattern, let escape, let negated):
            let ending = escape.map { " ESCAPE \(right($0))" } ?? ""
            return "\(left(subject)) \(negated ? "NOT " : "")LIKE \(right(pattern))\(ending)"
        case .same(let subject, let other, let negated):
            switch other.kind {
            case .null, .boolean: return "\(left(subject)) IS \(negated ? "NOT " : "")\(print(other))"
            default: return "\(left(subject)) IS \(negated ? "" : "NOT ")DISTINCT FROM \(right(other))"
            }
        default: return print(syntax)
        }
    }

    private static func conditional(_ base: Syntax?, _ branches: [Syntax.Branch], _ otherwise: Syntax?) -> String {
        var text = "CASE"
        if let base { text += " \(print(base))" }
        for branch in branches { text += " WHEN \(print(branch.when)) THEN \(print(branch.then))" }
        if let otherwise { text += " ELSE \(print(otherwise))" }
        return text + " END"
    }

    private static func print(_ syntax: Syntax, atLeast lowest: Precedence) -> String {
        syntax.precedence < lowest ? "(\(print(syntax)))" : print(syntax)
    }

    /// An input's name, in double quotes where it needs them.
    static func name(_ name: String) -> String {
        let scalars = Array(name.unicodeScalars)
        let plain =
            scalars.first.map(Lexer.isWordStart) == true
            && scalars.allSatisfy { Lexer.isWordStart($0) || Lexer.isDigit($0) }
        return plain && !ExpressionParser.reserved.contains(name.uppercased()) ? name : quoted(name, by: "\"")
    }

    static func quoted(_ text: String, by mark: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView([mark])
        for scalar in text.unicodeScalars {
            result.append(scalar)
            if scalar == mark { result.append(mark) }
        }
        result.append(mark)
        return String(result)
    }
}

extension Syntax {
    /// How tightly the outermost operator binds.
    var precedence: Precedence {
        switch kind {
        case .binary(let operation, _, _): operation.precedence
        case .between, .inList, .like, .same: .equality
        case .not: .not
        case .negate: .sign
        default: .primary
        }
    }
}
