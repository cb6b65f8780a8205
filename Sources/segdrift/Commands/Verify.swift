import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftStore

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Does the database say what its files say?",
        discussion: """
            Checks the file's integrity, the chains of moves, the sums of the ledger and the bytes in the archive; then \
            replays the archive into a temporary database, each file under the model, mapping and logical time it had \
            when it was applied, and compares every customer, move and count. Reads only; a running daemon goes on, and \
            a copy of its database is looked at.

            Needs room for a second database (two while a daemon runs) and about the time of a first load. Ends with \
            78 when something differs, and says what and where; with 75 when work is under way.

            EXAMPLES
              segdrift verify
              segdrift verify --quick
              segdrift verify --scratch /var/tmp --format json
            """)

    @Flag(help: "Everything but the replay.") var quick = false
    @Option(
        help: ArgumentHelp(
            "Where the temporary database lies. (default: $TMPDIR, else /var/tmp)", valueName: "dir"),
        completion: .directory)
    var scratch: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var line = ProgressLine(isQuiet: global.quiet)
        let report = try Verification.run(
            Verification.Options(configPath: global.config, isQuick: quick, scratchDirectory: scratch),
            world: World.real(environment: World.processEnvironment())
        ) { progress in
            line.show(progress.step, done: progress.done, total: progress.total, unit: "")
        }
        line.clear()
        try Report.print(
            [
                ReportColumn("check"), ReportColumn("result"), ReportColumn("extent"),
                ReportColumn("finding")
                    .fitting(.spilled),
            ],
            Self.rows(report), global)
        for note in report.notes { Terminal.complain(note) }
        guard report.holds else {
            throw Failure(
                ExitStatus.needsPerson, "the database does not say what its files say",
                hint: "keep both as they are; restore a backup, or rebuild the database from the archive")
        }
    }

    /// One row per check that holds, one per finding of those that do not.
    private static func rows(_ report: Verification.Report) -> [[ReportValue]] {
        report.checks.flatMap { check -> [[ReportValue]] in
            guard !check.findings.isEmpty else {
                return [[.text(check.name), .text("ok"), .text(check.extent), .null]]
            }
            return check.findings.map { [.text(check.name), .text("differs"), .text(check.extent), .text($0)] }
        }
    }
}
