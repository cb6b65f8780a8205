import DriftDaemon
import DriftIntake
import DriftModel
import Foundation
import Testing

@testable import segdrift

@Suite struct StarterFilesTests {
    static let demo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "config/demo")

    /// An installed binary has no repository: it carries the files.
    @Test func theBinaryCarriesTheFilesOfTheRepository() throws {
        for file in StarterFiles.files {
            let text = try String(contentsOf: Self.demo.appending(path: file.name), encoding: .utf8)
            #expect(file.text == text, "\(file.name) differs; copy one to the other")
        }
    }

    @Test func theConfigurationAndItsModelLoadWithoutAWarning() throws {
        let (configuration, warnings) = try ConfigurationLoader.load(
            text: StarterConfiguration.text, file: "segdrift.yaml", directory: "/shop")
        let (model, modelWarnings) = try ModelLoader.load(
            text: StarterModel.text, file: "models/shop.yaml", zones: SystemZones().lookup)
        #expect(configuration.model == "/shop/models/shop.yaml")
        #expect(configuration.sources.map(\.name) == ["shop", "web", "crm"])
        #expect(warnings.map(\.description) == [])
        #expect(modelWarnings.map(\.description) == [])
        #expect(ConfigurationLoader.crossCheck(configuration, model: model, modelFile: "m").map(\.description) == [])
    }
}
