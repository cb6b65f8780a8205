import DriftAnalytics
import DriftModel
import DriftStore
import DriftWeb

/// A move in one line, as `transitions --follow` tells it on a terminal.
enum MoveLine {
    static func text(_ row: TransitionRow, zone: ZoneRules, style: TextStyle) -> String {
        let arrow = TransitionDocument.arrow(row.direction)
        let role: TextStyle.Role = arrow == "▲" ? .good : arrow == "▼" ? .bad : .accent
        let reason = row.reason.map { "  \(TerminalText.escaped($0))" } ?? ""
        return "\(style(.faint, time(row.effectiveAt, zone)))  \(TerminalText.escaped(row.customer))  "
            + "\(TerminalText.escaped(row.from ?? "–")) → \(style(role, TerminalText.escaped(row.to ?? "–"))) "
            + "\(arrow.isEmpty ? "" : style(role, arrow) + " ")"
            + style(.faint, "(\(TerminalText.escaped(row.segmentation)), \(row.cause))\(reason)")
    }

    /// ISO text as a clock on a wall of the zone shows it.
    static func time(_ iso: String, _ zone: ZoneRules) -> String {
        ValueLiteral.parseInstant(iso).map { TimeText.local($0, zone) } ?? iso
    }
}
