import ArgumentParser
import DriftAlerts
import DriftAnalytics
import DriftEngine
import DriftModel
import DriftStore
import DriftWeb

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Why a customer is in a segment, and what would move them.",
        discussion: """
            The rule that holds, every input with its distance to the nearest boundary, the next change by time alone, \
            one more event that would lead to a better segment, actions, last moves.

            EXAMPLES
              segdrift explain C-1042
              segdrift explain C-1042 --format json | jq .segmentations
              segdrift explain --transition 4711
            """)

    @Argument(help: "The customer, as the files name them.") var customer: String?
    @Option(help: ArgumentHelp("Explain one move by its number instead.", valueName: "n")) var transition: Int64?
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if (customer == nil) == (transition == nil) {
            throw ValidationError("Name a customer, or a move with --transition.")
        }
    }

    func run() async throws {
        let source = try Database.open(database, global)
        if let transition {
            try explain(transition: transition, source)
        } else if let customer {
            try explain(customer: customer, source)
        }
    }

    private func explain(transition: Int64, _ source: Database) throws {
        let rows = try source.reader.transitions(TransitionFilter(transitionID: transition))
        guard let row = rows.first else {
            throw Failure(
                ExitStatus.failed, "there is no move \(transition)", hint: "'segdrift transitions' lists them")
        }
        guard global.chosenFormat == .table else {
            return try Report.print(
                TransitionDocument.columns, [TransitionDocument.values(row)], global)
        }
        let report = MoveReport(
            row: row, inputs: try MoveReport.inputs(of: row, source.reader), zone: try source.zone(),
            style: global.style)
        try Terminal.write(report.text(width: Terminal.width ?? 100))
    }

    private func explain(customer: String, _ source: Database) throws {
        let report = try Self.report(on: try source.requireCustomer(customer), source)
        switch global.chosenFormat {
        case .table: try Terminal.write(report.text(width: Terminal.width ?? 100, style: global.style))
        case .json, .ndjson: try Terminal.line(report.json)
        case .csv: throw Failure(ExitStatus.usage, "an explanation has no rows", hint: "use --format table or json")
        }
    }

    static func report(on detail: DriftStore.CustomerDetail, _ source: Database) throws -> CustomerReport {
        let engine = try source.engine()
        var state = CustomerState()
        try state.decode(detail.state.span, engine: engine)
        let explanation = engine.explain(state, at: engine.axis.tick(of: try source.logicalTime()))
        let moves = try source.reader.transitions(TransitionFilter(customer: detail.name, limit: 5))
        return CustomerReport(
            customer: detail.name,
            record: .init(
                events: detail.events, firstEventAt: detail.firstEventAt, lastEventAt: detail.lastEventAt),
            explanation: explanation, model: engine.model, axis: engine.axis,
            actions: try source.reader.actions(customer: detail.name).map {
                .init(area: $0.area, action: $0.action, segmentation: $0.segmentation)
            },
            moves: moves.map {
                .init(
                    effectiveAt: $0.effectiveAt, segmentation: $0.segmentation, from: $0.from, to: $0.to,
                    cause: $0.cause, reason: $0.reason)
            },
            dutiesOfNext: explanation.segmentations.indices.map { duties(ofNext: $0, explanation, engine) })
    }

    /// What the next change of a segmentation would make people start and stop, the others staying as they are.
    private static func duties(
        ofNext index: Int, _ explanation: Explanation, _ engine: Engine
    ) -> CustomerReport.Duties {
        let current = explanation.segmentations.map(\.segment)
        guard let next = explanation.segmentations[index].next else { return .none }
        var after = current
        after[index] = next.segment
        let move = Move(
            segmentation: index, from: current[index], to: next.segment,
            direction: engine.direction(segmentation: index, from: current[index], to: next.segment), cause: .time)
        let difference = ActionDifference.of(move, segmentsAfter: after, model: engine.model)
        return CustomerReport.Duties(
            start: difference.start.map(\.action) + difference.change.map(\.to),
            stop: difference.stop.map(\.action) + difference.change.map(\.from))
    }
}
