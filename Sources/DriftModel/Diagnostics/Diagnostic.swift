/// Something wrong (or doubtful) in a file that a person wrote: what, where, why, and what to do.
public struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
    /// Errors keep a file from being used, warnings do not.
    public enum Severity: String, Hashable, Sendable { case error, warning }

    public var severity: Severity
    /// The file as the person named it.
    public var file: String
    /// 1-based; 0 when the whole file is meant.
    public var line: Int
    /// 1-based, in characters; 0 when the whole line is meant.
    public var column: Int
    /// What is wrong, in one sentence without a full stop.
    public var message: String
    /// What is accepted, or what to do; nil when the message says it.
    public var hint: String?

    public init(
        _ severity: Severity = .error, file: String, line: Int, column: Int, message: String, hint: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: error: message (hint)`, the form editors jump to.
    public var description: String {
        let place = line == 0 ? file : column == 0 ? "\(file):\(line)" : "\(file):\(line):\(column)"
        return "\(place): \(severity.rawValue): \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}

/// All that is wrong with a file, in the order of its lines.
public struct Diagnostics: Error, Sendable, CustomStringConvertible {
    public var all: [Diagnostic]

    public init(_ all: [Diagnostic]) {
        self.all = all
    }

    public var description: String { all.map(\.description).joined(separator: "\n") }
}
