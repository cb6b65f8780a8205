import DriftAnalytics
import DriftDaemon
import DriftEngine
import DriftModel
import DriftStore

/// The database a command reads, found through `--db` or the configuration.
struct Database {
    let reader: StoreReader

    static func open(_ options: DatabaseOptions, _ global: GlobalOptions) throws -> Database {
        Database(reader: try StoreReader.open(path: try options.db ?? global.configuration().databasePath))
    }

    /// T; before the first file there is nothing to look at.
    func logicalTime() throws -> Instant {
        guard let time = try reader.logicalTime() else {
            throw Failure(
                ExitStatus.failed, "\(reader.path): nothing has been taken in yet",
                hint: "drop a file into the spool and start 'segdrift run', or use 'run --once'")
        }
        return time
    }

    /// The zone of the model's days; UTC while no model is active.
    func zone() throws -> ZoneRules {
        guard try reader.activeModel() != nil else { return .utc }
        return try engine().axis.zone
    }

    /// An instant as people give it: a local date, a date and time in UTC, or so long before T (`7d`, `12h`).
    func instant(_ text: String, option: String) throws -> Instant {
        if let day = TimeText.parseDate(text) { return try zone().startOfDay(day) }
        if let instant = ValueLiteral.parseInstant(text) { return instant }
        guard let seconds = Duration.seconds(text) else {
            throw Failure(
                ExitStatus.usage, "\(option): '\(text)' is no time",
                hint: "write 2026-01-31, 2026-01-31T09:30:00Z, or how long ago: 7d, 12h")
        }
        return try logicalTime().advanced(bySeconds: -seconds)
    }

    /// The model the database runs, ready to evaluate.
    func engine() throws -> Engine {
        guard let active = try reader.activeModel() else {
            throw Failure(
                ExitStatus.failed, "\(reader.path): no model is active yet", hint: "start 'segdrift run' once")
        }
        let zones = SystemZones()
        let cuts = active.cuts.isEmpty ? nil : (text: CutsText.yaml(active.cuts), file: "\(active.name).cuts.yaml")
        let model = try ModelLoader.load(
            text: active.yaml, file: "active model \(active.name)", cuts: cuts, zones: zones.lookup
        ).model
        guard let zone = zones.rules(model.timezone) else {
            throw Failure(
                ExitStatus.needsPerson, "the system has no time zone '\(model.timezone)'", hint: "install tzdata")
        }
        return Engine(model: model, axis: TimeAxis(zone: zone, grain: model.grain))
    }
}

/// Lengths of time as in the configuration.
enum Duration {
    /// `90s`, `15m`, `12h`, `7d`, `2w`.
    /// - Returns: nil when it is no such thing.
    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count >= 0 else {
            return nil
        }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : seconds
    }
}

extension GlobalOptions {
    /// The configuration alone, without its model.
    func configuration() throws -> Configuration { try loadConfiguration().configuration }

    /// The configuration alone, and what is doubtful about it.
    func loadConfiguration() throws -> (configuration: Configuration, warnings: [Diagnostic]) {
        try Setup.loadConfiguration(path: config, world: World.real(environment: World.processEnvironment()))
    }
}
