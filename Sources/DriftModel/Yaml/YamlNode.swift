/// A node of a YAML document with its place, as the readers see it.
public struct YamlNode: Sendable {
    /// How a scalar was written; `taggedText` is a plain one under `!!str`.
    public enum Style: Hashable, Sendable { case plain, singleQuoted, doubleQuoted, block, taggedText }

    /// What a node holds.
    public enum Content: Sendable {
        /// Text after quotes and escapes; what it means is decided by ``YamlNode/scalar``.
        case scalar(String, Style)
        case list([YamlNode])
        /// In the order written, keys each once.
        case mapping([(key: YamlNode, value: YamlNode)])
    }

    public var content: Content
    /// 1-based; 0 for a node that is not in a file.
    public var line: Int
    /// 1-based, in Unicode scalars; 0 for a node that is not in a file.
    public var column: Int
    /// The file's lines, to find places inside scalars.
    var source: YamlSource?
    /// Names the place of a node that is not in the file: an environment variable.
    public internal(set) var origin: String?

    init(content: Content, line: Int, column: Int, source: YamlSource?) {
        self.content = content
        self.line = line
        self.column = column
        self.source = source
        self.origin = nil
    }

    /// A plain scalar that does not stand in the file.
    /// - Parameter origin: Where it comes from, for messages.
    public init(plain text: String, origin: String) {
        self.content = .scalar(text, .plain)
        self.line = 0
        self.column = 0
        self.source = nil
        self.origin = origin
    }

    /// What a scalar means under YAML 1.2's core schema; nil for lists and mappings.
    public var scalar: YamlScalar? {
        guard case .scalar(let text, let style) = content else { return nil }
        return style == .plain ? YamlScalar(plain: text) : .text(text)
    }

    /// A plain `null`, `~` or nothing at all.
    public var isNull: Bool { scalar == .null }

    /// The characters of a scalar whatever they mean; nil for lists and mappings.
    public var rawText: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// The node as messages name it: `a list`, `the number 5`, `the text "x"`.
    public var described: String {
        switch content {
        case .list: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let text, _):
            switch YamlScalar(plain: text) {
            case .null where scalar == .null: return "nothing"
            case .boolean where scalar != .text(text): return "the truth value \(text)"
            case .number where scalar != .text(text): return "the number \(text)"
            default: return "the text '\(text.count > 40 ? text.prefix(40) + "…" : text)'"
            }
        }
    }

    /// The scalar's text with the place of every part of it; nil for lists and mappings.
    /// - Parameter file: The file, as the person named it.
    public func positioned(file: String) -> PositionedText? {
        guard case .scalar(let text, let style) = content else { return nil }
        guard let source else { return PositionedText(text, file: origin ?? file, line: line, column: column) }
        return PositionedText(
            text, file: file, anchors: source.anchors(of: text, style: style, line: line, column: column))
    }
}

/// What a plain scalar means in YAML 1.2's core schema: `on`, `off`, `yes` and `no` are text.
public enum YamlScalar: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// Also the infinities and NaN, which no place of ours accepts.
    case number(Double)
    case text(String)

    public init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .boolean(true)
        case "false", "False", "FALSE": self = .boolean(false)
        case ".nan", ".NaN", ".NAN": self = .number(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": self = .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": self = .number(-.infinity)
        default: self = YamlScalar.coreNumber(text).map { .number($0) } ?? .text(text)
        }
    }

    private static func coreNumber(_ text: String) -> Double? {
        if text.hasPrefix("0o") {
            let digits = text.dropFirst(2)
            return digits.allSatisfy { ("0"..."7").contains($0) } ? UInt64(digits, radix: 8).map { Double($0) } : nil
        }
        if text.hasPrefix("0x") {
            let digits = text.dropFirst(2)
            return digits.allSatisfy(\.isHexDigit) ? UInt64(digits, radix: 16).map { Double($0) } : nil
        }
        var rest = Substring(text).utf8
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = takeDigits(&rest)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        if whole + fraction == 0 { return nil }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
            if takeDigits(&rest) == 0 { return nil }
        }
        return rest.isEmpty ? Double(text.hasSuffix(".") ? text + "0" : text) : nil
    }

    private static func takeDigits(_ rest: inout Substring.UTF8View) -> Int {
        var count = 0
        while let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            rest.removeFirst()
            count += 1
        }
        return count
    }
}
