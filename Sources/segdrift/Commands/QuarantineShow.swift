import ArgumentParser
import DriftAnalytics
import DriftModel
import DriftStore

extension Quarantine {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Everything known about what was refused of one file.",
            discussion: """
                The file, what became of its records, and each refused one with its place, the reason and its first \
                bytes. A table shows 20 records, other formats all of them; --limit changes both (0: all).

                EXAMPLES
                  segdrift quarantine show 12
                  segdrift quarantine show 12 --record 4711 --format json
                """)

        @Argument(help: "The file's number, as 'segdrift files' and 'quarantine list' have it.") var file: Int64
        @Option(help: "One record, by its number in the file.") var record: Int64?
        @Option(help: ArgumentHelp("The first so many; 0: all.", valueName: "n")) var limit: Int?

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let source = try Database.open(database, global)
            guard let row = try source.reader.ledgerFile(file) else {
                throw Failure(ExitStatus.failed, "there is no file \(file)", hint: "see 'segdrift files'")
            }
            let most = limit ?? (global.chosenFormat == .table ? 20 : 0)
            let found = try source.reader.query(
                """
                SELECT record, byte_offset, code, reason, sample FROM quarantined
                WHERE file_id = ?1 AND (?2 IS NULL OR record = ?2) ORDER BY record IS NOT NULL, record LIMIT ?3
                """,
                [
                    .integer(file), record.map(SQLValue.integer) ?? .null, .integer(Int64(most > 0 ? most : -1)),
                ])
            guard global.chosenFormat == .table else {
                return try Report.print(
                    [
                        .number("record"), .number("byte_offset"), ReportColumn("code"), ReportColumn("reason"),
                        ReportColumn("sample"),
                    ], found.rows.map { $0.map(ReportValue.init) }, global, emptyText: "nothing was refused")
            }
            let total = try source.reader.query(
                "SELECT count(*) FROM quarantined WHERE file_id = ?1 AND (?2 IS NULL OR record = ?2)",
                [.integer(file), record.map(SQLValue.integer) ?? .null])
            try Terminal.write(
                QuarantineText.text(
                    row, found.rows, total: total.rows.first?.first, zone: try source.zone(), style: global.style))
        }
    }
}

/// What was refused of a file, for people.
enum QuarantineText {
    static func text(
        _ file: FileRow, _ records: [[SQLValue]], total: SQLValue?, zone: ZoneRules, style: TextStyle
    ) -> String {
        let counts = file.counts
        let done = file.doneAt.map { " \(TimeText.local($0, zone))" } ?? ""
        var text =
            "\(style(.faint, "file \(file.fileID)"))  \(TerminalText.escaped(file.name))  of \(TerminalText.escaped(file.source)), "
            + "\(file.state.rawValue)\(style(.faint, done))\n"
        let classes: [(String, Int64)] = [
            ("accepted", counts.accepted), ("duplicates", counts.duplicates), ("conflicts", counts.conflicts),
            ("beyond the horizon", counts.beyondHorizon), ("ignored", counts.ignored),
            ("quarantined", counts.quarantined),
        ]
        let parts = classes.filter { $0.1 > 0 }.map { "\(NumberText.grouped($0.1)) \($0.0)" }
        let number = counts.records == 1 ? "1 record" : "\(NumberText.grouped(counts.records)) records"
        text += number + (parts.isEmpty ? "\n" : ": \(parts.joined(separator: ", "))\n")
        // Of a file refused whole the first entry below has it, with its place.
        let isListed = records.first?.first == .null
        if let reason = file.reason, !isListed {
            text += "\(style(.bad, file.code ?? ""))  \(TerminalText.escaped(reason))\n"
        }
        for record in records { text += "\n" + entry(record, style) }
        if case .integer(let total) = total, total > records.count {
            text +=
                "\n\(style(.faint, "… and \(NumberText.grouped(total - Int64(records.count))) more; --limit 0 shows all"))\n"
        }
        if !records.isEmpty, file.state == .archived || file.state == .quarantined {
            text += "\n\(style(.faint, advice(file)))\n"
        }
        return text
    }

    /// Faults of the bytes themselves: no mapping mends them.
    private static let damages: Set<String> = [
        "truncated", "corrupt", "trailing_data", "nested_compression", "unsupported_compression",
    ]

    private static func advice(_ file: FileRow) -> String {
        if file.state == .quarantined, damages.contains(file.code ?? "") {
            return "deliver it again, whole; then give this one up: segdrift quarantine drop --file \(file.fileID)"
        }
        return "mend the mapping or the format, reload, then: segdrift quarantine requeue --file \(file.fileID)"
    }

    private static func entry(_ record: [SQLValue], _ style: TextStyle) -> String {
        func words(_ value: SQLValue) -> String? {
            switch value {
            case .integer(let number): NumberText.grouped(number)
            case .text(let text): TerminalText.escaped(text)
            default: nil
            }
        }
        let number = words(record[0]).map { "record \($0)" } ?? "the file"
        let place = words(record[1]).map { style(.faint, " at byte \($0)") } ?? ""
        var text = "\(number)\(place)  \(style(.bad, words(record[2]) ?? ""))  \(words(record[3]) ?? "")\n"
        if case .text(let sample) = record[4] {
            for line in sample.split(separator: "\n", omittingEmptySubsequences: true).prefix(8) {
                text += "  \(style(.faint, "|")) \(TerminalText.escaped(String(line)))\n"
            }
        }
        return text
    }
}
