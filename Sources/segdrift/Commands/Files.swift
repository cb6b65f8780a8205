import ArgumentParser
import DriftAnalytics
import DriftStore

struct Files: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The ledger of files: what came, what became of its records.",
        discussion: """
            records = accepted + duplicates + conflicts + beyond_horizon + ignored + quarantined; late ones are part of \
            the accepted. A table shows the newest 50, other formats everything; --limit changes both (0: everything).

            EXAMPLES
              segdrift files --source shop
              segdrift files --quality
              segdrift files --state quarantined
              segdrift files --format csv > ledger.csv
            """)

    @Option(help: "One source.") var source: String?
    @Option(help: "Files in one state: archived, duplicate, quarantined, …") var state: String?
    @Flag(help: "How good each source's records are: share of NULLs per field, rejects by reason, delays, a wall_lag.")
    var quality = false
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
    }

    func run() async throws {
        let reader = try Database.open(database, global).reader
        try source.map(reader.requireSource)
        if quality {
            return try Report.print(
                QualityReport.columns, QualityReport.rows(try reader.quality(source: source)), global,
                emptyText: "nothing was read yet")
        }
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
