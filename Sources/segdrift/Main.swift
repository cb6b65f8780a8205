import ArgumentParser

@main
struct Segdrift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segdrift",
        abstract: "Keeps every customer's segment true and tells people when customers move.",
        discussion: """
            Watches directories for event files, re-scores the customers that an event or time alone moves, records \
            every move with its reason in SQLite, and alerts.

            START HERE
              segdrift demo                          a simulated shop, from files to alerts, in a minute
              segdrift init ~/shop                   a commented configuration and model to start from
              segdrift check --config ~/shop/segdrift.yaml
              segdrift run --once --config ~/shop/segdrift.yaml

            EXIT STATUS
              0 done; 1 failed; 64 usage; 65 bad data; 69 daemon not reachable; 73 cannot create; \
            75 busy, try again; 78 configuration, model or database needs a person
            """,
        version: "segdrift 0.1.0",
        groupedSubcommands: [
            CommandGroup(name: "Set up", subcommands: [Init.self, Check.self, Demo.self, Simulate.self, Eval.self]),
            CommandGroup(name: "Run", subcommands: [Run.self, Load.self, Verify.self, Alerts.self]),
            CommandGroup(
                name: "Look",
                subcommands: [
                    Status.self, Segments.self, Transitions.self, Explain.self, Forecast.self, Features.self,
                    Actions.self, Files.self, Quarantine.self,
                ]),
        ])

    @OptionGroup var global: GlobalOptions

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Failure.exit(with: error)
        }
    }
}
