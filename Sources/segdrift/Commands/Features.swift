import ArgumentParser
import DriftAnalytics
import DriftEngine
import DriftModel
import DriftStore

struct Features: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every feature's value per customer, at logical time.",
        discussion: """
            EXAMPLES
              segdrift features --customer C-1042 --format table
              segdrift features --format csv > features.csv
            """)

    @Option(help: "One customer.") var customer: String?
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let source = try Database.open(database, global)
        let engine = try source.engine()
        let tick = engine.axis.tick(of: try source.logicalTime())
        let isNumber = Set(engine.model.features.filter { $0.type == .number }.map(\.name))
        var report = Report(
            [ReportColumn("customer")]
                + engine.model.features.map {
                    ReportColumn($0.name, alignment: isNumber.contains($0.name) ? .right : .left)
                },
            global, emptyText: "no customers yet")
        var state = CustomerState()
        func add(_ name: String, _ bytes: [UInt8]) throws {
            try state.decode(bytes.span, engine: engine)
            try report.add([.text(name)] + engine.features(of: state, at: tick).map(ReportValue.init))
        }
        if let customer {
            guard let detail = try source.reader.customer(named: customer) else {
                throw Failure(ExitStatus.failed, "there is no customer '\(customer)'")
            }
            try add(detail.name, detail.state)
        } else {
            try source.reader.forEachState { _, name, bytes in try add(name, bytes) }
        }
        try report.finish()
    }
}

extension ReportValue {
    /// A value of the model language; dates and timestamps as ISO text.
    init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .number(let number): self = .number(number)
        case .boolean(let truth): self = .boolean(truth)
        case .date(let day): self = .text(TimeText.date(day))
        case .timestamp(let instant): self = .text(TimeText.instant(instant))
        case .text(let text): self = .text(text)
        }
    }
}
