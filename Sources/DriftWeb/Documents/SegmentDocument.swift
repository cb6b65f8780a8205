public import DriftAnalytics
public import DriftStore

/// Segments with sizes and flows as rows of a report, for the API and the command line.
public enum SegmentDocument {
    /// The same names everywhere.
    public static let columns: [ReportColumn] = [
        "segmentation", "segment", "title", "rank", "day", "customers", "share", "change", "inflow", "outflow",
        "median_stay_days",
    ].map { ReportColumn($0) }

    /// One value per column.
    public static func values(_ row: SegmentSizeRow) -> [ReportValue] {
        [
            .text(row.segmentation), .optional(row.segment), .optional(row.title), .optional(row.rank.map(Int64.init)),
            .text(row.day), .integer(row.customers), row.share.map(ReportValue.number) ?? .null, .integer(row.change),
            .integer(row.inflow), .integer(row.outflow), row.medianStayDays.map(ReportValue.number) ?? .null,
        ]
    }

    /// All rows as one JSON object.
    public static func json(_ rows: [SegmentSizeRow]) -> String {
        let items = rows.map { row in JSONText.object(zip(columns.map(\.name), values(row)).map { ($0, $1) }) }
        return JSONText.object([("items", .json("[" + items.joined(separator: ",") + "]"))])
    }
}
