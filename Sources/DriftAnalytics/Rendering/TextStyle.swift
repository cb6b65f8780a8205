/// Colours and weights for terminals; does nothing when disabled.
public struct TextStyle: Hashable, Sendable {
    /// What a piece of text is, rather than what it looks like.
    public enum Role: Hashable, Sendable {
        case title, faint, good, bad, warning, accent

        var code: String {
            switch self {
            case .title: "1"
            case .faint: "2"
            case .good: "32"
            case .bad: "31"
            case .warning: "33"
            case .accent: "36"
            }
        }
    }

    /// Whether escape sequences are written at all.
    public var isEnabled: Bool

    public init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }

    /// Writes nothing but the text.
    public static let plain = TextStyle(isEnabled: false)

    /// The text dressed for its role.
    public func callAsFunction(_ role: Role, _ text: String) -> String {
        isEnabled && !text.isEmpty ? "\u{1B}[\(role.code)m\(text)\u{1B}[0m" : text
    }
}
