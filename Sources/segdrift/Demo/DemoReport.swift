import DriftAnalytics
import DriftDaemon
import DriftModel
import DriftStore

/// What a person wants to see after the demo: sizes, moves and why, flows, what comes next, what was refused.
struct DemoReport {
    let database: Database
    let config: String
    /// Columns.
    let width: Int
    let style: TextStyle

    /// All sections, each only if there is something in it.
    func text(
        title: String, manifest: SimulationManifest, summary: RunSummary, seconds: Double
    ) throws -> String {
        let status = try database.reader.status()
        let moves = NumberText.grouped(status.transitions)
        let intake =
            "\(NumberText.grouped(manifest.files + 2)) files, \(NumberText.grouped(manifest.lines)) records, "
            + "\(moves) moves, \(NumberText.grouped(status.alerts)) alerts in \(NumberText.fixed(seconds, 1)) s"
        var lines = ["", style(.title, title), style(.faint, intake)]
        lines += section("Segments, their change in a week, and twelve weeks", try segments())
        lines += section("Alerts of the last days: who moved, why, and what to do now", try sentences())
        lines += section("Flows of the last week", try flows())
        lines += section("Who moves next if nobody does anything", try upcoming())
        lines += section("What the intake refused, and why", try refused())
        lines += section("Go on", commands(try exampleCustomer()))
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", style(.title, title)] + lines.map { $0.isEmpty ? "" : "  " + $0 }
    }

    private func segments() throws -> [String] {
        let rows = try database.reader.segments(windowDays: 7, withStays: false).filter { $0.segment != nil }
        let names = rows.map { TerminalText.escaped($0.title ?? $0.segment ?? "") }
        let nameWidth = names.map(TerminalText.width).max() ?? 0
        let most = rows.map(\.customers).max() ?? 0
        let digits = NumberText.grouped(most).count
        let histories = try sparklines()
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            if index > 0, rows[index - 1].segmentation != row.segmentation { lines.append("") }
            let bar = Bars.horizontal(Double(row.customers) / Double(max(1, most)), width: 24)
            let role: TextStyle.Role = row.change > 0 ? .good : row.change < 0 ? .bad : .faint
            let count = TerminalText.padded(NumberText.grouped(row.customers), to: digits, .right)
            let share = TerminalText.padded(row.share.map { NumberText.percent($0, decimals: 0) } ?? "", to: 5, .right)
            let change = TerminalText.padded(row.change == 0 ? "·" : NumberText.signed(row.change), to: 5, .right)
            let history = histories["\(row.segmentation)/\(row.segment ?? "")"] ?? ""
            lines.append(
                "\(TerminalText.padded(names[index], to: nameWidth))  \(count) \(style(.faint, share)) "
                    + "\(style(role, change))  \(style(.accent, TerminalText.padded(bar, to: 24)))  "
                    + style(.faint, history))
        }
        return lines
    }

    /// The last twelve weeks of each segment's size.
    private func sparklines() throws -> [String: String] {
        var sizes: [String: [Double]] = [:]
        for row in try database.reader.dailySizes() {
            sizes["\(row.segmentation)/\(row.segment ?? "")", default: []].append(Double(row.customers))
        }
        return sizes.mapValues { Bars.sparkline(Bars.thinned($0.suffix(84), to: 21)) }
    }

    /// Sentences of the newest alerts, of every rule some; without any, of the newest moves.
    private func sentences() throws -> [String] {
        let alerts = try database.reader.query(
            """
            SELECT summary, severity FROM (
                SELECT *, row_number() OVER (PARTITION BY rule ORDER BY created_at DESC, alert_id) AS nth FROM alerts
                WHERE kind = 'transition' AND state IS NOT 'suppressed')
            WHERE nth <= 3 ORDER BY instr('critical warning notice info', severity), nth LIMIT 8
            """)
        var sentences = alerts.rows.compactMap { row in
            row[0].text.map { (text: $0, severity: row[1].text ?? "notice") }
        }
        if sentences.isEmpty {
            let moves = try database.reader.transitions(TransitionFilter(segmentation: "value", limit: 7))
            sentences = moves.map { move in
                let reason = move.reason.map { ": \($0)" } ?? ""
                return ("\(move.customer) \(move.from ?? "–") → \(move.to ?? "–")\(reason) (\(move.cause)).", "notice")
            }
        }
        let told = sentences.flatMap { sentence in
            let role: TextStyle.Role =
                switch sentence.severity {
                case "critical", "error": .bad
                case "warning": .warning
                default: .good
                }
            let lines = TerminalText.wrapped(TerminalText.escaped(sentence.text), to: width - 4)
            return lines.enumerated().map { $0 == 0 ? "\(style(role, "●")) \($1)" : "  \($1)" }
        }
        return told + (try rest(afterTelling: alerts.rows.count))
    }

    /// Where the other alerts are, and what became of moves too old to alert anybody.
    private func rest(afterTelling told: Int) throws -> [String] {
        let counts = try database.reader.query(
            """
            SELECT coalesce(sum(kind = 'transition' AND state IS NOT 'suppressed'), 0),
                (SELECT summary FROM alerts WHERE kind = 'digest' ORDER BY created_at LIMIT 1) FROM alerts
            """
        ).rows.first
        guard let counts else { return [] }
        var lines: [String] = []
        let more = Int64(counts[0].number) - Int64(told)
        if more > 0 { lines.append("… and \(NumberText.grouped(more)) more, as CloudEvents in \(alertsFile)") }
        if let digest = counts[1].text, let gist = digest.split(separator: ". ").first {
            lines += TerminalText.wrapped(TerminalText.escaped("Older moves make one digest: \(gist)."), to: width - 4)
        }
        return lines.map { style(.faint, $0) }
    }

    private var directory: String { String(config.dropLast("/segdrift.yaml".count)) }
    private var alertsFile: String { "\(directory)/state/alerts.ndjson" }

    private func flows() throws -> [String] {
        let result = try database.reader.query(
            """
            SELECT from_segment, to_segment, sum(customers) AS n FROM segment_flows
            WHERE segmentation = 'value' AND from_segment IS NOT to_segment
                AND day > (SELECT date(max(day), '-7 days') FROM segment_sizes)
            GROUP BY 1, 2 ORDER BY n DESC, 1, 2 LIMIT 10
            """)
        var ranks: [String: Int] = [:]
        for row in try database.reader.segments(withStays: false) where row.segmentation == "value" {
            if let segment = row.segment { ranks[segment] = row.rank }
        }
        let moves = result.rows.map { row -> FlowChart.Move in
            let (from, to) = (row[0].text, row[1].text)
            var direction: String?
            if let old = from.flatMap({ ranks[$0] }), let new = to.flatMap({ ranks[$0] }), old != new {
                direction = new < old ? "up" : "down"
            }
            return FlowChart.Move(from: from, to: to, customers: Int(row[2].number), direction: direction)
        }
        return FlowChart(nullName: "(first order)", style: style, barWidth: 30).lines(moves)
    }

    private func upcoming() throws -> [String] {
        let result = try database.reader.query(
            """
            SELECT customer, segmentation, segment, next_segment, next_change_at FROM current_segments
            WHERE next_change_at IS NOT NULL AND segment IS NOT NULL
            ORDER BY next_change_at, segmentation DESC, customer LIMIT 7
            """)
        let total = try database.reader.query(
            """
            SELECT count(*) FROM current_segments WHERE segment IS NOT NULL
                AND next_change_at <= (SELECT date(max(day), '30 days') FROM segment_sizes)
            """)
        let lines = result.rows.map { row in
            let target = TerminalText.escaped(row[3].text ?? "no segment")
            return "\(row[4].text ?? "")  \(TerminalText.escaped(row[0].text ?? ""))  "
                + "\(TerminalText.escaped(row[2].text ?? "")) \(style(.faint, "──▶")) \(style(.warning, target))"
                + style(.faint, "  (\(row[1].text ?? ""))")
        }
        guard let count = total.rows.first?.first?.number, count > 0, !lines.isEmpty else { return lines }
        return lines + [
            style(.faint, "… \(NumberText.grouped(Int64(count))) moves within 30 days, each on a day known now")
        ]
    }

    private func refused() throws -> [String] {
        let records = try database.reader.query(
            """
            SELECT code, count(*), min(reason) FROM quarantined GROUP BY code ORDER BY 2 DESC, 1
            """)
        let codes = records.rows.map { $0[0].text ?? "" }
        let codeWidth = codes.map(TerminalText.width).max() ?? 0
        var lines = records.rows.map { row in
            let text =
                "\(TerminalText.padded(NumberText.grouped(Int64(row[1].number)), to: 4, .right))  "
                + "\(TerminalText.padded(row[0].text ?? "", to: codeWidth))  \(TerminalText.escaped(row[2].text ?? ""))"
            return TerminalText.truncated(text, to: width - 2)
        }
        let repeated = try database.reader.query(
            "SELECT ifnull(sum(duplicates), 0), ifnull(sum(conflicts), 0) FROM files WHERE state = 'archived'")
        if let row = repeated.rows.first, row[0].number + row[1].number > 0 {
            lines.append(
                "\(Int(row[0].number)) records came twice and counted once; \(Int(row[1].number)) came again with other content"
            )
        }
        let files = try database.reader.query(
            "SELECT source, name, state, reason FROM files WHERE state IN ('duplicate', 'quarantined') ORDER BY file_id"
        )
        for row in files.rows {
            let reason = row[3].text.map { ": \($0)" } ?? ""
            let text = "file \(row[0].text ?? "")/\(row[1].text ?? "") \(row[2].text ?? "")\(reason)"
            lines.append(TerminalText.truncated(TerminalText.escaped(text), to: width - 2))
        }
        return lines
    }

    /// Somebody worth explaining: the last to move down.
    private func exampleCustomer() throws -> String? {
        try database.reader.transitions(TransitionFilter(segmentation: "value", direction: .down, limit: 1)).first?
            .customer
            ?? database.reader.customerNames(from: "", limit: 1).first
    }

    private func commands(_ customer: String?) -> [String] {
        let segdrift = OwnPath.command
        var asked = ["segments"]
        if let customer { asked.append("explain \(customer)") }
        asked += ["forecast --within 14d --totals", "transitions --since 7d --direction down", "quarantine list"]
        let looks = asked.map { "\(segdrift) \($0) --config \(config)" }
        return looks + [
            "\(segdrift) run --config \(config)" + style(.faint, "   # then drop files into spool/incoming"),
            "sqlite3 -readonly -box \(directory)/state/segdrift.sqlite 'SELECT * FROM segment_flows LIMIT 5'",
        ]
    }
}

extension SQLValue {
    /// A text; nil for anything else.
    fileprivate var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// A number; 0 for anything else.
    fileprivate var number: Double {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: 0
        }
    }
}
