import ArgumentParser
import DriftAlerts
import DriftAnalytics
import DriftDaemon
import DriftEngine
import DriftModel
import DriftStore

struct Actions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What each segment makes the company do: the playbook matrix, its conflicts and gaps.",
        discussion: """
            Of the model the database runs; before the first run, of the model the configuration names. A conflict is an \
            action that is left out because an earlier segmentation, or an earlier playbook, has filled its area; the \
            number beside it is that of the customers it concerns now. SEG is a segment's id, or segmentation.id where \
            several have it; --area takes a whole branch too: sales.

            EXAMPLES
              segdrift actions
              segdrift actions champions
              segdrift actions --customer C-1042
              segdrift actions --area sales.scripts --format csv
            """)

    @Argument(help: ArgumentHelp("One segment.", valueName: "seg")) var segment: String?
    @Option(help: "What is done for one customer.") var customer: String?
    @Option(help: "Who does what in one area.") var area: String?
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if [segment, customer, area].count(where: { $0 != nil }) > 1 {
            throw ValidationError("Give a segment, --customer or --area, not several.")
        }
        if let area, Self.areas(area).isEmpty {
            let known = ActionArea.allCases.map(\.rawValue)
            let close = DidYouMean.closest(to: area, among: known).map { "did you mean \($0)? " } ?? ""
            throw ValidationError(
                "--area: no area is called '\(area)'; \(close)There is \(known.joined(separator: ", ")).")
        }
    }

    /// The area of a name, or those of a branch.
    static func areas(_ name: String) -> [ActionArea] {
        ActionArea.allCases.filter { $0.rawValue == name || $0.rawValue.hasPrefix(name + ".") }
    }

    func run() async throws {
        let source = try ActionSource.open(database, global)
        var rows: [ActionRow]
        let text: ActionsText
        if let customer {
            guard let read = source.database else { throw source.nobody }
            let detail = try read.requireCustomer(customer)
            rows = ActionRow.ofCustomer(source.segments(of: detail), source.model)
            text = ActionsText(.customer(detail.name), source, global)
        } else {
            let places = try segment.map(source.places)
            let matrix = PlaybookMatrix(model: source.model)
            rows = ActionRow.matrix(matrix, source.model, counts: try source.counts(matrix))
            if let places { rows = rows.filter { $0.concerns(places, source.model) } }
            if let area {
                let wanted = Set(Self.areas(area).map(\.rawValue))
                rows = rows.filter { $0.area.map(wanted.contains) ?? false }
            }
            text = ActionsText(places.map { .segments($0) } ?? area.map { .area($0) } ?? .everything, source, global)
        }
        guard global.chosenFormat == .table else {
            return try Report.print(ActionRow.columns, rows.map(\.values), global)
        }
        try Terminal.write(text.text(rows))
        if source.isUnused {
            try global.remark(global.style(.faint, "from the model file: no database runs a model yet"))
        }
    }
}

/// The model that counts, and the database it came from.
struct ActionSource {
    /// nil: nothing has run yet.
    var database: Database?
    var model: Model

    /// Whether the model is that of the file, not yet of a database.
    var isUnused: Bool { database == nil }
    /// Why nothing can be said about a customer.
    var nobody: Failure {
        Failure(
            ExitStatus.failed, "no database runs a model yet, so there are no customers",
            hint: "start 'segdrift run' once")
    }

    static func open(_ options: DatabaseOptions, _ global: GlobalOptions) throws -> ActionSource {
        do {
            let database = try Database.open(options, global)
            let active = try database.reader.activeModel()
            if options.db != nil || active != nil {
                return ActionSource(database: database, model: try database.engine().model)
            }
        } catch StoreError.missing where options.db == nil {
            // Not run yet: the file says what will be.
        }
        let setup = try Setup.load(
            configPath: global.config, world: World.real(environment: World.processEnvironment()))
        return ActionSource(database: nil, model: setup.model)
    }

    /// Segments by id, or by segmentation and id.
    func places(_ name: String) throws -> [PlaybookMatrix.Place] {
        var found: [PlaybookMatrix.Place] = []
        for (number, segmentation) in model.segmentations.enumerated() {
            for (index, segment) in segmentation.segments.enumerated()
            where segment.id == name || "\(segmentation.name).\(segment.id)" == name {
                found.append(PlaybookMatrix.Place(segmentation: number, segment: index))
            }
        }
        guard found.isEmpty else { return found }
        let known = model.segmentations.flatMap { $0.segments.map(\.id) }
        let close = DidYouMean.closest(to: name, among: known).map { "did you mean '\($0)'? " } ?? ""
        throw Failure(
            ExitStatus.failed, "no segment is called '\(name)'",
            hint: "\(close)there is \(known.joined(separator: ", "))")
    }

    /// Index of the customer's segment per segmentation.
    func segments(of detail: DriftStore.CustomerDetail) -> [Int32?] {
        indexes(Dictionary(detail.placements.map { ($0.segmentation, $0.segment) }) { $1 })
    }

    /// How many customers meet each clash; nil without a database. Reads every customer, and only if need be.
    func counts(_ matrix: PlaybookMatrix) throws -> [Int64?] {
        guard let database, !matrix.clashes.isEmpty else { return matrix.clashes.map { _ in nil } }
        let combinations = try database.reader.segmentCombinations().map { (indexes($0.segments), $0.customers) }
        return matrix.customers(meeting: model, in: combinations)
    }

    private func indexes(_ ids: [String: String?]) -> [Int32?] {
        model.segmentations.map { segmentation in
            guard let id = ids[segmentation.name] ?? nil else { return nil }
            return segmentation.segments.firstIndex { $0.id == id }.map(Int32.init)
        }
    }
}
