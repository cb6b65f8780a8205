import DriftAlerts
import DriftIntake
public import DriftModel

/// Reads and validates `segdrift.yaml`.
public enum ConfigurationLoader {
    static let keys = [
        "model", "state_directory", "spool_directory", "wall_lag", "future_tolerance", "memory_budget", "retention",
        "privacy", "http", "instance", "sources", "destinations",
    ]

    /// - Parameters:
    ///   - text: The YAML of the configuration.
    ///   - file: Its name as the person gave it, for messages.
    ///   - directory: What relative paths in it start from; nil: the directory part of `file`.
    ///   - environment: The process's environment: `SEGDRIFT_…` overrides, `STATE_DIRECTORY`.
    ///   - hostname: The instance's name unless the file gives one.
    /// - Returns: The configuration with its defaults, and warnings in the order of lines.
    /// - Throws: ``Diagnostics`` with every error found.
    public static func load(
        text: String, file: String, directory: String? = nil, environment: [String: String] = [:],
        hostname: String = "localhost"
    ) throws(Diagnostics) -> (configuration: Configuration, warnings: [Diagnostic]) {
        let document = YamlDocument.parse(text, file: file)
        guard let parsed = document.root else { throw Diagnostics(document.errors) }
        var overrides = EnvironmentOverrides(environment)
        let (root, overrideWarnings) = overrides.apply(to: parsed)
        var reader = ConfigurationReader(
            yaml: YamlReader(file: file), directory: directory ?? parentDirectory(of: file),
            environment: environment, hostname: hostname)
        for error in document.errors { reader.yaml.append(error) }
        let configuration = reader.read(root)
        let diagnostics = reader.yaml.sorted + overrideWarnings
        guard let configuration, !reader.yaml.hasErrors else { throw Diagnostics(diagnostics) }
        return (configuration, diagnostics)
    }

    /// What configuration and model say about each other: alert rules notify destinations and watch sources.
    /// - Parameter modelFile: The model's name, for messages.
    /// - Returns: Errors and warnings in the order of the model's lines.
    public static func crossCheck(
        _ configuration: Configuration, model: Model, modelFile: String
    ) -> [Diagnostic] {
        var found: [Diagnostic] = []
        let destinations = configuration.destinations.map(\.name)
        let sources = configuration.sources.map(\.name)
        for rule in model.alerts {
            // Without any destination the alerts are still recorded and can be listed.
            for name in rule.notify where !destinations.isEmpty && !destinations.contains(name) {
                found.append(
                    unknown("destination", name, destinations, "alert '\(rule.name)' notifies", rule.line, modelFile))
            }
            if case .intake(let intake) = rule.kind, let source = intake.source, !sources.contains(source) {
                found.append(unknown("source", source, sources, "alert '\(rule.name)' watches", rule.line, modelFile))
            }
        }
        if destinations.isEmpty, let rule = model.alerts.first(where: { !$0.notify.isEmpty }) {
            found.append(
                Diagnostic(
                    .warning, file: modelFile, line: rule.line, column: 0,
                    message: "alerts notify \(spokenList(rule.notify)), and the configuration has no destinations",
                    hint: "they are recorded only; add destinations: {\(rule.notify[0]): {type: journal}}"))
        }
        return found
    }

    private static func unknown(
        _ noun: String, _ name: String, _ known: [String], _ subject: String, _ line: Int, _ file: String
    ) -> Diagnostic {
        let hint = DidYouMean.hint(for: name, among: known, listingUpTo: 24) ?? "it has none"
        return Diagnostic(
            file: file, line: line, column: 0,
            message: "\(subject) '\(name)', which is no \(noun) of the configuration", hint: hint)
    }
}

/// The reading of one configuration.
struct ConfigurationReader {
    var yaml: YamlReader
    let directory: String
    let environment: [String: String]
    let hostname: String

    mutating func read(_ root: YamlNode) -> Configuration? {
        guard
            let top = yaml.mapping(
                root, "the configuration", keys: ConfigurationLoader.keys, required: ["model"])
        else { return nil }
        let model = top["model"].flatMap { yaml.path($0, "'model'") }
        var configuration = Configuration(model: resolvePath(model ?? "", against: directory))
        configuration.stateDirectory = stateDirectory(top["state_directory"])
        if let node = top["spool_directory"], let path = yaml.path(node, "'spool_directory'") {
            configuration.spoolDirectory = resolvePath(path, against: directory)
        }
        readTime(top, into: &configuration)
        if let node = top["memory_budget"], let bytes = yaml.bytes(node, "'memory_budget'", atLeast: 8 << 20) {
            configuration.memoryBudgetBytes = bytes
        }
        if let node = top["retention"] { configuration.retention = retention(node) }
        if let node = top["privacy"], let privacy = yaml.mapping(node, "'privacy'", keys: ["hash_customers_in_logs"]),
            let value = privacy["hash_customers_in_logs"]
        {
            configuration.privacy.hashCustomersInLogs = yaml.boolean(value, "'hash_customers_in_logs'") ?? false
        }
        if let node = top["http"] { configuration.http = http(node) }
        configuration.instance = top["instance"].flatMap { yaml.name($0, "'instance'") } ?? hostname
        if let node = top["sources"] {
            configuration.sources = SourceReader.read(node, spool: configuration.spoolDirectory, yaml: &yaml)
        }
        if configuration.sources.isEmpty, !yaml.hasErrors {
            yaml.warn(top["sources"] ?? root, "there are no sources: nothing will ever arrive")
        }
        if let node = top["destinations"] {
            configuration.destinations = DestinationReader.read(
                node, stateDirectory: configuration.stateDirectory, yaml: &yaml)
        }
        return configuration
    }

    /// The file, else what systemd prepared, else the fixed place.
    private mutating func stateDirectory(_ node: YamlNode?) -> String {
        if let node, let path = yaml.path(node, "'state_directory'") { return resolvePath(path, against: directory) }
        // systemd joins several with colons; the first is ours.
        let prepared = environment["STATE_DIRECTORY"]?.split(separator: ":").first.map(String.init)
        return prepared.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Configuration.stateDirectoryDefault
    }

    private mutating func readTime(_ top: YamlMapping, into configuration: inout Configuration) {
        if let node = top["wall_lag"] {
            switch yaml.durationOrWord(node, "'wall_lag'", words: ["never"]) {
            case .duration(let duration): configuration.wallLag = .seconds(duration.seconds)
            case .word: configuration.wallLag = .never
            case nil: break
            }
        }
        if let node = top["future_tolerance"], let duration = yaml.duration(node, "'future_tolerance'") {
            configuration.futureToleranceSeconds = duration.seconds
        }
    }

    private mutating func retention(_ node: YamlNode) -> Retention {
        var retention = Retention()
        guard let mapping = yaml.mapping(node, "'retention'", keys: ["archive", "transitions", "quarantine"]) else {
            return retention
        }
        retention.archive = keepFor(mapping, "archive") ?? retention.archive
        retention.transitions = keepFor(mapping, "transitions") ?? retention.transitions
        retention.quarantine = keepFor(mapping, "quarantine") ?? retention.quarantine
        return retention
    }

    private mutating func keepFor(_ mapping: YamlMapping, _ key: String) -> KeepFor? {
        guard let node = mapping[key] else { return nil }
        switch yaml.durationOrWord(node, "'\(key)'", words: ["forever"]) {
        case .duration(let duration): return .seconds(duration.seconds)
        case .word: return .forever
        case nil: return nil
        }
    }

    // MARK: HTTP

    private mutating func http(_ node: YamlNode) -> HTTPConfiguration {
        var http = HTTPConfiguration()
        guard let mapping = yaml.mapping(node, "'http'", keys: ["listen", "allow_hosts"]) else { return http }
        if let node = mapping["listen"], let address = listenAddress(node) { http.listen = address }
        if let node = mapping["allow_hosts"] {
            http.allowHosts = yaml.oneOrMany(node).filter { !$0.isNull }.compactMap { yaml.name($0, "a host") }
        }
        return http
    }

    /// `127.0.0.1:8674`, `[::1]:8674`, `unix:/path`, `none`.
    private mutating func listenAddress(_ node: YamlNode) -> ListenAddress? {
        let text = node.rawText ?? ""
        if text == "none" { return ListenAddress.none }
        if text.hasPrefix("unix:/") { return .unix(path: String(text.dropFirst("unix:".count))) }
        if let colon = text.lastIndex(of: ":") {
            let port = text[text.index(after: colon)...]
            var host = text[..<colon]
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            if isBracketed { host = host.dropFirst().dropLast() }
            let isDigits = !port.isEmpty && port.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            if isDigits, let number = UInt16(port), !host.isEmpty, isBracketed == host.contains(":") {
                if host != "localhost", host != "::1", !host.hasPrefix("127.") {
                    yaml.warn(
                        node, "everybody who reaches \(host) can read the customers' segments",
                        hint: "listen on 127.0.0.1 and put a proxy with authentication in front")
                }
                return .tcp(host: String(host), port: Int(number))
            }
        }
        yaml.mismatch(
            node, "'listen'", expected: "an address", hint: "such as 127.0.0.1:8674, [::1]:8674, unix:/path or none")
        return nil
    }
}
