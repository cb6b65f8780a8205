/// Reads typed values out of ``YamlNode``s and collects everything that is wrong: a function that cannot give
/// its value reports why and returns nil, and reading goes on.
public struct YamlReader: Sendable {
    /// The file, as the person named it.
    public let file: String
    /// Errors and warnings in the order found.
    public private(set) var diagnostics: [Diagnostic] = []

    public init(file: String) {
        self.file = file
    }

    /// Whether anything found so far is an error.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Everything found, in the order of lines.
    public var sorted: [Diagnostic] {
        // A stable order for equals: what was found first comes first.
        diagnostics.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }

    /// Notes something wrong, once.
    public mutating func append(_ diagnostic: Diagnostic) {
        // Aliases make the same node be read twice; it is wrong once.
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    /// Reports an error at a node.
    public mutating func error(_ node: YamlNode, _ message: String, hint: String? = nil) {
        report(.error, node, message, hint: hint)
    }

    /// Reports a warning at a node.
    public mutating func warn(_ node: YamlNode, _ message: String, hint: String? = nil) {
        report(.warning, node, message, hint: hint)
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ node: YamlNode, _ message: String, hint: String?) {
        append(
            Diagnostic(
                severity, file: node.origin ?? file, line: node.line, column: node.column, message: message, hint: hint
            ))
    }

    /// Reports that a node is of the wrong kind.
    public mutating func mismatch(_ node: YamlNode, _ what: String, expected: String, hint: String? = nil) {
        error(node, "\(what) must be \(expected), found \(node.described)", hint: hint)
    }

    /// Reports a name that does not exist.
    /// - Parameters:
    ///   - noun: What it should name: "feature", "segment".
    ///   - known: The names that exist.
    public mutating func unknown(_ node: YamlNode, _ noun: String, _ name: String, known: some Collection<String>) {
        let hint = DidYouMean.hint(for: name, among: Array(known), listingUpTo: 24) ?? "there is none"
        error(node, "unknown \(noun) '\(name)'", hint: hint)
    }

    // MARK: Mappings and lists

    /// A mapping of known keys. Unknown and missing keys are reported.
    /// - Parameters:
    ///   - what: What the mapping is, for messages: "a source".
    ///   - keys: The keys accepted.
    ///   - required: Those that must be there.
    /// - Returns: nil only when the node is no mapping.
    public mutating func mapping(
        _ node: YamlNode, _ what: String, keys: [String], required: [String] = []
    ) -> YamlMapping? {
        guard let entries = entries(node, what) else { return nil }
        let mapping = YamlMapping(node: node, entries: entries)
        for entry in entries where !keys.contains(entry.name) {
            let hint = DidYouMean.hint(for: entry.name, among: keys, listingUpTo: 24)
            error(entry.key, "unknown key '\(entry.name)' in \(what)", hint: hint)
        }
        for key in required where mapping[key] == nil {
            error(node, "\(what) has no '\(key)'", hint: nil)
        }
        return mapping
    }

    /// A mapping from names of the person's own choice; names are checked for form.
    /// - Returns: nil when the node is no mapping; nothing (`key:` alone) is an empty one.
    public mutating func entries(_ node: YamlNode, _ what: String) -> [YamlEntry]? {
        if node.isNull { return [] }
        guard case .mapping(let pairs) = node.content else {
            mismatch(node, what, expected: "a mapping (key: value)")
            return nil
        }
        var entries: [YamlEntry] = []
        for (key, value) in pairs {
            guard let name = key.rawText else {
                mismatch(key, "a key of \(what)", expected: "text")
                continue
            }
            entries.append(YamlEntry(name: name, key: key, value: value))
        }
        return entries
    }

    /// The items of a list; nothing is an empty one.
    public mutating func list(_ node: YamlNode, _ what: String) -> [YamlNode]? {
        if node.isNull { return [] }
        guard case .list(let items) = node.content else {
            mismatch(node, what, expected: "a list ([a, b])")
            return nil
        }
        return items
    }

    /// The items of a list, or the one thing that stands in its place.
    public func oneOrMany(_ node: YamlNode) -> [YamlNode] {
        if case .list(let items) = node.content { return items }
        return [node]
    }

    // MARK: Scalars

    /// Text. Numbers and truth values are not text unless quoted.
    public mutating func text(_ node: YamlNode, _ what: String) -> String? {
        if case .text(let text) = node.scalar { return text }
        let hint = node.isNull ? nil : node.rawText.map { "write it in quotes: '\($0)'" }
        mismatch(node, what, expected: "text", hint: hint)
        return nil
    }

    /// A name that others refer to: text without control characters and outer spaces.
    public mutating func name(_ node: YamlNode, _ what: String) -> String? {
        guard let text = text(node, what) else { return nil }
        return checkName(text, node, what) ? text : nil
    }

    /// Whether a name has a form that works in messages, files and expressions; reports it if not.
    public mutating func checkName(_ name: String, _ node: YamlNode, _ what: String) -> Bool {
        let scalars = name.unicodeScalars
        let isClean =
            !scalars.isEmpty && scalars.count <= 200 && scalars.first != " " && scalars.last != " "
            && scalars.allSatisfy { $0.properties.generalCategory != .control }
        if !isClean {
            error(
                node, "\(what) must be a name, found \(node.described)",
                hint: "1 to 200 characters, no line breaks, no space at either end")
        }
        return isClean
    }

    /// One of a fixed set of words.
    public mutating func word(_ node: YamlNode, _ what: String, of words: [String]) -> String? {
        guard case .text(let text) = node.scalar else {
            mismatch(node, what, expected: "one of \(spokenList(words))")
            return nil
        }
        if words.contains(text) { return text }
        let hint = DidYouMean.hint(for: text, among: words, listingUpTo: 24)
        error(node, "\(what) cannot be '\(text)'", hint: hint)
        return nil
    }

    /// A truth value; notes what else it is.
    public mutating func boolean(_ node: YamlNode, _ what: String) -> Bool? {
        if case .boolean(let value) = node.scalar { return value }
        mismatch(node, what, expected: "true or false")
        return nil
    }

    /// A finite number, optionally within bounds.
    public mutating func number(
        _ node: YamlNode, _ what: String, in bounds: ClosedRange<Double>? = nil
    ) -> Double? {
        guard case .number(let value) = node.scalar, value.isFinite else {
            mismatch(node, what, expected: "a number")
            return nil
        }
        if let bounds, !bounds.contains(value) {
            error(
                node, "\(what) must be from \(plainNumber(bounds.lowerBound)) to \(plainNumber(bounds.upperBound))",
                hint: "found \(plainNumber(value))")
            return nil
        }
        return value
    }

    /// A whole number within bounds.
    public mutating func integer(_ node: YamlNode, _ what: String, in bounds: ClosedRange<Int>) -> Int? {
        guard case .number(let value) = node.scalar, value.isFinite, value == value.rounded() else {
            mismatch(node, what, expected: "a whole number")
            return nil
        }
        guard let whole = Int(exactly: value), bounds.contains(whole) else {
            let limits =
                bounds.upperBound == .max
                ? "at least \(bounds.lowerBound)" : "from \(bounds.lowerBound) to \(bounds.upperBound)"
            error(node, "\(what) must be \(limits)", hint: "found \(plainNumber(value))")
            return nil
        }
        return whole
    }

    /// The text of an expression, whatever kind of scalar it looks like (`NULL`, `5` and `true` are expressions).
    public mutating func expression(_ node: YamlNode, _ what: String) -> PositionedText? {
        guard let text = node.positioned(file: file) else {
            mismatch(node, what, expected: "an expression")
            return nil
        }
        if text.text.unicodeScalars.allSatisfy({ $0.properties.isWhitespace }) {
            error(node, "\(what) must be an expression, found nothing")
            return nil
        }
        return text
    }
}

/// A key and its value.
public struct YamlEntry: Sendable {
    public var name: String
    public var key: YamlNode
    public var value: YamlNode

    public init(name: String, key: YamlNode, value: YamlNode) {
        self.name = name
        self.key = key
        self.value = value
    }
}

/// The entries of a mapping, by name and in order.
public struct YamlMapping: Sendable {
    public var node: YamlNode
    public var entries: [YamlEntry]

    public init(node: YamlNode, entries: [YamlEntry]) {
        self.node = node
        self.entries = entries
    }

    /// The value of a key.
    public subscript(name: String) -> YamlNode? { entry(name)?.value }

    /// Key and value by name.
    public func entry(_ name: String) -> YamlEntry? { entries.first { $0.name == name } }
}

/// A number as a person would write it: no `.0`, no exponent for whole numbers below 10¹⁵.
func plainNumber(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return String(value)
}
