import ArgumentParser
import DriftAnalytics
import DriftEngine
import DriftModel
import DriftStore
import DriftWeb

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How things stand: logical time, sources, backlog, next wake-up, outbox, sizes.",
        discussion: """
            --json prints one object whose names are stable. Times are UTC.

            EXAMPLES
              segdrift status
              segdrift status --json | jq .sources
            """)

    @Flag(help: "One JSON object.") var json = false
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let source = try Database.open(database, global)
        let status = try source.reader.status()
        if json || global.chosenFormat != .table {
            try Terminal.line(StatusDocument.json(status))
        } else {
            let axis = try? source.engine().axis
            try Terminal.write(
                StatusReport.text(status, axis: axis, now: Today.instant, path: source.reader.path, style: global.style)
            )
        }
    }
}

/// `segdrift status` for people.
enum StatusReport {
    /// - Parameters:
    ///   - axis: Of the active model, to say the next wake-up as a date.
    ///   - now: The wall clock.
    static func text(_ status: StoreStatus, axis: TimeAxis?, now: Instant, path: String, style: TextStyle) -> String {
        var facts: [(String, String)] = []
        if let time = status.logicalTime {
            let behind = now.secondsFloor - time.secondsFloor
            let lag = behind > 0 ? style(.faint, "  (\(NumberText.duration(seconds: behind)) behind the clock)") : ""
            facts.append(("logical time", TimeText.instant(time) + lag))
        } else {
            facts.append(("logical time", "not begun"))
        }
        let version = status.modelVersion.map { style(.faint, " (\($0.prefix(12)))") } ?? ""
        facts.append(("model", (status.modelName ?? "none") + version))
        facts.append(("customers", NumberText.grouped(status.customers)))
        facts.append(("moves", NumberText.grouped(status.transitions)))
        facts.append(("alerts", NumberText.grouped(status.alerts) + outbox(status, style)))
        facts.append(("next wake-up", wakeUp(status.nextWakeTick, axis)))
        facts.append(("files", states(status.filesByState)))
        let free = status.freeBytes > 0 ? ", \(NumberText.bytes(status.freeBytes)) free" : ""
        facts.append(("database", "\(path)  \(NumberText.bytes(status.databaseBytes))\(free)"))
        var text = ""
        for (name, value) in facts { text += "\(style(.faint, TerminalText.padded(name, to: 13))) \(value)\n" }
        guard !status.sources.isEmpty else { return text }
        let columns: [ReportColumn] = [
            ReportColumn("source"), .number("files"), .number("waiting"), .number("records"), .number("late"),
            .number("quarantined"), ReportColumn("last event"), ReportColumn("arrives after"),
        ]
        let rows = status.sources.map { source -> [ReportValue] in
            [
                .text(source.source), .integer(source.files), .integer(source.waiting), .integer(source.counts.records),
                .integer(source.counts.late), .integer(source.counts.quarantined),
                .optional(source.lastEventAt.map { TransitionDocument.shortTime(TimeText.instant($0)) }),
                .optional(source.lagSeconds.map(NumberText.duration)),
            ]
        }
        return text + "\n" + ReportWriter.text(columns: columns, rows: rows, format: .table, style: style)
    }

    private static func states(_ counts: [FileState: Int64]) -> String {
        let known = FileState.allCases.compactMap { state in
            counts[state].map { "\(NumberText.grouped($0)) \(state.rawValue.replacing("_", with: " "))" }
        }
        return known.isEmpty ? "none yet" : known.joined(separator: ", ")
    }

    private static func outbox(_ status: StoreStatus, _ style: TextStyle) -> String {
        let parts = DeliveryState.allCases.compactMap { state in
            status.deliveriesByState[state].map { "\(NumberText.grouped($0)) \(state.rawValue)" }
        }
        return parts.isEmpty ? "" : style(.faint, "  deliveries: " + parts.joined(separator: ", "))
    }

    private static func wakeUp(_ tick: Tick?, _ axis: TimeAxis?) -> String {
        guard let tick else { return "none: nobody moves by time alone" }
        guard let axis else { return "tick \(tick)" }
        return axis.grain == .day ? TimeText.date(tick) : TimeText.instant(axis.start(of: tick))
    }
}
