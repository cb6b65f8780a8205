/// Writes JSON (RFC 8259) text.
public enum JSONText {
    /// A string literal with everything escaped that must be, and the line separators that JavaScript minds.
    public static func string(_ text: String) -> String {
        var result = "\""
        result.reserveCapacity(text.utf8.count + 2)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{08}": result += "\\b"
            case "\u{0C}": result += "\\f"
            case "\u{00}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Any report value.
    public static func value(_ value: ReportValue) -> String {
        switch value {
        case .null: "null"
        case .text(let text): string(text)
        case .integer(let number): String(number)
        case .number(let number): NumberText.shortest(number)
        case .boolean(let truth): truth ? "true" : "false"
        case .json(let text): text
        }
    }

    /// An object with its members in the order given.
    public static func object(_ members: [(name: String, value: ReportValue)]) -> String {
        "{" + members.map { "\(string($0.name)):\(value($0.value))" }.joined(separator: ",") + "}"
    }

    /// An array of values.
    public static func array(_ values: [ReportValue]) -> String {
        "[" + values.map(value).joined(separator: ",") + "]"
    }
}
