import ArgumentParser
import DriftAlerts
import DriftAnalytics
import DriftDaemon
import DriftIntake
import DriftModel

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate configuration and model, and say what they mean.",
        discussion: """
            Every error has file, line, column and what to do; all are reported, and the exit status is 78. Warnings \
            are reported too; --strict makes them count as errors.

            EXAMPLES
              segdrift check
              segdrift check --strict --config shop/segdrift.yaml
            """)

    @Flag(help: "Fail on warnings.") var strict = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let setup = try Setup.load(
            configPath: global.config, world: World.real(environment: World.processEnvironment()))
        for warning in setup.warnings { Terminal.complain(warning.description) }
        if strict, !setup.warnings.isEmpty {
            throw Failure(
                ExitStatus.needsPerson, "\(CheckSummary.count(setup.warnings)), and --strict counts that as an error")
        }
        switch global.chosenFormat {
        case .table: try global.remark(CheckSummary.text(setup, style: global.style))
        case .json, .ndjson: try Terminal.line(CheckSummary.json(setup))
        case .csv: throw Failure(ExitStatus.usage, "a summary has no rows", hint: "use --format table or json")
        }
    }
}

/// What a valid configuration and model amount to.
enum CheckSummary {
    static func json(_ setup: Setup) -> String {
        let model = setup.model
        return JSONText.object([
            ("ok", .boolean(true)), ("model", .text(model.name)), ("version", .text(model.version)),
            ("timezone", .text(model.timezone)), ("grain", .text(model.grain.rawValue)),
            ("event_types", .count(model.eventTypes.count)), ("attributes", .count(model.attributes.count)),
            ("features", .count(model.features.count { !$0.isScore })),
            ("scores", .count(model.features.count(where: \.isScore))),
            ("segmentations", .count(model.segmentations.count)),
            ("segments", .count(model.segmentations.reduce(0) { $0 + $1.segments.count })),
            ("playbooks", .count(model.playbooks.count)), ("alerts", .count(model.alerts.count)),
            ("assumptions", .count(model.assumptions.count)), ("sources", .count(setup.configuration.sources.count)),
            ("destinations", .count(setup.configuration.destinations.count)),
            ("database", .text(setup.configuration.databasePath)), ("warnings", .count(setup.warnings.count)),
        ])
    }

    /// `1 warning`, `3 warnings`.
    static func count(_ warnings: [Diagnostic]) -> String {
        warnings.count == 1 ? "1 warning" : "\(warnings.count) warnings"
    }

    static func text(_ setup: Setup, style: TextStyle) -> String {
        let model = setup.model
        let configuration = setup.configuration
        var facts: [(String, String)] = [
            (
                "model",
                "\(model.name)" + style(.faint, " (\(model.version.prefix(12)))")
                    + ", by the \(model.grain.rawValue) in \(model.timezone)"
            ),
            ("events", model.eventTypes.map(\.name).joined(separator: ", ")),
            (
                "features",
                "\(model.features.count { !$0.isScore }), scores \(model.features.count(where: \.isScore))"
            ),
        ]
        for segmentation in model.segmentations {
            facts.append((segmentation.name, segmentation.segments.map(\.id).joined(separator: ", ")))
        }
        facts.append(("playbooks", model.playbooks.map(\.name).joined(separator: ", ")))
        facts.append(("alerts", model.alerts.map(\.name).joined(separator: ", ")))
        for source in configuration.sources {
            facts.append(("source", "\(source.name): \(source.directory)/\(source.match)"))
        }
        for destination in configuration.destinations {
            facts.append(("destination", "\(destination.name): \(destination.kind.word)"))
        }
        facts.append(("database", configuration.databasePath))
        let width = facts.map { TerminalText.width($0.0) }.max() ?? 0
        let lines = facts.filter { !$0.1.isEmpty }.map {
            style(.faint, TerminalText.padded($0.0, to: width)) + "  " + $0.1
        }
        let verdict = setup.warnings.isEmpty ? "valid" : "valid, with \(count(setup.warnings))"
        return (lines + ["", style(.good, verdict)]).joined(separator: "\n")
    }
}
