/// A text a person wrote in a file, with where each part of it stands: an error inside it can be shown at
/// its own line and column.
public struct PositionedText: Hashable, Codable, Sendable {
    /// From `offset` on (0-based, in Unicode scalars of ``text``) the text stands at `line` and `column`
    /// (1-based), one scalar per column, up to the next anchor.
    public struct Anchor: Hashable, Codable, Sendable {
        public var offset: Int
        public var line: Int
        public var column: Int

        public init(offset: Int, line: Int, column: Int) {
            self.offset = offset
            self.line = line
            self.column = column
        }
    }

    /// The text as the reader of the file understands it: quotes and escapes of YAML resolved.
    public var text: String
    /// The file, as the person named it.
    public var file: String
    /// Ascending by offset; the first has offset 0.
    public var anchors: [Anchor]

    /// - Parameters:
    ///   - text: The text, standing on one line without escapes.
    ///   - file: The file, as the person named it.
    ///   - line: 1-based; 0 when the whole file is meant.
    ///   - column: 1-based column of the first character; 0 when the whole line is meant.
    public init(_ text: String, file: String = "", line: Int = 0, column: Int = 0) {
        self.text = text
        self.file = file
        self.anchors = [Anchor(offset: 0, line: line, column: column)]
    }

    /// - Precondition: `anchors` is not empty, ascending, and begins at offset 0.
    public init(_ text: String, file: String, anchors: [Anchor]) {
        precondition(anchors.first?.offset == 0)
        self.text = text
        self.file = file
        self.anchors = anchors
    }

    /// 1-based line of the first character; 0 when the whole file is meant.
    public var line: Int { anchors[0].line }

    /// 1-based column of the first character; 0 when the whole line is meant.
    public var column: Int { anchors[0].column }

    /// Where a part of the text stands.
    /// - Parameter offset: 0-based, in Unicode scalars; the end of the text is allowed.
    public func position(atOffset offset: Int) -> (line: Int, column: Int) {
        let anchor = anchors.last { $0.offset <= offset } ?? anchors[0]
        return (anchor.line, anchor.column == 0 ? 0 : anchor.column + max(0, offset - anchor.offset))
    }

    /// An error of the expression compiler as an error of the file.
    public func diagnostic(_ error: ExpressionError) -> Diagnostic {
        let place = position(atOffset: error.offset)
        return Diagnostic(
            file: file, line: place.line, column: place.column, message: error.message, hint: error.hint)
    }

    /// Something wrong with the text as a whole.
    public func diagnostic(
        _ severity: Diagnostic.Severity = .error, _ message: String, hint: String? = nil
    ) -> Diagnostic {
        Diagnostic(severity, file: file, line: line, column: column, message: message, hint: hint)
    }
}
