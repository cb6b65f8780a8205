import ArgumentParser
import DriftAnalytics
import DriftModel
import Glibc

struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write realistic event files of a simulated shop.",
        discussion: """
            One file per day and system: DIR/shop (purchases, refunds), DIR/web (visits), DIR/crm (profiles). Each \
            customer buys in a rhythm of their own and one day stops; seasons and weekdays scale the rhythm; amounts \
            have a long tail. --format csv (default) or ndjson is the form of the files. The same seed gives the same bytes. Files appear under their names when they are whole, \
            so DIR may be a spool's incoming directory. Ends with what was written, dirt counted by kind.

            EXAMPLES
              segdrift simulate --customers 1000 --days 365 --seed 1 --out /tmp/shop
              segdrift simulate --customers 500 --days 90 --seed 2 --out in --format ndjson --dirt 0.02
              segdrift simulate --customers 500 --days 90 --seed 2 --out in --shock 60:0.3 --start 2026-01-01
            """)

    @Option(help: "How many people, prospects among them.") var customers: Int
    @Option(help: "How many days.") var days: Int
    @Option(help: "Chooses the people and their lives.") var seed: UInt64
    @Option(help: ArgumentHelp("Directory to write to; created.", valueName: "dir"), completion: .directory)
    var out: String
    @Option(help: "Share of the records to spoil or repeat, 0 to 1.") var dirt = 0.0
    @Option(
        help: ArgumentHelp(
            "On this day (1 is the first) this share of the active customers leaves at once.",
            valueName: "day:share"))
    var shock: String?
    @Option(
        help: ArgumentHelp(
            "First day, as in 2026-01-31. (default: so that the last day is yesterday)", valueName: "date"))
    var start: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if customers < 1 || customers > 100_000_000 { throw ValidationError("--customers: 1 to 100000000.") }
        if days < 1 || days > 36_500 { throw ValidationError("--days: 1 to 36500.") }
        if !(0...1).contains(dirt) { throw ValidationError("--dirt: a share from 0 to 1, as in 0.01.") }
        if let start, TimeText.parseDate(start) == nil {
            throw ValidationError("--start: '\(start)' is no date; write 2026-01-31.")
        }
        if fileFormat == nil { throw ValidationError("--format: the files are csv or ndjson.") }
        if shock != nil, parsedShock == nil {
            throw ValidationError(
                "--shock: write DAY:SHARE, a day from 1 to --days and a share from 0 to 1, as in 60:0.3.")
        }
    }

    /// For this command `--format` is the form of the files.
    private var fileFormat: SimulatedFormat? {
        switch global.format {
        case nil, .csv: .csv
        case .ndjson: .ndjson
        case .json, .table: nil
        }
    }

    private var parsedShock: ShopSimulation.Shock? {
        guard let parts = shock?.split(separator: ":"), parts.count == 2, let day = Int(parts[0]),
            let share = Double(parts[1]), (1...days).contains(day), (0...1).contains(share)
        else { return nil }
        return ShopSimulation.Shock(day: day, share: share)
    }

    func run() throws {
        let first = start.flatMap(TimeText.parseDate) ?? Today.day - DayNumber(days)
        let options = ShopSimulation.Options(
            customers: customers, days: days, seed: seed, start: first, shock: parsedShock)
        let format = fileFormat ?? .csv
        let manifest = try SimulationOutput.write(options, dirt: dirt, to: out) { _ in format }
        guard !global.quiet else { return }
        let figures = manifest.figures
        guard Terminal.isOutputTerminal else { return try Terminal.line(JSONText.object(figures)) }
        var shown = global
        shown.format = .table
        try Report.print([ReportColumn("what"), .number("count")], figures.map { [.text($0.name), $0.value] }, shown)
    }
}

/// Writes the files of a simulation.
enum SimulationOutput {
    /// - Parameters:
    ///   - directory: Gets one directory per feed.
    ///   - modified: Seconds since 1970 that a day's files claim to have been written at; nil: now.
    static func write(
        _ options: ShopSimulation.Options, dirt: Double, to directory: String,
        modified: ((DayNumber) -> Int64)? = nil, format: (SimulatedFeed) -> SimulatedFormat
    ) throws(Failure) -> SimulationManifest {
        for feed in SimulatedFeed.allCases { try FileOutput.makeDirectory("\(directory)/\(feed.rawValue)") }
        var simulation = ShopSimulation(options)
        let writer = SimulatedFileWriter(seed: options.seed, customers: options.customers, dirt: dirt)
        var manifest = SimulationManifest()
        while let day = simulation.nextDay() {
            let files = writer.files(of: day, format: format)
            for file in files {
                try FileOutput.write(
                    file.bytes, to: "\(directory)/\(file.feed.rawValue)/\(file.name)", modified: modified?(day.day))
            }
            manifest.add(day, files)
        }
        return manifest
    }
}

/// The wall clock, for commands whose defaults depend on it.
enum Today {
    static var seconds: Int64 { Int64(time(nil)) }
    static var instant: Instant { Instant(seconds: seconds) }
    /// The day in UTC.
    static var day: DayNumber { DayNumber(seconds / 86_400) }
}
