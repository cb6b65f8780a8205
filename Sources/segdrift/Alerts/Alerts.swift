import ArgumentParser
import DriftDaemon

struct Alerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What was told, what was not and why; deliveries that failed; silences.",
        subcommands: [List.self, Retry.self, Silence.self], defaultSubcommand: List.self)

    /// So much of an id is shown in tables, and enough to name an alert by.
    static let idDigits = 12
}

extension GlobalOptions {
    /// The way to the one writer.
    func control() throws -> ControlClient {
        let world = World.real(environment: World.processEnvironment())
        return ControlClient(configuration: try configuration(), now: world.now)
    }
}
