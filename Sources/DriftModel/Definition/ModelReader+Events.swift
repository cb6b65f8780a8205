/// `events:` and `attributes:`.
extension ModelReader {
    private static let types = ["number", "text", "boolean", "date"]
    /// What mappings use for the event itself.
    private static let reservedNames = ["customer", "type", "at", "id"]

    mutating func readAttributes(_ node: YamlNode?) {
        guard let node, let entries = yaml.entries(node, "attributes") else { return }
        for entry in entries {
            guard checkDataName(entry, "an attribute") else { continue }
            if let type = readType(entry) {
                attributes.append(Attribute(name: entry.name, type: type))
            } else {
                attributes.append(Attribute(name: entry.name, type: .text))
                failedNames.insert(entry.name)
            }
        }
    }

    mutating func readEvents(_ node: YamlNode?) {
        guard let node, let entries = yaml.entries(node, "events") else { return }
        if entries.isEmpty { yaml.error(node, "events names no event type", hint: "such as purchase: {}") }
        for entry in entries {
            guard yaml.checkName(entry.name, entry.key, "an event type") else { continue }
            if entry.name == "any" {
                yaml.error(entry.key, "an event type cannot be called 'any'", hint: "'count: any' means all of them")
            }
            readEventType(entry)
        }
    }

    private mutating func readEventType(_ entry: YamlEntry) {
        var type = EventType(name: entry.name, fields: [], sets: [])
        // The type stays known even if its contents are wrong, so that features can name it.
        defer { eventTypes.append(type) }
        guard let mapping = yaml.mapping(entry.value, "event type '\(entry.name)'", keys: ["fields", "sets"])
        else { return }
        if let node = mapping["fields"], let fieldEntries = yaml.entries(node, "fields") {
            for field in fieldEntries {
                if let index = readField(field) { type.fields.append(index) }
            }
        }
        guard let node = mapping["sets"] else { return }
        for item in yaml.oneOrMany(node) {
            guard let name = yaml.text(item, "an attribute that events set") else { continue }
            guard let index = attributes.firstIndex(where: { $0.name == name }) else {
                yaml.unknown(item, "attribute", name, known: attributes.map(\.name))
                continue
            }
            if type.sets.contains(index) {
                yaml.error(item, "attribute '\(name)' is listed twice")
            } else if type.fields.contains(where: { fields[$0].name == name }) {
                yaml.error(
                    item, "'\(name)' is both a field and an attribute of event type '\(entry.name)'",
                    hint: "a mapping could not tell them apart; rename one")
            } else {
                type.sets.append(index)
            }
        }
    }

    private mutating func readField(_ entry: YamlEntry) -> Int? {
        guard checkDataName(entry, "a field") else { return nil }
        let known = fields.firstIndex { $0.name == entry.name }
        guard let type = readType(entry) else {
            failedNames.insert(entry.name)
            if let known { return known }
            fields.append(Field(name: entry.name, type: .text))
            return fields.count - 1
        }
        guard let known else {
            fields.append(Field(name: entry.name, type: type))
            return fields.count - 1
        }
        if fields[known].type != type, !failedNames.contains(entry.name) {
            yaml.error(
                entry.value,
                "field '\(entry.name)' is a \(type.rawValue) here and a \(fields[known].type.rawValue) before",
                hint: "a field has one type in the whole model; rename one of them")
            failedNames.insert(entry.name)
        }
        return known
    }

    private mutating func readType(_ entry: YamlEntry) -> ValueType? {
        guard let word = yaml.word(entry.value, "the type of '\(entry.name)'", of: Self.types) else { return nil }
        return ValueType(rawValue: word)
    }

    private mutating func checkDataName(_ entry: YamlEntry, _ what: String) -> Bool {
        if Self.reservedNames.contains(entry.name) {
            yaml.error(
                entry.key, "\(what) cannot be called '\(entry.name)'",
                hint: "\(spokenList(Self.reservedNames)) belong to every event")
            return false
        }
        return yaml.checkName(entry.name, entry.key, what)
    }
}
