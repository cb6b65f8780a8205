public import ArgumentParser
import DriftAnalytics
public import DriftModel
import DriftStore
import DriftWeb

struct Transitions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Moves between segments: who, from, to, when, why.",
        discussion: """
            In the order they were recorded. A table shows the newest 50, other formats everything; --limit changes \
            both (0: everything). A table shows times local to the model, other formats UTC. --follow \
            tells each move on a terminal in one line, elsewhere as JSON.

            EXAMPLES
              segdrift transitions --since 7d --direction down
              segdrift transitions --customer C-1042
              segdrift transitions --from champions --to at_risk --cause time
              segdrift transitions --format ndjson | jq .reason
              segdrift transitions --follow --format ndjson
            """)

    @Option(
        help: ArgumentHelp(
            "Effective at or after: 2026-01-31 (local), 2026-01-31T09:30:00Z, or 7d before logical time.",
            valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("Effective before.", valueName: "time")) var until: String?
    @Option(help: "One customer.") var customer: String?
    @Option(help: "One segmentation.") var segmentation: String?
    @Option(help: ArgumentHelp("Out of this segment; null: had none.", valueName: "segment")) var from: String?
    @Option(help: ArgumentHelp("Into this segment; null: has none.", valueName: "segment")) var to: String?
    @Option(help: "event, time, late, model, calibration or merge.") var cause: Cause?
    @Option(help: "up, down or sideways.") var direction: Direction?
    @Option(help: ArgumentHelp("The newest so many; 0: all.", valueName: "n")) var limit: Int?
    @Flag(help: "Go on with moves as they are recorded, until interrupted.") var follow = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit: 0 or more.") }
    }

    func run() async throws {
        let source = try Database.open(database, global)
        try source.requireNames(segmentation: segmentation, segments: [("--from", from), ("--to", to)])
        if let customer { _ = try source.requireCustomer(customer) }
        var filter = TransitionFilter(
            since: try since.map { try source.instant($0, option: "--since") },
            until: try until.map { try source.instant($0, option: "--until") }, customer: customer,
            segmentation: segmentation, from: from.map(SegmentChoice.init) ?? .any,
            to: to.map(SegmentChoice.init) ?? .any, cause: cause, direction: direction)
        let isTable = global.chosenFormat == .table
        let zone = isTable ? try source.zone() : .utc
        var report = Report(TransitionDocument.columns, global, emptyText: "no such moves")
        let style = global.style
        let show = { (row: TransitionRow) throws in
            if isTable, follow {
                try Terminal.line(MoveLine.text(row, zone: zone, style: style))
            } else if isTable {
                try report.add(TransitionDocument.tableValues(row) { MoveLine.time($0, zone) })
            } else {
                try report.add(TransitionDocument.values(row))
            }
        }
        let most = limit ?? (isTable || follow ? 50 : 0)
        if most > 0 {
            filter.limit = most
            let newest = try source.reader.transitions(filter)
            for row in newest.reversed() { try show(row) }
            filter.after = newest.first?.transitionID
        }
        filter.newestFirst = false
        if most == 0 || follow { try await rest(source, &filter, show) }
        try report.finish()
        if isTable, limit == nil, !global.quiet { try remarkOnMore(source, filter) }
    }

    /// Everything from the filter's position on, in pages; with `--follow` for ever.
    private func rest(
        _ source: Database, _ filter: inout TransitionFilter, _ show: (TransitionRow) throws -> Void
    ) async throws {
        filter.limit = 5000
        while true {
            let page = try source.reader.transitions(filter)
            for row in page { try show(row) }
            filter.after = page.last?.transitionID ?? filter.after
            if page.count == filter.limit { continue }
            guard follow else { return }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func remarkOnMore(_ source: Database, _ filter: TransitionFilter) throws {
        guard [since, until, customer, segmentation, from, to].allSatisfy({ $0 == nil }), cause == nil, direction == nil
        else { return }
        let total = try source.reader.status().transitions
        if total > 50 {
            try Terminal.line(
                global.style(.faint, "the newest 50 of \(NumberText.grouped(total)); --limit 0 shows all"))
        }
    }
}

extension SegmentChoice {
    /// `null` is NULL, anything else a name.
    init(_ text: String) { self = text.lowercased() == "null" ? .null : .named(text) }
}

extension Cause: ExpressibleByArgument {}
extension Direction: ExpressibleByArgument {}
