import ArgumentParser
import DriftAnalytics
import DriftEngine
import DriftModel
import DriftStore

struct Forecast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who leaves which segment by time alone, when, and to where.",
        discussion: """
            What happens if nobody does anything: exact, because it follows from the rules and the calendar. \
            Several moves of one customer within the period all appear. --totals counts them per day and pair. A \
            table shows the next 50, other formats everything; --limit changes both (0: everything).

            EXAMPLES
              segdrift forecast --within 7d
              segdrift forecast --from champions --within 30d --totals
              segdrift forecast --customer C-1042 --within 365d
            """)

    @Option(help: ArgumentHelp("How far ahead of logical time, as in 30d.", valueName: "days")) var within = "30d"
    @Option(help: ArgumentHelp("Only moves out of this segment.", valueName: "segment")) var from: String?
    @Option(help: "One customer.") var customer: String?
    @Option(help: "One segmentation.") var segmentation: String?
    @Option(help: ArgumentHelp("The next so many; 0: all.", valueName: "n")) var limit: Int?
    @Flag(help: "Moves counted per day and pair, instead of one by one.") var totals = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard let seconds = Duration.seconds(within), seconds > 0, seconds <= 86_400 * 44_000 else {
            throw ValidationError("--within: a length of time, as in 30d or 12h.")
        }
    }

    func run() async throws {
        let source = try Database.open(database, global)
        try source.requireNames(segmentation: segmentation, segments: [("--from", from)])
        let forecaster = try Forecaster(source: source)
        let end = try source.logicalTime().advanced(bySeconds: Duration.seconds(within) ?? 0)
        let moves = try forecaster.moves(through: end, customer: customer).filter {
            (from == nil || $0.from == from) && (segmentation == nil || $0.segmentation == segmentation)
        }
        let pair = [ReportColumn("segmentation"), ReportColumn("from_segment", title: "from")]
        let columns = [ReportColumn("day")] + pair + [ReportColumn("to_segment", title: "to")]
        guard totals else {
            let isTable = global.chosenFormat == .table
            let most = limit ?? (isTable ? 50 : 0)
            try Report.print(
                [columns[0], ReportColumn("customer")] + columns.dropFirst(),
                (most > 0 ? moves.prefix(most) : moves[...]).map {
                    [.text($0.day), .text($0.customer), .text($0.segmentation), .optional($0.from), .optional($0.to)]
                }, global, emptyText: "nobody moves by time alone within \(within)")
            if isTable, limit == nil, moves.count > most {
                try global.remark(
                    global.style(
                        .faint,
                        "the next \(most) of \(NumberText.grouped(moves.count)) moves within \(within); "
                            + "--limit 0 shows all, --totals counts them"))
            }
            return
        }
        let rows = Forecaster.totals(moves).map { total -> [ReportValue] in
            [
                .text(total.move.day), .text(total.move.segmentation), .optional(total.move.from),
                .optional(total.move.to), .count(total.customers),
            ]
        }
        try Report.print(
            columns + [.number("customers")], rows, global, emptyText: "nobody moves by time alone within \(within)")
    }
}

/// Repeats the engine's search for the next change, customer by customer.
struct Forecaster {
    struct Move: Hashable {
        /// Local date; with hour grain an instant.
        var day: String
        var customer: String
        var segmentation: String
        var from: String?
        var to: String?
    }

    let source: Database
    let engine: Engine

    init(source: Database) throws {
        self.source = source
        engine = try source.engine()
    }

    /// Moves up to an instant, by day, then customer.
    func moves(through end: Instant, customer: String? = nil) throws -> [Move] {
        let tick = engine.axis.tick(of: end)
        var scratch = EngineScratch()
        var state = CustomerState()
        var found: [(tick: Tick, move: Move)] = []
        func look(_ name: String, _ bytes: [UInt8]) throws {
            try state.decode(bytes.span, engine: engine)
            for move in engine.forecast(of: state, through: tick, scratch: &scratch) {
                found.append((move.tick, named(move, name)))
            }
        }
        if let customer {
            let detail = try source.requireCustomer(customer)
            try look(detail.name, detail.state)
        } else {
            try source.reader.forEachState { _, name, bytes in try look(name, bytes) }
        }
        return found.sorted { ($0.tick, $0.move.customer) < ($1.tick, $1.move.customer) }.map(\.move)
    }

    private func named(_ move: ForecastMove, _ customer: String) -> Move {
        let segmentation = engine.model.segmentations[move.segmentation]
        let day =
            engine.axis.grain == .day ? TimeText.date(move.tick) : TimeText.instant(engine.axis.start(of: move.tick))
        return Move(
            day: day, customer: customer, segmentation: segmentation.name,
            from: move.from.map { segmentation.segments[Int($0)].id },
            to: move.to.map { segmentation.segments[Int($0)].id })
    }

    /// Counts per day and pair, day by day, the most frequent first.
    static func totals(_ moves: [Move]) -> [(move: Move, customers: Int)] {
        var places: [Move: Int] = [:]
        var totals: [(move: Move, customers: Int)] = []
        for move in moves {
            var anyone = move
            anyone.customer = ""
            if let place = places[anyone] {
                totals[place].customers += 1
            } else {
                places[anyone] = totals.count
                totals.append((anyone, 1))
            }
        }
        return totals.enumerated().sorted {
            ($0.element.move.day, -$0.element.customers, $0.offset) < (
                $1.element.move.day, -$1.element.customers, $1.offset
            )
        }.map(\.element)
    }
}
