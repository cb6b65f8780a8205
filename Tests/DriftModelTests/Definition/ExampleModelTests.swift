import DriftModel
import Testing

@Suite struct ExampleModels {
    static let names = ["retail", "reference", "bank"]

    @Test(arguments: names)
    func theExamplesLoadAsTheyAre(_ name: String) throws {
        guard let text = sharedText("examples/\(name).yaml") else {
            print("skipped: examples/\(name).yaml is not beside the repository")
            return
        }
        let loaded = try load(text)
        #expect(loaded.model.name == name)
    }
}
