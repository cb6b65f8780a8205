/// Reads, validates and compiles model files.
public enum ModelLoader {
    /// - Parameters:
    ///   - text: The YAML of the model.
    ///   - file: Its name, for messages.
    ///   - cuts: The YAML of `<model>.cuts.yaml`, if there is one.
    ///   - zones: Finds the rules of an IANA zone; nil: no such zone. The pure modules have no file system.
    /// - Returns: The model and the warnings of its lint, in the order of lines.
    /// - Throws: ``Diagnostics`` with every error found, not just the first.
    public static func load(
        text: String, file: String, cuts: (text: String, file: String)? = nil,
        zones: @escaping @Sendable (String) -> ZoneRules?
    ) throws(Diagnostics) -> (model: Model, warnings: [Diagnostic]) {
        let document = YamlDocument.parse(text, file: file)
        let frozen = cuts.map { CutOffs.read($0.text, file: $0.file) } ?? ([:], [])
        guard let root = document.root else { throw Diagnostics(document.errors + frozen.1) }
        var reader = ModelReader(file: file, cuts: frozen.0, zones: zones)
        for error in document.errors { reader.yaml.append(error) }
        let model = reader.read(root, source: text)
        let diagnostics = reader.yaml.sorted + frozen.1
        guard let model, !diagnostics.contains(where: { $0.severity == .error }) else {
            throw Diagnostics(diagnostics)
        }
        return (model, diagnostics)
    }
}
