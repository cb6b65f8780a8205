public import DriftModel

/// Reads `destinations:`.
public enum DestinationReader {
    private static let commonKeys = ["type", "customers", "rate", "timeout"]
    private static let kindKeys: [(kind: String, keys: [String], required: [String])] = [
        ("journal", [], []), ("file", ["path"], ["path"]), ("webhook", ["url", "secret", "private", "ca"], ["url"]),
        ("alertmanager", ["url", "private", "ca"], ["url"]), ("exec", ["command"], ["command"]),
    ]

    /// - Parameters:
    ///   - node: The mapping under `destinations`.
    ///   - stateDirectory: Absolute path that files of alerts are relative to.
    ///   - yaml: Takes what is wrong.
    public static func read(
        _ node: YamlNode, stateDirectory: String, yaml: inout YamlReader
    ) -> [DestinationConfiguration] {
        guard let entries = yaml.entries(node, "destinations") else { return [] }
        return entries.compactMap { entry in
            guard yaml.checkName(entry.name, entry.key, "a destination") else { return nil }
            return readDestination(entry, stateDirectory: stateDirectory, yaml: &yaml)
        }
    }

    private static func readDestination(
        _ entry: YamlEntry, stateDirectory: String, yaml: inout YamlReader
    ) -> DestinationConfiguration? {
        let what = "destination '\(entry.name)'"
        guard let entries = yaml.entries(entry.value, what) else { return nil }
        let words = kindKeys.map(\.kind)
        guard let type = entries.first(where: { $0.name == "type" }) else {
            yaml.error(entry.value, "\(what) has no 'type'", hint: "one of \(spokenList(words))")
            return nil
        }
        guard let word = yaml.word(type.value, "'type'", of: words),
            let keys = kindKeys.first(where: { $0.kind == word }),
            let mapping = yaml.mapping(
                entry.value, "\(what) of type \(word)", keys: commonKeys + keys.keys, required: keys.required)
        else { return nil }
        let kind = readKind(word, mapping, stateDirectory: stateDirectory, yaml: &yaml)
        let customers = mapping["customers"].flatMap {
            yaml.word($0, "'customers'", of: CustomerDetail.allCases.map(\.rawValue))
                .flatMap(CustomerDetail.init(rawValue:))
        }
        let rate = mapping["rate"].flatMap { readRate($0, yaml: &yaml) }
        let timeout = mapping["timeout"].flatMap { yaml.duration($0, "'timeout'", isZeroAllowed: false) }
        let allowsPrivate = mapping["private"].flatMap { yaml.boolean($0, "'private'") }
        let authorities = mapping["ca"].flatMap { yaml.path($0, "'ca'") }
        guard let kind else { return nil }
        return DestinationConfiguration(
            name: entry.name, kind: kind, customers: customers ?? .full, rate: rate,
            timeoutSeconds: timeout.map { Double($0.seconds) } ?? 15, allowsPrivate: allowsPrivate ?? false,
            authorities: authorities.map { resolvePath($0, against: stateDirectory) })
    }

    private static func readKind(
        _ word: String, _ mapping: YamlMapping, stateDirectory: String, yaml: inout YamlReader
    ) -> DestinationConfiguration.Kind? {
        switch word {
        case "journal": return .journal
        case "file":
            return mapping["path"].flatMap { yaml.path($0, "'path'") }
                .map { path in
                    let isDirectory = path.hasSuffix("/")
                    let resolved = resolvePath(path, against: stateDirectory)
                    return .file(path: isDirectory && !resolved.hasSuffix("/") ? resolved + "/" : resolved)
                }
        case "webhook":
            let secrets = mapping["secret"].map { node in
                yaml.oneOrMany(node).compactMap { readSecret($0, yaml: &yaml) }
            }
            if let node = mapping["secret"], let secrets, secrets.count > 2 {
                yaml.error(node, "'secret' names more than two", hint: "the current one, and the next while it rotates")
            }
            return mapping["url"].flatMap { readURL($0, yaml: &yaml) }.map { .webhook(url: $0, secrets: secrets ?? []) }
        case "alertmanager": return mapping["url"].flatMap { readURL($0, yaml: &yaml) }.map { .alertmanager(url: $0) }
        default: return mapping["command"].flatMap { readCommand($0, yaml: &yaml) }.map { .exec(command: $0) }
        }
    }

    private static func readURL(_ node: YamlNode, yaml: inout YamlReader) -> String? {
        guard let url = yaml.text(node, "'url'") else { return nil }
        let scheme = ["https://", "http://"].first { url.lowercased().hasPrefix($0) }
        let host = scheme.map { url.dropFirst($0.count).prefix { !"/?#".contains($0) } } ?? ""
        if host.isEmpty || url.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value >= 0x7F }) {
            yaml.mismatch(
                node, "'url'", expected: "an http or https address", hint: "such as https://crm.example/hooks")
            return nil
        }
        if host.contains("@") {
            yaml.error(node, "'url' contains a password", hint: "keep secrets out of the configuration: use 'secret'")
            return nil
        }
        return url
    }

    /// `credential:NAME` or `file:PATH`.
    private static func readSecret(_ node: YamlNode, yaml: inout YamlReader) -> SecretReference? {
        guard let text = yaml.text(node, "'secret'") else { return nil }
        if text.hasPrefix("credential:") {
            let name = String(text.dropFirst("credential:".count))
            if !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") { return .credential(name) }
        } else if text.hasPrefix("file:/") {
            return .file(String(text.dropFirst("file:".count)))
        }
        // The text itself is not repeated: it may be the secret.
        yaml.error(
            node, "'secret' must say where the secret is",
            hint: "credential:NAME (systemd LoadCredential) or file:/absolute/path; never the secret itself")
        return nil
    }

    private static func readCommand(_ node: YamlNode, yaml: inout YamlReader) -> [String]? {
        guard let items = yaml.list(node, "'command'") else { return nil }
        let words = items.compactMap { yaml.text($0, "a word of 'command'") }
        guard words.count == items.count, let program = words.first, program.hasPrefix("/") else {
            if words.count == items.count {
                yaml.error(
                    node, "'command' must begin with the absolute path of a program",
                    hint: "such as [/usr/lib/segdrift/notify, --stdin]; no shell is used")
            }
            return nil
        }
        return words
    }

    /// `60/min`.
    private static func readRate(_ node: YamlNode, yaml: inout YamlReader) -> DeliveryRate? {
        let units: [String: Int64] = ["s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400]
        let parts = (node.rawText ?? "").split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, let count = Int(parts[0]), count >= 1, count <= 1_000_000, let seconds = units[parts[1]] {
            return DeliveryRate(count: count, perSeconds: seconds)
        }
        yaml.mismatch(node, "'rate'", expected: "a number per time", hint: "such as 60/min, 5/s or 100/hour")
        return nil
    }
}
