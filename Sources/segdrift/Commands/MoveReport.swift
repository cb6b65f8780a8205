import DriftAnalytics
import DriftModel
import DriftStore
import DriftWeb

/// One move for people: `segdrift explain --transition N`.
struct MoveReport {
    let row: TransitionRow
    /// As ``inputs(of:_:)`` gives them.
    let inputs: [[ReportValue]]
    let zone: ZoneRules
    let style: TextStyle

    func text(width: Int) -> String {
        let arrow = TransitionDocument.arrow(row.direction)
        var lines = [
            "\(style(.title, TerminalText.escaped(row.customer)))  \(TerminalText.escaped(row.segmentation)): "
                + "\(TerminalText.escaped(row.from ?? "–")) → \(style(.accent, TerminalText.escaped(row.to ?? "–"))) \(arrow)"
                + style(.faint, "  move \(row.transitionID), the customer's number \(row.seq) there")
        ]
        if let reason = row.reason {
            lines += TerminalText.wrapped("because " + TerminalText.escaped(reason), to: width - 2).map { "  " + $0 }
        }
        lines.append("")
        var facts = [
            ("happened", MoveLine.time(row.effectiveAt, zone) + " " + zone.name),
            ("recorded", MoveLine.time(row.recordedAt, zone)), ("cause", cause),
        ]
        if let file = row.file {
            let record = row.record.map { ", record \(NumberText.grouped($0))" } ?? ""
            facts.append(("file", "\(row.source ?? "")/\(file)\(record)"))
        }
        if let event = row.eventID { facts.append(("event", event)) }
        facts.append(("model", String(row.modelVersion.prefix(12))))
        lines += facts.map { "  \(style(.faint, TerminalText.padded($0, to: 8)))  \(TerminalText.escaped($1))" }
        let table = ReportWriter.text(
            columns: [ReportColumn("input"), .number("before"), .number("after"), ReportColumn("changed", title: "")],
            rows: inputs, format: .table, width: width - 2, style: style, emptyText: "no inputs")
        return lines.joined(separator: "\n") + "\n\n"
            + table.split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    private var cause: String {
        switch row.cause {
        case "time": "time: no event, the calendar moved the customer"
        case "late": "late: an event that arrived after later ones"
        case "model": "model: the rules changed"
        default: row.cause
        }
    }

    /// Name, before, after, and a mark where they differ.
    static func inputs(of row: TransitionRow, _ reader: StoreReader) throws -> [[ReportValue]] {
        let value = { (side: String) in
            "CASE \(side).type WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no' ELSE \(side).atom END"
        }
        return try reader.query(
            """
            SELECT a.key, \(value("b")), \(value("a")), CASE WHEN a.atom IS b.atom THEN '' ELSE '◀' END
            FROM json_each(?2) AS a LEFT JOIN json_each(?1) AS b ON b.key = a.key
            """, [.text(row.inputsBefore), .text(row.inputsAfter)]
        ).rows.map { $0.map(ReportValue.init) }
    }
}
