import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftEngine
import DriftModel
import DriftStore
import DriftWeb

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How things stand: logical time, sources, backlog, next wake-up, outbox, sizes.",
        discussion: """
            --json prints one object whose names are stable; its times are UTC, those of the table local to the model.

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
            let told = try source.reader.query(
                """
                SELECT coalesce(sum(state = 'digested'), 0), coalesce(sum(state = 'suppressed'), 0) FROM alerts
                """)
            let untold = (told.rows.first ?? []).map { value -> Int64 in
                if case .integer(let count) = value { count } else { 0 }
            }
            let trouble = try await trouble()
            try Terminal.write(
                StatusReport.text(
                    status, trouble: trouble, untold: untold, axis: axis, wallLag: try wallLag(), now: Today.instant,
                    path: source.reader.path, width: Terminal.width, style: global.style))
        }
    }
}

extension Status {
    /// Why the daemon pauses, in its own words; nil: it does not, or does not run.
    private func trouble() async throws -> String? {
        guard database.db == nil else { return nil }
        return try await ControlClient(configuration: global.configuration(), now: { Today.instant }, seconds: 2)
            .ping()?.trouble
    }

    /// What the configuration says; nil when none was asked for.
    private func wallLag() throws -> WallLag? { database.db == nil ? try global.configuration().wallLag : nil }
}

/// `segdrift status` for people.
enum StatusReport {
    /// - Parameters:
    ///   - trouble: Why the daemon pauses.
    ///   - untold: Alerts that went into a digest, and those held back.
    ///   - axis: Of the active model, to say times as local ones.
    ///   - wallLag: nil: not known.
    ///   - now: The wall clock.
    static func text(
        _ status: StoreStatus, trouble: String?, untold: [Int64], axis: TimeAxis?, wallLag: WallLag?, now: Instant,
        path: String,
        width: Int?, style: TextStyle
    ) -> String {
        let zone = axis?.zone ?? .utc
        var facts: [(String, String)] = []
        if let trouble { facts.append(("paused", style(.bad, TerminalText.escaped(trouble)))) }
        if let time = status.logicalTime {
            let behind = now.secondsFloor - time.secondsFloor
            let lag = behind > 0 ? style(.faint, "  (\(NumberText.duration(seconds: behind)) behind the clock)") : ""
            facts.append(("logical time", "\(TimeText.local(time, zone)) \(style(.faint, zone.name))\(lag)"))
        } else {
            facts.append(("logical time", "not begun"))
        }
        let version = status.modelVersion.map { style(.faint, " (\($0.prefix(12)))") } ?? ""
        facts.append(("model", (status.modelName ?? "none") + version))
        facts.append(("customers", NumberText.grouped(status.customers)))
        facts.append(("moves", NumberText.grouped(status.transitions)))
        facts.append(("alerts", alerts(status.alerts, untold, style)))
        if !status.deliveriesByState.isEmpty { facts.append(("deliveries", outbox(status))) }
        facts.append(("next wake-up", wakeUp(status.nextWakeTick, axis)))
        facts.append(("files", states(status.filesByState)))
        let free = status.freeBytes > 0 ? ", \(NumberText.bytes(status.freeBytes)) free" : ""
        facts.append(("database", "\(path)  \(NumberText.bytes(status.databaseBytes))\(free)"))
        var text = ""
        for (name, value) in facts { text += "\(style(.faint, TerminalText.padded(name, to: 13))) \(value)\n" }
        guard !status.sources.isEmpty else { return text + troubles(status, zone, width, style) }
        let columns: [ReportColumn] = [
            ReportColumn("source"), .number("files"), .number("waiting"), .number("records"),
            .number("late").fitting(.expendable), .number("quarantined").fitting(.expendable),
            ReportColumn("last event"), ReportColumn("arrives after").fitting(.expendable),
        ]
        let rows = status.sources.map { source -> [ReportValue] in
            [
                .text(source.source), .integer(source.files), .integer(source.waiting), .integer(source.counts.records),
                .integer(source.counts.late), .integer(source.counts.quarantined),
                .optional(source.lastEventAt.map { TimeText.local($0, zone) }),
                .optional((source.delays.quantile(0.5) ?? source.lagSeconds).map(NumberText.duration)),
            ]
        }
        text += "\n" + ReportWriter.text(columns: columns, rows: rows, format: .table, width: width, style: style)
        for line in tooSmall(wallLag, status.sources) {
            for part in TerminalText.wrapped(line, to: width ?? 100) { text += part + "\n" }
        }
        return text + troubles(status, zone, width, style)
    }

    /// What lies in the spool and needs a person.
    private static func troubles(_ status: StoreStatus, _ zone: ZoneRules, _ width: Int?, _ style: TextStyle) -> String
    {
        guard !status.spoolTroubles.isEmpty else { return "" }
        let columns: [ReportColumn] = [
            ReportColumn("source"), ReportColumn("left where it is"), ReportColumn("since").fitting(.expendable),
            ReportColumn("problem").fitting(.spilled),
        ]
        let rows = status.spoolTroubles.map { trouble -> [ReportValue] in
            [
                .text(trouble.source), .text(trouble.name ?? "(all)"), .text(TimeText.local(trouble.since, zone)),
                .text(trouble.problem),
            ]
        }
        let more = status.spoolTroubleCount - Int64(rows.count)
        return "\n" + ReportWriter.text(columns: columns, rows: rows, format: .table, width: width, style: style)
            + (more > 0 ? "and \(NumberText.grouped(more)) more\n" : "")
    }

    /// One sentence per source whose events come later than logical time waits for them.
    private static func tooSmall(_ wallLag: WallLag?, _ sources: [SourceStatus]) -> [String] {
        guard case .seconds(let lag) = wallLag else { return [] }
        return sources.compactMap { source in
            guard QualityReport.isTooSmall(lag, for: source.delays),
                case .wait(let seconds) = WallLagAdvice(source.delays)
            else { return nil }
            let share = NumberText.percent(Double(source.delays.count(above: lag)) / Double(source.delays.count))
            return
                "wall_lag \(QualityReport.configuration(lag)) is too small for \(source.source): \(share) of its records"
                + " come later; \(QualityReport.configuration(seconds)) would wait for 99 of 100"
        }
    }

    private static func states(_ counts: [FileState: Int64]) -> String {
        let known = FileState.allCases.compactMap { state in
            counts[state].map { "\(NumberText.grouped($0)) \(state.rawValue.replacing("_", with: " "))" }
        }
        return known.isEmpty ? "none yet" : known.joined(separator: ", ")
    }

    /// How many people were told of, and what became of the others.
    private static func alerts(_ count: Int64, _ untold: [Int64], _ style: TextStyle) -> String {
        let names = ["told in digests", "held back (cooldown, silence)"]
        let parts = zip(untold, names).filter { $0.0 > 0 }.map { "\(NumberText.grouped($0.0)) \($0.1)" }
        let told = NumberText.grouped(count - untold.reduce(0, +))
        return told + (parts.isEmpty ? "" : style(.faint, "  and \(parts.joined(separator: ", "))"))
    }

    private static func outbox(_ status: StoreStatus) -> String {
        DeliveryState.allCases.compactMap { state in
            status.deliveriesByState[state].map { "\(NumberText.grouped($0)) \(state.rawValue)" }
        }.joined(separator: ", ")
    }

    private static func wakeUp(_ tick: Tick?, _ axis: TimeAxis?) -> String {
        guard let tick else { return "none: nobody moves by time alone" }
        guard let axis else { return "tick \(tick)" }
        return axis.grain == .day ? TimeText.date(tick) : TimeText.instant(axis.start(of: tick))
    }
}
