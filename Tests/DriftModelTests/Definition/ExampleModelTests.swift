import DriftModel
import Testing

@Suite struct ExampleModels {
    @Test(arguments: [
        ("retail", 15, ["value", "region"], 3), ("reference", 3, ["value"], 1),
        ("bank", 8, ["wealth", "life_stage", "risk"], 2),
    ])
    func theDocumentedModelsLoadAsTheyAre(
        _ name: String, _ features: Int, _ segmentations: [String], _ alerts: Int
    ) throws {
        guard let text = sharedText("examples/\(name).yaml") else {
            print("skipped: examples/\(name).yaml is not beside the repository")
            return
        }
        let loaded = try load(text)
        #expect(loaded.model.name == name)
        #expect(loaded.model.source == text)
        #expect(loaded.model.features.count == features)
        #expect(loaded.model.segmentations.map(\.name) == segmentations)
        #expect(loaded.model.alerts.count == alerts)
        #expect(loaded.warnings.allSatisfy { $0.severity == .warning })
    }

    @Test func theStarterModelLoadsWithoutAWarning() throws {
        let loaded = try load(repositoryText("config/models/retail.yaml"))
        #expect(loaded.warnings.map(\.description) == [])
    }
}
