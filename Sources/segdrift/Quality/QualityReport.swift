import DriftAnalytics
import DriftDaemon
import DriftModel
import DriftStore

/// `segdrift files --quality`: how good each source's latest files were, for people and for programs.
struct QualityReport {
    let sources: [SourceQuality]
    /// What the configuration says; nil: not known here.
    let wallLag: WallLag?
    /// Of the model, to say days.
    let zone: ZoneRules

    private static let quantiles: [(name: String, share: Double, words: String)] = [
        ("p50", 0.5, "half of them"), ("p90", 0.9, "90 %"), ("p99", 0.99, "99 %"), ("max", 1, "all"),
    ]

    // MARK: Programs

    static let columns: [ReportColumn] = [
        ReportColumn("source"), ReportColumn("figure"), ReportColumn("name"), .number("count"), .number("of"),
        .number("share"), .number("seconds"),
    ]

    /// One row per figure.
    var rows: [[ReportValue]] { sources.flatMap(rows) }

    private func rows(_ source: SourceQuality) -> [[ReportValue]] {
        var rows: [[ReportValue]] = []
        func add(_ figure: String, _ name: String?, count: Int64?, of total: Int64?, seconds: Int64? = nil) {
            let share = count.flatMap { count in total.flatMap { $0 > 0 ? Double(count) / Double($0) : nil } }
            rows.append([
                .text(source.source), .text(figure), .optional(name), .optional(count), .optional(total),
                share.map(ReportValue.number) ?? .null, .optional(seconds),
            ])
        }
        add("files", nil, count: source.files, of: nil)
        add("records", nil, count: source.records, of: nil)
        for field in source.fields { add("null", field.name, count: field.nulls, of: field.events) }
        for reject in source.rejects { add("rejected", reject.code, count: reject.records, of: source.records) }
        for refusal in source.refusals { add("file_refused", refusal.code, count: refusal.files, of: source.files) }
        let delays = source.delays
        for quantile in Self.quantiles {
            guard let seconds = delays.quantile(quantile.share) else { continue }
            add(
                "arrival_delay", quantile.name, count: delays.count - delays.count(above: seconds), of: delays.count,
                seconds: seconds)
        }
        if case .wait(let seconds) = WallLagAdvice(delays) {
            add("wall_lag", "suggested", count: delays.count(above: seconds), of: delays.count, seconds: seconds)
        }
        if case .seconds(let seconds) = wallLag, !delays.isEmpty {
            add("wall_lag", "configured", count: delays.count(above: seconds), of: delays.count, seconds: seconds)
        }
        return rows
    }

    // MARK: People

    /// - Parameter width: Of the terminal; nil: as wide as it needs to be.
    func text(width: Int?, style: TextStyle) -> String {
        if sources.isEmpty { return style(.faint, "no file was read yet") + "\n" }
        return sources.map { text($0, width, style) }.joined(separator: "\n")
    }

    private func text(_ source: SourceQuality, _ width: Int?, _ style: TextStyle) -> String {
        let first = TimeText.date(zone.localDay(of: source.firstClaimedAt))
        let last = TimeText.date(zone.localDay(of: source.lastClaimedAt))
        let files = source.files == 1 ? "1 file" : "\(NumberText.grouped(source.files)) files"
        let records = source.records == 1 ? "1 record" : "\(NumberText.grouped(source.records)) records"
        let days = first == last ? "of \(first)" : "from \(first) to \(last)"
        var text = style(.title, source.source) + "  \(files) \(days), \(records)\n"
        let table: [ReportColumn] = [
            ReportColumn("figure"), ReportColumn("name"), .number("count"), .number("of"), .number("share"),
        ]
        let shown = rows(source).filter { ["null", "rejected", "file_refused"].contains($0[1].plain) }
        if !shown.isEmpty {
            let cells = shown.map { row -> [ReportValue] in
                let figure = ["null": "no value", "rejected": "refused", "file_refused": "whole file"][row[1].plain]
                var share = ReportValue.null
                if case .number(let value) = row[5] { share = .text(NumberText.percent(value)) }
                return [.optional(figure), row[2], row[3], row[4], share]
            }
            text += ReportWriter.text(columns: table, rows: cells, format: .table, width: width, style: style)
        }
        for line in sentences(source) {
            for part in TerminalText.wrapped(line, to: width ?? 100) { text += part + "\n" }
        }
        return text
    }

    private func sentences(_ source: SourceQuality) -> [String] {
        let delays = source.delays
        if delays.isEmpty { return ["no accepted record says how late events arrive"] }
        let parts = Self.quantiles.compactMap { quantile in
            delays.quantile(quantile.share).map { "\(quantile.words) within \(NumberText.duration(seconds: $0))" }
        }
        return ["arrive after their time: " + parts.joined(separator: ", "), advice(delays)]
    }

    private func advice(_ delays: DelaySketch) -> String {
        switch WallLagAdvice(delays) {
        case .tooFew(let count):
            return "wall_lag: \(NumberText.grouped(count)) accepted records are too few to suggest one"
                + " (\(WallLagAdvice.recordsMin) at least)"
        case .history:
            return "wall_lag: these are records of the past (half of them over \(WallLagAdvice.historyDays) days old);"
                + " none is suggested"
        case .wait(let seconds):
            let suggested = Self.configuration(seconds)
            guard case .seconds(let current) = wallLag else {
                return "wall_lag: \(suggested) would wait for 99 of 100 records"
                    + (wallLag == .never ? "; with 'never', time follows the events themselves" : "")
            }
            let late = delays.count(above: current)
            let share = NumberText.percent(Double(late) / Double(delays.count))
            if Self.isTooSmall(current, for: delays) {
                return "wall_lag: \(suggested) would wait for 99 of 100 records;"
                    + " it is \(Self.configuration(current)), and \(share) come later than that"
            }
            return "wall_lag: \(Self.configuration(current)) is enough, \(share) come later"
                + (seconds < current ? "; \(suggested) would do" : "")
        }
    }

    /// Whether more than one record in a hundred comes later than logical time waits.
    static func isTooSmall(_ wallLag: Int64, for delays: DelaySketch) -> Bool {
        guard case .wait = WallLagAdvice(delays) else { return false }
        return Double(delays.count(above: wallLag)) > (1 - WallLagAdvice.share) * Double(delays.count)
    }

    /// Seconds as the configuration writes them: `90m`, `31h`, `4d`.
    static func configuration(_ seconds: Int64) -> String {
        for (unit, length) in [("d", Int64(86_400)), ("h", 3_600), ("m", 60)]
        where seconds > 0 && seconds % length == 0 && (unit != "d" || seconds > 259_200) {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }
}

extension ReportValue {
    /// A text's characters; empty for anything else.
    fileprivate var plain: String { if case .text(let text) = self { text } else { "" } }
}
