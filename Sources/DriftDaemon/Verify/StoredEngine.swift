import DriftEngine
import DriftModel
import DriftStore

/// An engine for a model as the database keeps it.
enum StoredEngine {
    /// - Throws: ``Diagnostics`` when this release cannot read the model any more; ``DaemonError`` without its zone.
    static func load(_ stored: ActiveModel, zones: SystemZones) throws -> Engine {
        let cuts = stored.cuts.isEmpty ? nil : (text: cutsText(stored.cuts), file: "\(stored.name).cuts.yaml")
        let (model, _) = try ModelLoader.load(
            text: stored.yaml, file: "model \(stored.name)", cuts: cuts, zones: zones.lookup)
        return Engine(model: model, axis: try Setup.axis(of: model, zones: zones))
    }

    private static func cutsText(_ cuts: [String: [Double]]) -> String {
        "cuts:\n"
            + cuts.sorted { $0.key < $1.key }.map { name, values in
                "  \"\(name)\": [\(values.map { "\($0)" }.joined(separator: ", "))]\n"
            }.joined()
    }
}
