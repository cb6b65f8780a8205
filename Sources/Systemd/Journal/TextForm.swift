/// How a message looks where there is no journal.
public enum TextForm: Hashable, Sendable {
    /// `<4>message`: syslog's prefix, which systemd and containers read from standard error.
    case prefixed
    /// `warning: message`, for a person at a terminal.
    case plain
    /// The same with colour.
    case coloured

    /// One line with its line break. Control characters and line separators of the message are escaped, so that
    /// a hostile name can neither forge a line nor drive the terminal.
    public func line(_ entry: JournalEntry) -> String {
        let text = Self.escape(entry.message + entry.textSuffix)
        switch self {
        case .prefixed: return "<\(entry.priority.rawValue)>\(text)\n"
        case .plain: return "\(entry.priority.word): \(text)\n"
        case .coloured:
            guard let colour = Self.colour(entry.priority) else { return "\(text)\n" }
            return "\u{1B}[\(colour)m\(entry.priority.word):\u{1B}[0m \(text)\n"
        }
    }

    /// Replaces what could end a line, move the cursor or turn the direction of writing by `\n`, `\t` or `\u{…}`.
    public static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func colour(_ priority: JournalPriority) -> String? {
        switch priority {
        case .emergency, .alert, .critical, .error: "1;31"
        case .warning: "33"
        case .notice: "36"
        case .debug: "2"
        case .info: nil
        }
    }
}
