/// Reads `<model>.cuts.yaml`: the frozen cut-offs that a calibration found.
///
/// ```yaml
/// model: retail
/// as_of: 2026-01-31
/// cuts:
///   m: {n: 5400, values: [120, 340, 800, 2100], empty_levels: []}
/// ```
enum CutOffs {
    static func read(_ text: String, file: String) -> (cuts: [String: [Double]], diagnostics: [Diagnostic]) {
        let document = YamlDocument.parse(text, file: file)
        var yaml = YamlReader(file: file)
        for error in document.errors { yaml.append(error) }
        var cuts: [String: [Double]] = [:]
        if let root = document.root,
            let top = yaml.mapping(root, "the cut-offs", keys: ["model", "as_of", "cuts"], required: ["cuts"]),
            let node = top["cuts"], let entries = yaml.entries(node, "cuts")
        {
            for entry in entries {
                if let values = values(entry, &yaml) { cuts[entry.name] = values }
            }
        }
        return (cuts, yaml.sorted)
    }

    private static func values(_ entry: YamlEntry, _ yaml: inout YamlReader) -> [Double]? {
        let keys = ["n", "values", "empty_levels"]
        guard
            let mapping = yaml.mapping(
                entry.value, "the cut-offs of '\(entry.name)'", keys: keys, required: ["values"]),
            let node = mapping["values"], let items = yaml.list(node, "values")
        else { return nil }
        var values: [Double] = []
        for item in items {
            guard let value = yaml.number(item, "a cut-off") else { return nil }
            if let last = values.last, value < last {
                yaml.error(item, "cut-offs must not descend: \(plainNumber(value)) comes after \(plainNumber(last))")
                return nil
            }
            values.append(value)
        }
        return values
    }
}
