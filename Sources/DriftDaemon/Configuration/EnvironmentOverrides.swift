import DriftModel

/// `SEGDRIFT_…` variables in the place of scalars of the configuration: the path in capitals, joined by `_`
/// (`http.listen` is `SEGDRIFT_HTTP_LISTEN`); a source or destination is named in the path
/// (`SEGDRIFT_SOURCES_SHOP_MATCH`, `SEGDRIFT_DESTINATIONS_CRM_URL`).
struct EnvironmentOverrides {
    static let prefix = "SEGDRIFT_"

    /// Scalars that may be missing from the file. Under a name of a person's choice `*` stands for it.
    private static let known: [String] =
        [
            "model", "state_directory", "spool_directory", "wall_lag", "future_tolerance", "memory_budget",
            "retention.archive", "retention.transitions", "retention.quarantine", "privacy.hash_customers_in_logs",
            "http.listen", "instance",
        ]
        + [
            "directory", "match", "format", "csv.delimiter", "csv.header", "csv.quote", "xml.record", "encoding",
            "complete", "trust", "skip", "max_quarantined", "limits.file", "limits.decompressed", "limits.ratio",
            "limits.record", "limits.fields", "limits.depth", "limits.waiting",
        ].map { "sources.*.\($0)" }
        + ["type", "path", "url", "secret", "customers", "rate", "timeout"].map { "destinations.*.\($0)" }

    /// Variables that mean something else.
    private static let reserved: Set<String> = [
        "SEGDRIFT_CONFIG", "SEGDRIFT_LONG", "SEGDRIFT_MODULES", "SEGDRIFT_SHARED",
    ]

    private let environment: [String: String]
    /// Variables that took effect, or could.
    private var recognised: Set<String> = []

    init(_ environment: [String: String]) {
        self.environment = environment.filter { $0.key.hasPrefix(Self.prefix) }
    }

    /// The document with its scalars replaced, and warnings about variables that look like misspelt ones.
    mutating func apply(to root: YamlNode) -> (root: YamlNode, warnings: [Diagnostic]) {
        let result = replace(root, path: [])
        let warnings = environment.keys.sorted().compactMap { variable -> Diagnostic? in
            if recognised.contains(variable) || Self.reserved.contains(variable) { return nil }
            guard let close = DidYouMean.closest(to: variable, among: recognised.sorted()) else { return nil }
            return Diagnostic(
                .warning, file: "environment variable \(variable)", line: 0, column: 0,
                message: "it overrides nothing", hint: "did you mean '\(close)'?")
        }
        return (result, warnings)
    }

    private func variable(_ path: [String]) -> String {
        let name = path.joined(separator: "_").uppercased()
        return Self.prefix
            + String(
                String.UnicodeScalarView(
                    name.unicodeScalars.map { scalar in
                        let isPlain = ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                        return isPlain ? scalar : "_"
                    }))
    }

    private mutating func override(_ path: [String]) -> YamlNode? {
        let variable = variable(path)
        recognised.insert(variable)
        return environment[variable].map { YamlNode(plain: $0, origin: "environment variable \(variable)") }
    }

    private mutating func replace(_ node: YamlNode, path: [String]) -> YamlNode {
        var node = node
        switch node.content {
        case .scalar where node.isNull && !path.isEmpty && !missing(path, []).isEmpty:
            // `http:` with nothing under it is an empty mapping.
            node.content = .mapping([])
            return replace(node, path: path)
        case .scalar: return path.isEmpty ? node : override(path) ?? node
        case .list(let items):
            node.content = .list(
                items.map { item in
                    guard let name = Self.name(of: item) else { return item }
                    return replace(item, path: path + [name])
                })
        case .mapping(var pairs):
            for index in pairs.indices {
                guard let key = pairs[index].key.rawText else { continue }
                pairs[index].value = replace(pairs[index].value, path: path + [key])
            }
            for key in missing(path, pairs.compactMap(\.key.rawText)) {
                if let value = nested(path, key) {
                    pairs.append((YamlNode(plain: key, origin: value.origin ?? ""), value))
                }
            }
            node.content = .mapping(pairs)
        }
        return node
    }

    private static func name(of item: YamlNode) -> String? {
        guard case .mapping(let pairs) = item.content else { return nil }
        return pairs.first { $0.key.rawText == "name" }?.value.rawText
    }

    /// Keys that could stand under a path and do not.
    private func missing(_ path: [String], _ present: [String]) -> [String] {
        var keys: [String] = []
        for pattern in Self.known.map({ $0.split(separator: ".").map(String.init) }) {
            guard pattern.count > path.count, pattern[path.count] != "*",
                zip(pattern, path).allSatisfy({ $0 == "*" || $0 == $1 })
            else { continue }
            let key = pattern[path.count]
            if !present.contains(key), !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    /// The value of a missing key: a scalar, or a mapping if something under it is set.
    private mutating func nested(_ path: [String], _ key: String) -> YamlNode? {
        let below = missing(path + [key], [])
        if below.isEmpty { return override(path + [key]) }
        var pairs: [(key: YamlNode, value: YamlNode)] = []
        for name in below {
            if let value = nested(path + [key], name) {
                pairs.append((YamlNode(plain: name, origin: value.origin ?? ""), value))
            }
        }
        guard let first = pairs.first else { return nil }
        var node = YamlNode(plain: "", origin: first.value.origin ?? "")
        node.content = .mapping(pairs)
        return node
    }
}
