/// Turns rows into text in one of the formats. JSON lines and CSV stream; tables are kept to be measured.
///
/// ```swift
/// var writer = ReportWriter(columns: columns, format: .ndjson)
/// for row in rows { print(writer.append(row), terminator: "") }
/// print(writer.finish(), terminator: "")
/// ```
public struct ReportWriter: Sendable {
    public let columns: [ReportColumn]
    public let format: ReportFormat
    /// Columns of the terminal; nil: as wide as it needs to be.
    public let width: Int?
    public let style: TextStyle
    /// What a table without rows says.
    public let emptyText: String
    private var kept: [[ReportValue]] = []
    private var count = 0

    public init(
        columns: [ReportColumn], format: ReportFormat, width: Int? = nil, style: TextStyle = .plain,
        emptyText: String = "nothing to show"
    ) {
        self.columns = columns
        self.format = format
        self.width = width
        self.style = style
        self.emptyText = emptyText
    }

    /// Takes one row.
    /// - Returns: Text to write now, ending in a line feed; empty when there is none yet.
    /// - Precondition: One value per column.
    public mutating func append(_ row: [ReportValue]) -> String {
        precondition(row.count == columns.count, "a row has one value per column")
        defer { count += 1 }
        switch format {
        case .table:
            kept.append(row)
            return ""
        case .json: return (count == 0 ? "[\n  " : ",\n  ") + object(row)
        case .ndjson: return object(row) + "\n"
        case .csv: return (count == 0 ? csvHeader : "") + CSVText.line(row) + "\n"
        }
    }

    /// - Returns: What is left to write.
    public func finish() -> String {
        switch format {
        case .table:
            if kept.isEmpty { return style(.faint, emptyText) + "\n" }
            return TableLayout(columns: columns, rows: kept, width: width, style: style).text
        case .json: return count == 0 ? "[]\n" : "\n]\n"
        case .ndjson: return ""
        case .csv: return count == 0 ? csvHeader : ""
        }
    }

    /// All rows at once.
    public static func text(
        columns: [ReportColumn], rows: [[ReportValue]], format: ReportFormat, width: Int? = nil,
        style: TextStyle = .plain, emptyText: String = "nothing to show"
    ) -> String {
        var writer = ReportWriter(columns: columns, format: format, width: width, style: style, emptyText: emptyText)
        var text = ""
        for row in rows { text += writer.append(row) }
        return text + writer.finish()
    }

    private var csvHeader: String { columns.map { CSVText.field(.text($0.name)) }.joined(separator: ",") + "\n" }

    private func object(_ row: [ReportValue]) -> String {
        JSONText.object(zip(columns, row).map { ($0.name, $1) })
    }
}
