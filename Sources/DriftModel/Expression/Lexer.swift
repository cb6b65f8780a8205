/// A word, number, text or sign of an expression, with its place.
struct ExpressionToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case number(Double)
        case text(String)
        /// A bare word: keyword, function or input, told apart by the parser.
        case word(String)
        /// A `"quoted"` name: always an input.
        case quoted(String)
        case symbol(String)
        case end
    }

    var kind: Kind
    /// 0-based offset in scalars of the first scalar, and of the one after the last.
    var start: Int
    var end: Int
}

/// Cuts the text of an expression into tokens; white space and comments go.
struct Lexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    /// - Returns: All tokens, the last of kind `.end`.
    static func tokens(of scalars: [Unicode.Scalar]) throws(ExpressionError) -> [ExpressionToken] {
        var lexer = Lexer(scalars)
        var tokens: [ExpressionToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    private mutating func next() throws(ExpressionError) -> ExpressionToken {
        try skipBlanks()
        let start = position
        guard let first = peek() else { return ExpressionToken(kind: .end, start: start, end: start) }
        let kind: ExpressionToken.Kind
        if Self.isDigit(first) || (first == "." && peek(1).map(Self.isDigit) == true) {
            kind = try number()
        } else if Self.isWordStart(first) {
            while let scalar = peek(), Self.isWordStart(scalar) || Self.isDigit(scalar) { position += 1 }
            kind = .word(text(start..<position))
        } else if first == "'" {
            kind = .text(try quoted(by: "'", noun: "text"))
        } else if first == "\"" {
            let name = try quoted(by: "\"", noun: "quoted name")
            if name.isEmpty { throw ExpressionError(offset: start, length: 2, message: "a quoted name is empty") }
            kind = .quoted(name)
        } else {
            kind = .symbol(try symbol())
        }
        return ExpressionToken(kind: kind, start: start, end: position)
    }

    private mutating func skipBlanks() throws(ExpressionError) {
        while let scalar = peek() {
            if scalar.properties.isWhitespace || scalar == "\u{FEFF}" {
                position += 1
            } else if scalar == "-", peek(1) == "-" {
                while let scalar = peek(), scalar != "\n" { position += 1 }
            } else if scalar == "/", peek(1) == "*" {
                let start = position
                position += 2
                while peek() != nil, !(peek() == "*" && peek(1) == "/") { position += 1 }
                if peek() == nil {
                    throw ExpressionError(
                        offset: start, length: 2, message: "this comment never ends", hint: "close it with */")
                }
                position += 2
            } else {
                return
            }
        }
    }

    private mutating func number() throws(ExpressionError) -> ExpressionToken.Kind {
        let start = position
        skipDigits()
        if peek() == "." {
            position += 1
            skipDigits()
        }
        if let mark = peek(), mark == "e" || mark == "E" {
            let signed = peek(1) == "+" || peek(1) == "-"
            if let digit = peek(signed ? 2 : 1), Self.isDigit(digit) {
                position += signed ? 2 : 1
                skipDigits()
            }
        }
        if let scalar = peek(), Self.isWordStart(scalar) {
            while let scalar = peek(), Self.isWordStart(scalar) || Self.isDigit(scalar) { position += 1 }
            throw ExpressionError(
                offset: start, length: position - start, message: "'\(text(start..<position))' is no number",
                hint: "numbers are written 1, 2.5 or 1e3; a name that begins with a digit needs \"double quotes\"")
        }
        guard let value = NumberReader.parse(text(start..<position)) else {
            throw ExpressionError(
                offset: start, length: position - start, message: "this number is beyond the range of 64-bit floats")
        }
        return .number(value)
    }

    private mutating func skipDigits() {
        while let scalar = peek(), Self.isDigit(scalar) { position += 1 }
    }

    /// Text between two marks, in which a doubled mark stands for one.
    private mutating func quoted(by mark: Unicode.Scalar, noun: String) throws(ExpressionError) -> String {
        let start = position
        var content = String.UnicodeScalarView()
        position += 1
        while let scalar = peek() {
            position += 1
            if scalar != mark {
                content.append(scalar)
            } else if peek() == mark {
                content.append(mark)
                position += 1
            } else {
                return String(content)
            }
        }
        throw ExpressionError(
            offset: start, length: 1, message: "this \(noun) never ends",
            hint: "close it with \(mark); inside, write it twice")
    }

    private mutating func symbol() throws(ExpressionError) -> String {
        for candidate in ["<>", "<=", ">=", "==", "!=", "||", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "%"] {
            let parts = Array(candidate.unicodeScalars)
            guard position + parts.count <= scalars.count else { continue }
            guard Array(scalars[position..<(position + parts.count)]) == parts else { continue }
            position += parts.count
            return candidate
        }
        let scalar = scalars[position]
        let hints: [Unicode.Scalar: String] = [
            "&": "write AND", "|": "write OR, or || to join texts", "!": "write NOT, or != for unequal",
            "^": "write power(x, y)", ";": "an expression is one value, without a semicolon",
            ".": "names with a dot need double quotes: \"a.b\"",
            "@": "names with an @ need double quotes, in YAML inside single ones: '\"@a\"'",
            "\u{2019}": "use the straight quote '", "\u{2018}": "use the straight quote '",
            "\u{201C}": "use straight quotes", "\u{201D}": "use straight quotes",
            "\u{2264}": "write <=", "\u{2265}": "write >=", "\u{2260}": "write <>",
        ]
        throw ExpressionError(
            offset: position, length: 1, message: "'\(scalar)' has no meaning here", hint: hints[scalar])
    }

    private func text(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range]))
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 48 && scalar.value <= 57
    }

    static func isWordStart(_ scalar: Unicode.Scalar) -> Bool {
        let letter = scalar.value | 32
        return (letter >= 97 && letter <= 122 && scalar.isASCII) || scalar == "_"
    }
}
