public import DriftModel
import DriftAlerts
import DriftIntake

/// Configuration and model, read and checked against each other: what `run` and `check` start from.
public struct Setup: Sendable {
    public var configuration: Configuration
    /// The model in the file; the one the database runs may be another.
    public var model: Model
    public var axis: TimeAxis
    /// Everything doubtful, in the order of files and lines.
    public var warnings: [Diagnostic]

    /// Reads both files.
    /// - Throws: ``Diagnostics`` with every error of the first file that has any; ``DaemonError`` when a file
    ///   cannot be read.
    public static func load(configPath: String, world: World, zones: SystemZones = SystemZones()) throws -> Setup {
        let (configuration, configurationWarnings) = try loadConfiguration(path: configPath, world: world)
        let (model, modelWarnings) = try loadModel(path: configuration.model, zones: zones)
        let axis = try axis(of: model, zones: zones)
        let crossChecks =
            ConfigurationLoader.crossCheck(configuration, model: model, modelFile: configuration.model)
            + mappingErrors(configuration, configPath, model, axis, zones)
        if crossChecks.contains(where: { $0.severity == .error }) { throw Diagnostics(crossChecks) }
        return Setup(
            configuration: configuration, model: model, axis: axis,
            warnings: configurationWarnings + modelWarnings + crossChecks)
    }

    /// Reads the configuration alone, without its model.
    /// - Returns: The configuration, and what is doubtful about it.
    /// - Throws: As ``load(configPath:world:zones:)``.
    public static func loadConfiguration(
        path: String, world: World
    ) throws -> (configuration: Configuration, warnings: [Diagnostic]) {
        let text = try TextFile.read(path, what: "configuration")
        return try ConfigurationLoader.load(
            text: text, file: path, directory: absoluteDirectory(ofFile: path),
            environment: world.environment, hostname: world.hostName)
    }

    /// Reads a model and the cut-offs frozen beside it (`<model>.cuts.yaml`).
    static func loadModel(path: String, zones: SystemZones) throws -> (Model, [Diagnostic]) {
        let text = try TextFile.read(path, what: "model")
        let stem = path.hasSuffix(".yaml") ? String(path.dropLast(5)) : path
        let cutsPath = stem + ".cuts.yaml"
        let cuts = try TextFile.readIfThere(cutsPath, what: "cut-offs").map { (text: $0, file: cutsPath) }
        return try ModelLoader.load(text: text, file: path, cuts: cuts, zones: zones.lookup)
    }

    /// A model's time.
    static func axis(of model: Model, zones: SystemZones) throws(DaemonError) -> TimeAxis {
        guard let zone = zones.rules(model.timezone) else {
            throw DaemonError(
                .configuration, "the system has no time zone '\(model.timezone)'", hint: "install tzdata")
        }
        return TimeAxis(zone: zone, grain: model.grain)
    }

    /// What the expressions of all sources have wrong against the model.
    private static func mappingErrors(
        _ configuration: Configuration, _ configPath: String, _ model: Model, _ axis: TimeAxis, _ zones: SystemZones
    ) -> [Diagnostic] {
        configuration.sources.flatMap { source in
            do throws(Diagnostics) {
                _ = try SourcePlan(source: source, model: model, zone: axis.zone, zones: zones.lookup)
                return [Diagnostic]()
            } catch {
                return error.all.map { problem in
                    var problem = problem
                    if problem.file.isEmpty { problem.file = configPath }
                    return problem
                }
            }
        }
    }
}
