import DriftAnalytics

/// Writes rows to standard output in the format asked for.
struct Report {
    private var writer: ReportWriter

    /// - Parameter emptyText: What a table without rows says.
    init(_ columns: [ReportColumn], _ options: GlobalOptions, emptyText: String = "nothing to show") {
        writer = ReportWriter(
            columns: columns, format: options.chosenFormat, width: Terminal.width,
            style: Terminal.style(noColor: options.noColor), emptyText: emptyText)
    }

    mutating func add(_ row: [ReportValue]) throws(Failure) {
        let text = writer.append(row)
        if !text.isEmpty { try Terminal.write(text) }
    }

    func finish() throws(Failure) {
        let text = writer.finish()
        if !text.isEmpty { try Terminal.write(text) }
    }

    static func print(
        _ columns: [ReportColumn], _ rows: some Sequence<[ReportValue]>, _ options: GlobalOptions,
        emptyText: String = "nothing to show"
    ) throws(Failure) {
        var report = Report(columns, options, emptyText: emptyText)
        for row in rows { try report.add(row) }
        try report.finish()
    }
}

extension GlobalOptions {
    /// What `--format` says, else what suits the place the output goes to.
    var chosenFormat: ReportFormat { format ?? (Terminal.isOutputTerminal ? .table : .ndjson) }
    var style: TextStyle { Terminal.style(noColor: noColor) }

    /// Says something that is no result, unless `-q`.
    func remark(_ text: String) throws(Failure) {
        if !quiet { try Terminal.line(text) }
    }
}
