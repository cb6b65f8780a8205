public import ArgumentParser
public import DriftAnalytics

/// Options that every command understands, before or after the command's name.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The configuration file.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config = "/etc/segdrift/segdrift.yaml"

    @Option(help: "table, json, ndjson or csv. (default: table on a terminal, ndjson elsewhere)")
    var format: ReportFormat?

    @Flag(name: .customLong("no-color"), help: "Never use colours (as NO_COLOR in the environment does).")
    var noColor = false

    @Flag(name: .shortAndLong, help: "Print results and errors only.")
    var quiet = false
}

/// Where commands that only read find the database.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read this database instead of the one the configuration names.", valueName: "file"),
        completion: .file(extensions: ["sqlite"]))
    var db: String?
}

extension DatabaseOptions {
    /// For commands without `--db`: the database that the configuration names.
    static var configured: DatabaseOptions {
        var options = DatabaseOptions()
        options.db = nil
        return options
    }
}

extension ReportFormat: ExpressibleByArgument {}
