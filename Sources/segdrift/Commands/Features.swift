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
        if let customer, global.chosenFormat == .table {
            let detail = try source.requireCustomer(customer)
            var state = CustomerState()
            try state.decode(detail.state.span, engine: engine)
            let values = engine.features(of: state, at: tick)
            return try Report.print(
                [ReportColumn("feature"), .number("value")],
                zip(engine.model.features, values).map { [.text($0.name), ReportValue($1)] }, global)
        }
        let isNumber = Set(engine.model.features.filter { $0.type == .number }.map(\.name))
        var report = Report(
            [ReportColumn("customer")]
                + engine.model.features.map {
                    ReportColumn($0.name, alignment: isNumber.contains($0.name) ? .right : .left)
                        .fitting(.expendable)
                },
            global, emptyText: "no customers yet")
        var state = CustomerState()
        func add(_ name: String, _ bytes: [UInt8]) throws {
            try state.decode(bytes.span, engine: engine)
            try report.add([.text(name)] + engine.features(of: state, at: tick).map(ReportValue.init))
        }
        if let customer {
            let detail = try source.requireCustomer(customer)
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
