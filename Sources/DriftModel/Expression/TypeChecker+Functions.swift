/// What a function takes, for checking and for messages.
struct FunctionSignature: Sendable {
    enum Shape: Sendable {
        /// Operands of fixed types, the last ones optional.
        case fixed([ValueType], optional: Int, Operation, ValueType)
        /// At least two of one type.
        case least, greatest, coalesce
        case ifNull, nullIf, inlineIf
        case number, date, timestamp
        case datePart(Operation)
    }

    var usage: String
    var arguments: ClosedRange<Int>
    var shape: Shape
}

extension ExpressionParser {
    static func isFunction(_ name: String) -> Bool { TypeChecker.functions[name] != nil }
}

extension TypeChecker {
    static let functions: [String: FunctionSignature] = {
        var table: [String: FunctionSignature] = [:]
        func add(_ usage: String, _ arguments: ClosedRange<Int>, _ shape: FunctionSignature.Shape) {
            let name = String(usage.prefix { $0 != "(" })
            table[name] = FunctionSignature(usage: usage, arguments: arguments, shape: shape)
        }
        func fixed(
            _ usage: String, _ types: [ValueType], optional: Int = 0, _ operation: Operation, _ result: ValueType
        ) {
            add(usage, (types.count - optional)...types.count, .fixed(types, optional: optional, operation, result))
        }
        let one: [(String, Operation)] = [
            ("abs", .absolute), ("floor", .floor), ("ceil", .ceiling), ("sign", .sign), ("sqrt", .squareRoot),
            ("exp", .exponential), ("ln", .logarithm), ("log10", .logarithm10),
        ]
        for (name, operation) in one { fixed("\(name)(number)", [.number], operation, .number) }
        fixed("round(number[, digits])", [.number, .number], optional: 1, .round, .number)
        fixed("power(number, exponent)", [.number, .number], .power, .number)
        fixed("mod(number, divisor)", [.number, .number], .modulo, .number)
        fixed("lower(text)", [.text], .lower, .text)
        fixed("upper(text)", [.text], .upper, .text)
        fixed("trim(text[, characters])", [.text, .text], optional: 1, .trim, .text)
        fixed("ltrim(text[, characters])", [.text, .text], optional: 1, .trimLeft, .text)
        fixed("rtrim(text[, characters])", [.text, .text], optional: 1, .trimRight, .text)
        fixed("length(text)", [.text], .length, .number)
        fixed("substr(text, from[, count])", [.text, .number, .number], optional: 1, .substring, .text)
        fixed("replace(text, old, new)", [.text, .text, .text], .replace, .text)
        fixed("instr(text, part)", [.text, .text], .position, .number)
        add("least(a, b, …)", 2...64, .least)
        add("greatest(a, b, …)", 2...64, .greatest)
        add("coalesce(a, b, …)", 2...64, .coalesce)
        add("ifnull(a, b)", 2...2, .ifNull)
        add("nullif(a, b)", 2...2, .nullIf)
        add("iif(condition, a, b)", 3...3, .inlineIf)
        add("number(text[, 'locale'])", 1...2, .number)
        add("date(text[, 'format'])", 1...2, .date)
        add("timestamp(text[, 'format'[, 'timezone']])", 1...3, .timestamp)
        add("year(date)", 1...1, .datePart(.year))
        add("month(date)", 1...1, .datePart(.month))
        add("day(date)", 1...1, .datePart(.day))
        add("weekday(date)", 1...1, .datePart(.weekday))
        return table
    }()

    /// What people coming from elsewhere write, and what it is called here.
    static let otherNames: [String: String] = [
        "min": "least", "max": "greatest", "pow": "power", "log": "ln or log10", "ceiling": "ceil", "len": "length",
        "substring": "substr", "nvl": "coalesce", "if": "iif", "to_number": "number", "to_date": "date",
        "to_timestamp": "timestamp", "datetime": "timestamp", "strpos": "instr", "isnull": "IS NULL",
        "concat": "the operator ||", "truncate": "CAST(x AS INTEGER)", "ucase": "upper", "lcase": "lower",
        "dayofweek": "weekday", "datediff": "the difference of two dates, a - b",
    ]

    mutating func call(_ name: String, _ arguments: [Syntax], at syntax: Syntax) throws(ExpressionError) -> Int32 {
        guard let signature = Self.functions[name] else {
            let hint =
                Self.otherNames[name].map { "it is called \($0) here" }
                ?? DidYouMean.hint(for: name, among: Self.functions.keys.sorted(), listingUpTo: 40)
            throw error(syntax, "there is no function '\(name)'", hint: hint, mark: true)
        }
        guard signature.arguments.contains(arguments.count) else {
            throw error(
                syntax, "\(name) does not take \(arguments.count) argument\(arguments.count == 1 ? "" : "s")",
                hint: "write \(signature.usage)")
        }
        switch signature.shape {
        case .fixed(let types, _, let operation, let result):
            var nodes: [Int32] = []
            for (type, argument) in zip(types, arguments) { nodes.append(try demand(type, argument, of: name)) }
            let extra = nodes.count < types.count ? OperationCall.leftOut : -1
            return self.operation(operation, result, nodes, extra: extra)
        case .least, .greatest: return try extreme(name, arguments, at: syntax)
        case .coalesce, .ifNull:
            let (nodes, type) = try alternatives(name, arguments, at: syntax)
            return tree.append(TypedNode(kind: .coalesce, type: type), children: nodes)
        case .nullIf:
            let (nodes, _) = try alternatives(name, arguments, at: syntax)
            return operation(.nullIf, type(of: nodes[0]), nodes)
        case .inlineIf:
            let condition = try truth(arguments[0], of: "iif")
            let (nodes, type) = try alternatives(name, Array(arguments[1...]), at: syntax)
            return tree.append(TypedNode(kind: .searchedCase, type: type), children: [condition] + nodes)
        case .number: return try readingNumber(arguments)
        case .date: return try readingDate(arguments)
        case .timestamp: return try readingTimestamp(arguments)
        case .datePart(let part):
            var node = try check(arguments[0])
            if type(of: node) == .timestamp { node = dateOfTimestamp(node) }
            try require(.date, node, arguments[0], of: name)
            return operation(part, .number, [node])
        }
    }

    private mutating func alternatives(
        _ name: String, _ arguments: [Syntax], at syntax: Syntax
    ) throws(ExpressionError) -> (nodes: [Int32], type: ValueType?) {
        try common(arguments, at: syntax) { left, right in
            "\(name) takes values of one type, but here are \(left.phrase) and \(right.phrase)"
        }
    }

    /// least and greatest as a chain of binary operations.
    private mutating func extreme(
        _ name: String, _ arguments: [Syntax], at syntax: Syntax
    ) throws(ExpressionError) -> Int32 {
        let (nodes, type) = try alternatives(name, arguments, at: syntax)
        let least = name == "least"
        let chosen: Operation =
            switch type {
            case .number, nil: least ? .leastNumber : .greatestNumber
            case .text: least ? .leastText : .greatestText
            default: least ? .leastBits : .greatestBits
            }
        return nodes.dropFirst().reduce(nodes[0]) { operation(chosen, type, [$0, $1]) }
    }

    private mutating func dateOfTimestamp(_ node: Int32) -> Int32 {
        operation(.dateOfTimestamp, .date, [node], extra: format(TimeFormat(pattern: nil, zone: schema.zone)))
    }

    // MARK: Reading texts

    mutating func format(_ format: TimeFormat) -> Int32 {
        if let known = tree.formats.firstIndex(of: format) { return Int32(known) }
        tree.formats.append(format)
        return Int32(tree.formats.count - 1)
    }

    mutating func readDate(_ node: Int32, pattern: TimePattern?) -> Int32 {
        operation(.readDate, .date, [node], extra: format(TimeFormat(pattern: pattern, zone: schema.zone)))
    }

    /// An argument that must be a literal text, as it is compiled.
    private func literal(_ syntax: Syntax, _ what: String) throws(ExpressionError) -> String {
        guard case .text(let text) = syntax.kind else {
            throw error(syntax, "\(what) must be a text in single quotes", hint: nil)
        }
        return text
    }

    private mutating func readingNumber(_ arguments: [Syntax]) throws(ExpressionError) -> Int32 {
        let node = try text(arguments[0], of: "number")
        guard arguments.count > 1 else { return operation(.readNumber, .number, [node]) }
        let tag = try literal(arguments[1], "the locale")
        guard let style = NumberStyle(locale: tag) else {
            throw error(
                arguments[1], "the locale '\(tag)' is not known",
                hint: DidYouMean.hint(for: tag, among: NumberStyle.knownLocales)
                    ?? "accepted: language tags such as 'en', 'de', 'fr', 'de-CH', 'en-IN'")
        }
        let index = tree.styles.firstIndex(of: style) ?? tree.styles.count
        if index == tree.styles.count { tree.styles.append(style) }
        return operation(.readNumber, .number, [node], extra: Int32(index))
    }

    private func pattern(_ syntax: Syntax, needing parts: TimePattern.Parts) throws(ExpressionError) -> TimePattern {
        let text = try literal(syntax, "the format")
        do {
            return try TimePattern(text, needing: parts)
        } catch {
            throw self.error(syntax, error.message, hint: error.hint)
        }
    }

    private mutating func readingDate(_ arguments: [Syntax]) throws(ExpressionError) -> Int32 {
        let node = try check(arguments[0])
        if arguments.count == 1 {
            if type(of: node) == .timestamp { return dateOfTimestamp(node) }
            if type(of: node) == .date { return node }
        }
        try require(.text, node, arguments[0], of: "date")
        return readDate(node, pattern: arguments.count > 1 ? try pattern(arguments[1], needing: .date) : nil)
    }

    private mutating func readingTimestamp(_ arguments: [Syntax]) throws(ExpressionError) -> Int32 {
        let node = try check(arguments[0])
        if arguments.count == 1, type(of: node) == .date {
            return operation(
                .timestampOfDate, .timestamp, [node], extra: format(TimeFormat(pattern: nil, zone: schema.zone)))
        }
        try require(.text, node, arguments[0], of: "timestamp")
        var format = TimeFormat(pattern: nil, zone: schema.zone)
        if arguments.count > 1, arguments[1].kind != .null {
            format.pattern = try pattern(arguments[1], needing: .date)
        }
        if arguments.count > 2 {
            let name = try literal(arguments[2], "the time zone")
            guard let zone = schema.zones(name) else {
                throw error(
                    arguments[2], "there is no time zone '\(name)'",
                    hint: "use an IANA name such as 'Europe/London' or 'UTC'")
            }
            format.zone = zone
        }
        return operation(.readTimestamp, .timestamp, [node], extra: self.format(format))
    }
}
