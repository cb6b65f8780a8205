import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftModel
import Foundation

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A simulated shop through the real daemon: moves, alerts, forecast, and where to look.",
        discussion: """
            Simulates a shop up to yesterday, dirt included, drops the files into a spool, runs the daemon once, and \
            shows what it found. Everything stays in the directory, to go on with.

            EXAMPLES
              segdrift demo
              segdrift demo --dir /tmp/shop --customers 2000 --days 365
            """)

    @Option(
        help: ArgumentHelp(
            "Where to put it; must not hold a demo yet. (default: a new one in $TMPDIR)", valueName: "dir"),
        completion: .directory)
    var dir: String?
    @Option(help: "How many people.") var customers = 400
    @Option(help: "How many days, up to yesterday.") var days = 180
    @Option(help: "Chooses the people and their lives.") var seed: UInt64 = 2026
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !(1...1_000_000).contains(customers) { throw ValidationError("--customers: 1 to 1000000.") }
        if !(10...3650).contains(days) { throw ValidationError("--days: 10 to 3650.") }
    }

    func run() async throws {
        let place = try directory()
        let config = "\(place)/segdrift.yaml"
        try StarterFiles.write(to: place, replacing: false)
        let options = ShopSimulation.Options(
            customers: customers, days: days, seed: seed, start: Today.day - DayNumber(days))
        try global.remark(global.style(.faint, "simulating \(customers) people over \(days) days into \(place)"))
        let manifest = try DemoSpool.fill(place, options)
        try global.remark(global.style(.faint, "running the daemon on \(manifest.files) files …"))
        let clock = ContinuousClock()
        let begin = clock.now
        let summary = try await DaemonRunner.run(RunOptions(configPath: config, once: true))
        let seconds =
            Double((clock.now - begin).components.seconds) + Double((clock.now - begin).components.attoseconds) / 1e18
        var read = global
        read.config = config
        let report = DemoReport(
            database: try Database.open(try DatabaseOptions.parse([]), read), config: config,
            width: min(Terminal.width ?? 100, 100), style: global.style)
        let title = "A small shop: \(customers) people, \(days) days up to \(TimeText.date(Today.day - 1))"
        try Terminal.write(try report.text(title: title, manifest: manifest, summary: summary, seconds: seconds))
    }

    /// The directory asked for, or a new one of our own.
    private func directory() throws -> String {
        if let dir {
            return URL(filePath: dir).absoluteURL.standardizedFileURL.path(percentEncoded: false).trimmedSlash
        }
        let base = (Terminal.environment("TMPDIR") ?? "/tmp").trimmedSlash
        for attempt in 1...1000 {
            let name = "\(base)/segdrift-demo-\(TimeText.date(Today.day))" + (attempt == 1 ? "" : "-\(attempt)")
            if !FileOutput.exists(name) { return name }
        }
        throw Failure(ExitStatus.cannotCreate, "no free name for a demo in \(base)", hint: "name one with --dir")
    }
}

extension String {
    /// Without a slash at the end.
    fileprivate var trimmedSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
