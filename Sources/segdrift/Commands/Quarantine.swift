import ArgumentParser
import DriftAnalytics
import DriftStore

struct Quarantine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Records and files that could not be used, and why.",
        subcommands: [List.self, Show.self, Requeue.self, Drop.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refused records with file, place, reason and a sample.",
            discussion: """
                Files refused whole are listed by 'segdrift files --state quarantined'. A table shows the newest 50, \
                other formats everything; --limit changes both (0: everything).

                EXAMPLES
                  segdrift quarantine list --source shop
                  segdrift quarantine list --code unreadable_field --format ndjson
                """)

        @Option(help: "Records of one file, by its number.") var file: Int64?
        @Option(help: "One source.") var source: String?
        @Option(help: "One kind of fault.") var code: String?
        @Option(help: ArgumentHelp("The newest so many; 0: all.", valueName: "n")) var limit: Int?

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var global: GlobalOptions

        static let columns: [ReportColumn] = [
            .number("file_id", title: "file"), ReportColumn("source"), ReportColumn("name"), .number("record"),
            .hidden("byte_offset"), ReportColumn("code"), ReportColumn("sample"),
            ReportColumn("reason").fitting(.spilled),
        ]

        func run() async throws {
            let reader = try Database.open(database, global).reader
            try source.map(reader.requireSource)
            let most = limit ?? (global.chosenFormat == .table ? 50 : 0)
            let result = try reader.query(
                """
                SELECT * FROM (
                    SELECT q.file_id, f.source, f.name, q.record, q.byte_offset, q.code, q.sample, q.reason
                    FROM quarantined AS q LEFT JOIN files AS f ON f.file_id = q.file_id
                    WHERE (?1 IS NULL OR q.file_id = ?1) AND (?2 IS NULL OR f.source = ?2)
                        AND (?3 IS NULL OR q.code = ?3)
                    ORDER BY q.file_id DESC, q.record DESC LIMIT ?4)
                ORDER BY file_id, record
                """,
                [
                    file.map(SQLValue.integer) ?? .null, source.map(SQLValue.text) ?? .null,
                    code.map(SQLValue.text) ?? .null, .integer(Int64(most > 0 ? most : -1)),
                ])
            try Report.print(
                Self.columns, result.rows.map { $0.map(ReportValue.init) }, global, emptyText: "nothing was refused")
        }
    }
}
