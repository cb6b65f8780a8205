public import DriftAnalytics
public import DriftStore

/// Moves as rows of a report: the columns of the view `transitions`, for the API and the command line.
public enum TransitionDocument {
    /// Tables show who, from, to, when and why; the other formats everything.
    public static let columns: [ReportColumn] = [
        .hidden("transition_id"), ReportColumn("customer"), ReportColumn("segmentation"), .hidden("seq"),
        ReportColumn("from_segment", title: "from"), ReportColumn("to_segment", title: "to"),
        ReportColumn("direction", title: ""), ReportColumn("effective_at", title: "effective"), .hidden("recorded_at"),
        ReportColumn("cause"), ReportColumn("reason").fitting(.spilled), .hidden("model_version"), .hidden("source"),
        .hidden("file"),
        .hidden("record"), .hidden("event_id"), .hidden("inputs_before"), .hidden("inputs_after"),
    ]

    /// One value per column.
    public static func values(_ row: TransitionRow) -> [ReportValue] {
        [
            .integer(row.transitionID), .text(row.customer), .text(row.segmentation), .integer(row.seq),
            .optional(row.from), .optional(row.to), .optional(row.direction), .text(row.effectiveAt),
            .text(row.recordedAt), .text(row.cause), .optional(row.reason), .text(row.modelVersion),
            .optional(row.source), .optional(row.file), .optional(row.record), .optional(row.eventID),
            .json(row.inputsBefore), .json(row.inputsAfter),
        ]
    }

    /// One value per column, shortened for a table: an arrow for the direction, minutes for the time.
    /// - Parameter time: From ISO text to what people read.
    public static func tableValues(_ row: TransitionRow, time: (String) -> String) -> [ReportValue] {
        var row = row
        row.direction = arrow(row.direction)
        row.effectiveAt = time(row.effectiveAt)
        return values(row)
    }

    /// `▲`, `▼`, `=`, or nothing.
    public static func arrow(_ direction: String?) -> String {
        direction.flatMap { ["up": "▲", "down": "▼", "sideways": "="][$0] } ?? ""
    }

    /// A page of moves with the cursor of the next one.
    /// - Parameter limit: The number asked for: a shorter page is the last.
    public static func page(_ rows: [TransitionRow], limit: Int) -> String {
        let names = columns.map(\.name)
        let items = rows.map { row in JSONText.object(zip(names, values(row)).map { ($0, $1) }) }
        let next = rows.count < limit ? nil : rows.last?.transitionID
        return JSONText.object([
            ("items", .json("[" + items.joined(separator: ",") + "]")), ("next_after", .optional(next)),
        ])
    }
}
