import DriftEngine
import DriftFormats
public import DriftModel

/// Reads `sources:`.
public enum SourceReader {
    static let keys = [
        "name", "directory", "match", "format", "csv", "xml", "encoding", "complete", "trust", "skip", "map", "also",
        "null_tokens", "max_quarantined", "limits", "stalled_after",
    ]

    /// - Parameters:
    ///   - node: The list under `sources`.
    ///   - spool: Absolute path that directories are relative to.
    ///   - yaml: Takes what is wrong.
    public static func read(
        _ node: YamlNode, spool: String, yaml: inout YamlReader
    ) -> [SourceConfiguration] {
        guard let items = yaml.list(node, "sources") else { return [] }
        var sources: [SourceConfiguration] = []
        for item in items {
            guard let source = readSource(item, spool: spool, yaml: &yaml) else { continue }
            if sources.contains(where: { $0.name == source.name }) {
                yaml.error(item, "duplicate source '\(source.name)'")
            } else if let other = sources.first(where: { $0.directory == source.directory && $0.match == source.match })
            {
                yaml.error(
                    item, "sources '\(other.name)' and '\(source.name)' take the same files",
                    hint: "give them different directories, or different 'match'")
            }
            sources.append(source)
        }
        return sources
    }

    private static func readSource(
        _ node: YamlNode, spool: String, yaml: inout YamlReader
    ) -> SourceConfiguration? {
        guard let mapping = yaml.mapping(node, "a source", keys: keys, required: ["name"]) else { return nil }
        let name = mapping["name"].flatMap { readName($0, yaml: &yaml) }
        var source = SourceConfiguration(name: name ?? "", directory: "")
        let directory = mapping["directory"].flatMap { yaml.path($0, "'directory'") } ?? "incoming/\(name ?? "")"
        source.directory = resolvePath(directory, against: spool)
        if let trust = mapping["trust"].flatMap({ yaml.word($0, "'trust'", of: ["internal", "external"]) }) {
            source.trust = trust == "external" ? .external : .internal
        }
        if let node = mapping["stalled_after"] {
            source.stalledAfterSeconds = yaml.duration(node, "'stalled_after'", isZeroAllowed: false)?.seconds
        }
        readForm(mapping, into: &source, yaml: &yaml)
        readMeaning(mapping, into: &source, yaml: &yaml)
        source.limits = source.trust == .external ? .external : SourceLimits()
        if let node = mapping["limits"] { readLimits(node, into: &source.limits, yaml: &yaml) }
        return name == nil ? nil : source
    }

    /// The name is a directory too.
    private static func readName(_ node: YamlNode, yaml: inout YamlReader) -> String? {
        guard let name = yaml.name(node, "a source's name") else { return nil }
        let isPlain = name.utf8.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
                || "_-.".utf8.contains(byte)
        }
        if isPlain, !name.hasPrefix(".") { return name }
        yaml.error(
            node, "a source cannot be called '\(name)'",
            hint: "letters, digits, '_', '-' and '.', not first: it names a directory")
        return nil
    }

    // MARK: Form

    private static func readForm(
        _ mapping: YamlMapping, into source: inout SourceConfiguration, yaml: inout YamlReader
    ) {
        if let node = mapping["match"], let match = yaml.text(node, "'match'") {
            if match.isEmpty || match.contains("/") {
                yaml.error(node, "'match' is a pattern of file names, found '\(match)'", hint: "such as '*.csv*'")
            }
            source.match = match
        }
        if let node = mapping["format"],
            let word = yaml.word(node, "'format'", of: SourceFormat.allCases.map(\.rawValue))
        {
            source.format = SourceFormat(rawValue: word) ?? .auto
        }
        if source.format == .tsv { source.csv.delimiter = UInt8(ascii: "\t") }
        if let node = mapping["csv"] { readCSV(node, into: &source.csv, yaml: &yaml) }
        if let node = mapping["xml"], let xml = yaml.mapping(node, "'xml'", keys: ["record"]) {
            source.xml.record = xml["record"].flatMap { yaml.name($0, "'record'") }
        }
        if let node = mapping["encoding"] { source.encoding = readEncoding(node, yaml: &yaml) ?? .auto }
        if let node = mapping["complete"] { source.completion = readCompletion(node, yaml: &yaml) ?? .rename }
    }

    private static func readCSV(_ node: YamlNode, into csv: inout CSVOptions, yaml: inout YamlReader) {
        guard let mapping = yaml.mapping(node, "'csv'", keys: ["delimiter", "header", "quote"]) else { return }
        if let node = mapping["delimiter"], node.rawText != "auto" {
            csv.delimiter = readCharacter(node, "'delimiter'", yaml: &yaml) ?? csv.delimiter
        }
        if let header = mapping["header"].flatMap({ yaml.boolean($0, "'header'") }) { csv.header = header }
        if let node = mapping["quote"] {
            csv.quote = node.rawText == "none" ? nil : readCharacter(node, "'quote'", yaml: &yaml) ?? csv.quote
        }
        if csv.delimiter != nil, csv.delimiter == csv.quote {
            yaml.error(node, "'delimiter' and 'quote' are the same character")
        }
    }

    private static func readCharacter(_ node: YamlNode, _ what: String, yaml: inout YamlReader) -> UInt8? {
        let names: [String: UInt8] = ["tab": 0x09, "comma": 0x2C, "semicolon": 0x3B, "pipe": 0x7C, "\\t": 0x09]
        let text = node.rawText ?? ""
        if let byte = names[text] { return byte }
        if text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, byte != 0x0A, byte != 0x0D { return byte }
        let words = what == "'quote'" ? "none" : "auto, tab"
        yaml.mismatch(node, what, expected: "one ASCII character", hint: "such as ';', or \(words)")
        return nil
    }

    private static func readEncoding(_ node: YamlNode, yaml: inout YamlReader) -> SourceEncoding? {
        if let encoding = SourceEncoding(name: node.rawText?.lowercased() ?? "") { return encoding }
        return yaml.word(node, "'encoding'", of: ["auto", "utf-16"] + TextEncoding.allCases.map(\.rawValue))
            .flatMap(SourceEncoding.init(name:))
    }

    /// `rename`, `quiet 5s`, `sidecar .done`.
    private static func readCompletion(_ node: YamlNode, yaml: inout YamlReader) -> Completion? {
        let words = (node.rawText ?? "").split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("rename", 1): return .rename
        case ("quiet", 1): return .quiet(seconds: 5)
        case ("quiet", 2):
            if let duration = YamlDuration(words[1]), duration.count > 0 { return .quiet(seconds: duration.seconds) }
        case ("sidecar", 1): return .sidecar(suffix: ".done")
        case ("sidecar", 2):
            if words[1].hasPrefix("."), !words[1].contains("/"), words[1].count > 1 {
                return .sidecar(suffix: words[1])
            }
        default: break
        }
        yaml.error(
            node, "'complete' cannot be \(node.described)", hint: "accepted: rename, quiet 5s and sidecar .done")
        return nil
    }

    // MARK: Meaning

    private static func readMeaning(
        _ mapping: YamlMapping, into source: inout SourceConfiguration, yaml: inout YamlReader
    ) {
        source.skip = mapping["skip"].flatMap { yaml.expression($0, "'skip'") }
        source.map = mapping["map"].flatMap { readMap($0, yaml: &yaml) }
        if let node = mapping["also"], let items = yaml.list(node, "'also'") {
            source.also = items.compactMap { readAlso($0, yaml: &yaml) }
        }
        if let node = mapping["null_tokens"], let items = yaml.list(node, "'null_tokens'") {
            source.nullTokens = items.compactMap { yaml.text($0, "a null token") }
        }
        if let node = mapping["max_quarantined"],
            let share = yaml.number(node, "'max_quarantined'", in: 0...1)
        {
            source.quarantinedShareMax = share
        }
    }

    private static func readMap(_ node: YamlNode, yaml: inout YamlReader) -> RecordMapping? {
        guard let entries = yaml.entries(node, "'map'") else { return nil }
        let own = ["customer", "type", "at", "id"]
        let mapping = YamlMapping(node: node, entries: entries)
        for key in own.dropLast() where mapping[key] == nil {
            yaml.error(
                node, "'map' has no '\(key)'", hint: "an expression over the file's fields, such as \(key): \(key)")
        }
        let fields = readFields(entries.filter { !own.contains($0.name) }, yaml: &yaml)
        let id = mapping["id"].flatMap { yaml.expression($0, "'id'") }
        guard let customer = mapping["customer"].flatMap({ yaml.expression($0, "'customer'") }),
            let type = mapping["type"].flatMap({ yaml.expression($0, "'type'") }),
            let at = mapping["at"].flatMap({ yaml.expression($0, "'at'") })
        else { return nil }
        return RecordMapping(customer: customer, type: type, at: at, id: id, fields: fields)
    }

    private static func readAlso(_ node: YamlNode, yaml: inout YamlReader) -> EventMapping? {
        guard let entries = yaml.entries(node, "an 'also' entry") else { return nil }
        for entry in entries where ["customer", "at", "id"].contains(entry.name) {
            yaml.error(
                entry.key, "an 'also' entry cannot set '\(entry.name)'",
                hint: "it has the record's own; it sets only type and fields")
        }
        let fields = readFields(
            entries.filter { !["customer", "at", "id", "type"].contains($0.name) }, yaml: &yaml)
        guard let type = entries.first(where: { $0.name == "type" }) else {
            yaml.error(
                node, "an 'also' entry has no 'type'", hint: "an expression, so a text in quotes: type: \"'profile'\"")
            return nil
        }
        return yaml.expression(type.value, "'type'").map { EventMapping(type: $0, fields: fields) }
    }

    private static func readFields(_ entries: [YamlEntry], yaml: inout YamlReader) -> [FieldMapping] {
        entries.compactMap { entry in
            guard let name = entry.key.positioned(file: yaml.file),
                let expression = yaml.expression(entry.value, "'\(entry.name)'")
            else { return nil }
            return FieldMapping(name: name, expression: expression)
        }
    }

    private static func readLimits(_ node: YamlNode, into limits: inout SourceLimits, yaml: inout YamlReader) {
        let keys = ["file", "decompressed", "ratio", "record", "fields", "depth", "waiting"]
        guard let mapping = yaml.mapping(node, "'limits'", keys: keys) else { return }
        limits.fileBytes = mapping["file"].flatMap { yaml.bytes($0, "'file'") } ?? limits.fileBytes
        limits.decompressedBytes =
            mapping["decompressed"].flatMap { yaml.bytes($0, "'decompressed'") } ?? limits.decompressedBytes
        limits.ratio = mapping["ratio"].flatMap { yaml.number($0, "'ratio'", in: 1...1_000_000) } ?? limits.ratio
        limits.recordBytes =
            mapping["record"].flatMap { yaml.bytes($0, "'record'", atLeast: 256) } ?? limits.recordBytes
        limits.fields = mapping["fields"].flatMap { yaml.integer($0, "'fields'", in: 1...1_000_000) } ?? limits.fields
        limits.depth = mapping["depth"].flatMap { yaml.integer($0, "'depth'", in: 1...1000) } ?? limits.depth
        limits.waiting =
            mapping["waiting"].flatMap { yaml.integer($0, "'waiting'", in: 1...10_000_000) } ?? limits.waiting
    }
}
