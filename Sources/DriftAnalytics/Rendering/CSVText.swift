/// Writes CSV (RFC 4180 quoting, lines end in LF) that is safe to open in a spreadsheet.
public enum CSVText {
    /// One field. A text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, TAB or CR)
    /// gets a leading apostrophe; numbers never do.
    public static func field(_ value: ReportValue) -> String {
        switch value {
        case .null: return ""
        case .integer(let number): return String(number)
        case .number(let number): return number.isFinite ? NumberText.shortest(number) : ""
        case .boolean(let truth): return truth ? "true" : "false"
        case .text(let text), .json(let text): return quoted(guarded(text))
        }
    }

    /// One line, without its end.
    public static func line(_ values: [ReportValue]) -> String {
        values.map(field).joined(separator: ",")
    }

    private static func guarded(_ text: String) -> String {
        switch text.unicodeScalars.first {
        case "=", "+", "-", "@", "\t", "\r": "'" + text
        default: text
        }
    }

    /// Quotes where RFC 4180 asks for it; an empty text is quoted too, so that it differs from NULL.
    private static func quoted(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty
            || text.unicodeScalars.contains { $0 == "\"" || $0 == "," || $0 == "\n" || $0 == "\r" }
        guard needsQuotes else { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
