public import DriftModel

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
        let text = try TextFile.read(configPath, what: "configuration")
        let (configuration, configurationWarnings) = try ConfigurationLoader.load(
            text: text, file: configPath, directory: absoluteDirectory(ofFile: configPath),
            environment: world.environment, hostname: world.hostName)
        let (model, modelWarnings) = try loadModel(path: configuration.model, zones: zones)
        let crossChecks = ConfigurationLoader.crossCheck(configuration, model: model, modelFile: configuration.model)
        if crossChecks.contains(where: { $0.severity == .error }) { throw Diagnostics(crossChecks) }
        return Setup(
            configuration: configuration, model: model, axis: try axis(of: model, zones: zones),
            warnings: configurationWarnings + modelWarnings + crossChecks)
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
}
