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
        throw Diagnostics([Diagnostic(file: file, line: 0, column: 0, message: "the loader is being written")])
    }
}
