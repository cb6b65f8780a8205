import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftStore

struct Files: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The ledger of files: what came, what became of its records.",
        discussion: """
            records = accepted + duplicates + conflicts + beyond_horizon + ignored + quarantined; late ones are part of \
            the accepted. A table shows the newest 50, other formats everything; --limit changes both (0: everything).

            --quality looks at the newest 100 files of each source (--limit, --since): how often mapped fields have no \
            value, what was refused and why, how long after their time records arrive, and the wall_lag that would suit \
            them. Delays are exact below 32 s, above at most a sixteenth too long. --forms lists what columns or members \
            each source's files have had.

            EXAMPLES
              segdrift files --source shop
              segdrift files --state quarantined
              segdrift files --quality --source shop --since 30d
              segdrift files --forms --source shop
              segdrift files --format csv > ledger.csv
            """)

    @Flag(help: "How good each source's records are, and how late they come.") var quality = false
    @Flag(help: "What columns or members each source's files have had.") var forms = false
    @Option(help: "One source.") var source: String?
    @Option(help: ArgumentHelp("With --quality: files taken since a day, or so long ago: 30d.", valueName: "when"))
    var since: String?
    @Option(help: "Files in one state: archived, duplicate, quarantined, …") var state: String?
    @Option(help: ArgumentHelp("The newest so many; 0: all.", valueName: "n")) var limit: Int?

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    static let columns: [ReportColumn] = [
        .number("file_id", title: "id"), ReportColumn("source"), ReportColumn("name"), .hidden("sha256"),
        .hidden("size"), ReportColumn("state"), .number("records"), .number("accepted"),
        .number("duplicates", title: "dupl").fitting(.expendable),
        .number("conflicts", title: "confl").fitting(.expendable), .number("late").fitting(.expendable),
        .number("beyond_horizon", title: "beyond").fitting(.expendable), .number("ignored").fitting(.expendable),
        .number("quarantined", title: "quarant").fitting(.expendable), .hidden("attempts"), .hidden("seen_at"),
        .hidden("done_at"), ReportColumn("reason").fitting(.spilled),
    ]

    func validate() throws {
        let states = FileState.allCases.map(\.rawValue)
        if let state, !states.contains(state) {
            throw ValidationError("--state: one of \(states.joined(separator: ", ")).")
        }
        if quality, forms { throw ValidationError("--quality or --forms, not both.") }
        if state != nil, quality || forms { throw ValidationError("--state is for the list of files alone.") }
        if since != nil, !quality { throw ValidationError("--since needs --quality.") }
    }

    func run() async throws {
        let opened = try Database.open(database, global)
        let reader = opened.reader
        try source.map(reader.requireSource)
        if quality { return try printQuality(opened) }
        if forms { return try printForms(opened) }
        let most = limit ?? (global.chosenFormat == .table ? 50 : 0)
        let result = try reader.query(
            """
            SELECT * FROM (
                SELECT \(Self.columns.map(\.name).joined(separator: ", ")) FROM files
                WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR state = ?2)
                ORDER BY file_id DESC LIMIT ?3)
            ORDER BY file_id
            """,
            [
                source.map(SQLValue.text) ?? .null, state.map(SQLValue.text) ?? .null,
                .integer(Int64(most > 0 ? most : -1)),
            ])
        try Report.print(
            Self.columns, result.rows.map { $0.map(ReportValue.init) }, global, emptyText: "no such files")
    }

    private func printQuality(_ opened: Database) throws {
        let report = QualityReport(
            sources: try opened.reader.quality(
                source: source, files: limit ?? SourceQuality.filesDefault,
                since: try since.map { try opened.instant($0, option: "--since") }),
            wallLag: database.db == nil ? try global.configuration().wallLag : nil, zone: try opened.zone())
        if global.chosenFormat == .table {
            try Terminal.write(report.text(width: Terminal.width, style: global.style))
        } else {
            try Report.print(QualityReport.columns, report.rows, global)
        }
    }

    private func printForms(_ opened: Database) throws {
        let known = try opened.reader.feedForms(source: source)
        let zone = global.chosenFormat == .table ? try opened.zone() : nil
        try Report.print(
            FormsReport.columns, FormsReport.rows(known, zone: zone), global, emptyText: "no file was read yet")
    }
}

extension ReportValue {
    /// A value as SQLite has it; bytes as hexadecimal text.
    init(_ value: SQLValue) {
        switch value {
        case .null: self = .null
        case .integer(let number): self = .integer(number)
        case .real(let number): self = .number(number)
        case .text(let text): self = .text(text)
        case .blob(let bytes):
            self = .text(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
    }
}
