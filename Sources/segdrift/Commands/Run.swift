import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftModel

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The daemon: takes files, moves customers, alerts.",
        discussion: """
            Runs until it is told to stop (SIGTERM, SIGINT), or with --once until the spool is empty and time has \
            been walked. Only one instance runs on a state directory: a second ends with 75.

            EXAMPLES
              segdrift run --config /etc/segdrift/segdrift.yaml
              segdrift run --once --config shop/segdrift.yaml                  from cron
              segdrift run --once --as-of 2026-01-31T00:00:00Z --config …      history up to an instant
            """)

    @Flag(help: "Take what is in the spool, walk time, deliver what is due, and end.")
    var once = false

    @Option(
        name: .customLong("as-of"),
        help: ArgumentHelp(
            "With --once: walk logical time up to this instant, not the wall clock (2026-01-31 or 2026-01-31T09:30:00Z; UTC).",
            valueName: "instant"))
    var asOf: String?

    @Flag(name: .customLong("accept-clock"), help: "Believe the wall clock although it jumped or was long away.")
    var acceptClock = false

    @Option(name: .customLong("chunk-records"), help: ArgumentHelp("Records in a transaction.", visibility: .hidden))
    var chunkRecords = RunOptions.chunkRecordsDefault

    @Option(name: .customLong("sort-bytes"), help: ArgumentHelp("Memory for sorting.", visibility: .hidden))
    var sortBytes: Int?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if asOf != nil, !once { throw ValidationError("--as-of needs --once.") }
        if let asOf, ValueLiteral.parseInstant(asOf) == nil {
            throw ValidationError("--as-of: '\(asOf)' is no instant; write 2026-01-31 or 2026-01-31T09:30:00Z.")
        }
    }

    func run() async throws {
        var options = RunOptions(
            configPath: global.config, once: once, asOf: asOf.flatMap(ValueLiteral.parseInstant),
            acceptClock: acceptClock, chunkRecords: chunkRecords)
        options.sortBytes = sortBytes
        let summary = try await DaemonRunner.run(options)
        guard once else { return }
        try global.remark(Self.sentence(summary))
    }

    static func sentence(_ summary: RunSummary) -> String {
        let time = summary.logicalTime.map { "; logical time \(TimeText.instant($0))" } ?? ""
        let refused = summary.refusedFiles > 0 ? " (\(NumberText.grouped(summary.refusedFiles)) refused whole)" : ""
        return "\(NumberText.grouped(summary.files)) files\(refused), \(NumberText.grouped(summary.records)) records "
            + "(\(NumberText.grouped(summary.accepted)) accepted, \(NumberText.grouped(summary.quarantined)) quarantined), "
            + "\(NumberText.grouped(summary.transitions)) moves, \(NumberText.grouped(summary.alerts)) alerts, "
            + "\(NumberText.grouped(summary.delivered)) delivered\(time)"
    }
}
