/// One value in a report, before a format is chosen.
public enum ReportValue: Hashable, Sendable {
    case null
    case text(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    /// A JSON document as text: embedded as it is in JSON formats, shown as text elsewhere.
    case json(String)

    /// A text, or NULL.
    public static func optional(_ text: String?) -> ReportValue { text.map(ReportValue.text) ?? .null }

    /// A whole number, or NULL.
    public static func optional(_ number: Int64?) -> ReportValue { number.map(ReportValue.integer) ?? .null }

    /// A count.
    public static func count(_ number: Int) -> ReportValue { .integer(Int64(number)) }
}

/// A column of a report. Its ``name`` is what scripts rely on; tables show ``title``.
public struct ReportColumn: Hashable, Sendable {
    /// How a table places its values.
    public enum Alignment: Hashable, Sendable { case left, right }

    /// How a column gives way when a table is wider than the terminal.
    public enum Fit: Hashable, Sendable {
        /// Texts are cut, numbers never.
        case squeezed
        /// Left out whole, the last first, those that say nothing before others; a line below names them.
        case expendable
        /// Told in full: wrapped in its place or, when that is narrow, on lines of its own below the row.
        case spilled
    }

    /// Key in JSON, header in CSV.
    public var name: String
    /// Header in tables; nil: left out of tables, present in the other formats.
    public var title: String?
    public var alignment: Alignment
    /// Decimals of a number in tables; nil: the shortest text that reads back to the same number.
    public var decimals: Int?
    /// How it gives way in a narrow terminal.
    public var fit = Fit.squeezed

    /// - Parameters:
    ///   - name: Key in JSON, header in CSV.
    ///   - title: Header in tables; nil leaves the column out of them.
    public init(_ name: String, title: String?, alignment: Alignment = .left, decimals: Int? = nil) {
        self.name = name
        self.title = title
        self.alignment = alignment
        self.decimals = decimals
    }

    /// A column shown under its own name.
    public init(_ name: String, alignment: Alignment = .left, decimals: Int? = nil) {
        self.init(name, title: name, alignment: alignment, decimals: decimals)
    }

    /// A column of numbers, right-aligned.
    public static func number(_ name: String, title: String? = nil, decimals: Int? = nil) -> ReportColumn {
        ReportColumn(name, title: title ?? name, alignment: .right, decimals: decimals)
    }

    /// The same column, giving way in another manner.
    public func fitting(_ fit: Fit) -> ReportColumn {
        var column = self
        column.fit = fit
        return column
    }

    /// A column that tables leave out.
    public static func hidden(_ name: String) -> ReportColumn { ReportColumn(name, title: nil) }
}

/// How rows are written.
public enum ReportFormat: String, CaseIterable, Hashable, Sendable {
    case table, json, ndjson, csv
}
