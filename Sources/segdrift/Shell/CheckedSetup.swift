import DriftDaemon
import DriftModel

/// Configuration and the model it names, read and checked against each other.
struct CheckedSetup {
    var configuration: Configuration
    var model: Model
    /// Everything doubtful, in the order of files and lines.
    var warnings: [Diagnostic]

    /// - Throws: ``Diagnostics`` with every error of the first file that has any.
    static func load(_ global: GlobalOptions) throws -> CheckedSetup {
        let (configuration, warnings) = try global.loadConfiguration()
        let file = configuration.model
        let text = try FileInput.text(file, noun: "model", hint: "'model:' in \(global.config) names it")
        let stem = file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
        let cutsFile = "\(stem).cuts.yaml"
        let cuts =
            FileOutput.exists(cutsFile)
            ? (text: try FileInput.text(cutsFile, noun: "cut-offs"), file: cutsFile) : nil
        let (model, modelWarnings) = try ModelLoader.load(
            text: text, file: file, cuts: cuts, zones: SystemZones().lookup)
        let crossChecks = ConfigurationLoader.crossCheck(configuration, model: model, modelFile: file)
        if crossChecks.contains(where: { $0.severity == .error }) { throw Diagnostics(crossChecks) }
        return CheckedSetup(
            configuration: configuration, model: model, warnings: warnings + modelWarnings + crossChecks)
    }
}
