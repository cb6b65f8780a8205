import ArgumentParser
import DriftAnalytics
import DriftModel
import DriftStore
import DriftWeb

struct Segments: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sizes, shares, change, inflow, outflow and median stay of every segment.",
        discussion: """
            The day is that of logical time unless --as-of names another (then without the median stay); change and \
            flows are over the days of --window before it. Prospects (known, not customers) have no segment and no share.

            EXAMPLES
              segdrift segments
              segdrift segments --segmentation value --window 30d
              segdrift segments --as-of 2026-01-31 --format csv
            """)

    @Option(
        name: .customLong("as-of"), help: ArgumentHelp("The end of this local day, as in 2026-01-31.", valueName: "day")
    )
    var asOf: String?
    @Option(help: ArgumentHelp("Days that change, inflow and outflow are counted over.", valueName: "days"))
    var window = "7d"
    @Option(help: "One segmentation.") var segmentation: String?
    @Flag(name: .customLong("no-stay"), help: "Leave the median stay out, which reads every customer.") var noStay =
        false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let asOf, TimeText.parseDate(asOf) == nil {
            throw ValidationError("--as-of: '\(asOf)' is no date; write 2026-01-31.")
        }
        guard let seconds = Duration.seconds(window), seconds >= 86_400, seconds <= 86_400 * 36_500 else {
            throw ValidationError("--window: a number of days, as in 7d.")
        }
    }

    func run() async throws {
        let source = try Database.open(database, global)
        let days = Int((Duration.seconds(window) ?? 0) / 86_400)
        try source.requireNames(segmentation: segmentation)
        // Stays are known as of now only.
        let rows = try source.reader.segments(day: asOf, windowDays: days, withStays: !noStay && asOf == nil)
            .filter { segmentation == nil || $0.segmentation == segmentation }
        if let asOf, rows.isEmpty { throw try Self.outside(asOf, source) }
        let isTable = global.chosenFormat == .table
        try Report.print(
            isTable ? Self.tableColumns : SegmentDocument.columns,
            rows.map { isTable ? Self.tableValues($0, rows) : SegmentDocument.values($0) }, global,
            emptyText: "no customers yet")
    }

    private static func outside(_ day: String, _ source: Database) throws -> Failure {
        let bounds = try source.reader.query("SELECT min(day), max(day) FROM segment_sizes").rows.first ?? []
        guard bounds.count == 2, case .text(let first) = bounds[0], case .text(let last) = bounds[1] else {
            return Failure(ExitStatus.failed, "no customers yet")
        }
        return Failure(
            ExitStatus.failed, "--as-of: nothing is known of \(day)", hint: "history goes from \(first) to \(last)")
    }

    static let tableColumns: [ReportColumn] = [
        ReportColumn("segmentation"), ReportColumn("segment"), .number("customers"), .number("share"),
        ReportColumn("bar", title: "").fitting(.expendable), .number("change"), .number("in"), .number("out"),
        .number("stay", title: "stay (d)", decimals: 0).fitting(.expendable),
    ]

    static func tableValues(_ row: SegmentSizeRow, _ all: [SegmentSizeRow]) -> [ReportValue] {
        let most = all.filter { $0.segmentation == row.segmentation }.compactMap(\.share).max() ?? 0
        return [
            .text(row.segmentation), .text(row.segment ?? "(prospects)"), .integer(row.customers),
            row.share.map { .text(NumberText.percent($0)) } ?? .null,
            .text(Bars.horizontal(most > 0 ? (row.share ?? 0) / most : 0, width: 16)),
            .text(NumberText.signed(row.change)), .integer(row.inflow), .integer(row.outflow),
            row.medianStayDays.map(ReportValue.number) ?? .null,
        ]
    }
}
