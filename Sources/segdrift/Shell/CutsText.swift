import DriftAnalytics

/// Frozen cut-offs as the YAML of a `<model>.cuts.yaml`.
enum CutsText {
    static func yaml(_ cuts: [String: [Double]]) -> String {
        let entries = cuts.sorted { $0.key < $1.key }.map { name, values in
            "  \(JSONText.string(name)): [\(values.map(NumberText.shortest).joined(separator: ", "))]\n"
        }
        return "cuts:\n" + entries.joined()
    }
}
