import ArgumentParser
import Foundation
import Testing

@testable import segdrift

/// The manual pages name what the executable understands; a new option that they lack fails here.
@Suite struct ManualTests {
    static let directory = URL(filePath: #filePath).appending(path: "../../../docs/man").standardizedFileURL

    static func page(_ name: String) throws -> String {
        try String(contentsOf: directory.appending(path: name), encoding: .utf8).replacing("\\-", with: "-")
    }

    @Test func everyCommandAndOptionHasItsPlaceInTheManual() throws {
        let manual = try Self.page("segdrift.1")
        let commands = Segdrift.configuration.groupedSubcommands.flatMap(\.subcommands)
        #expect(commands.count >= 14)
        for command in commands {
            let name = command._commandName
            let from = try #require(manual.range(of: ".SS segdrift \(name)"), "\(name) is not in the manual")
            let section = manual[from.upperBound...]
            let end = section.range(of: "\n.SS ")?.lowerBound ?? section.range(of: "\n.SH ")?.lowerBound
            let text = String(section[..<(end ?? section.endIndex)])
            let defaults: [String: any ParsableCommand.Type] = [
                "quarantine": Quarantine.List.self, "alerts": Alerts.List.self,
            ]
            let shown = defaults[name] ?? command
            let options = Segdrift.helpMessage(for: shown).matches(
                of: #/^  (?:-\w, )?(--[a-z-]+)/#.anchorsMatchLineEndings())
            let global: Set = ["--config", "--format", "--no-color", "--quiet", "--version", "--help"]
            for option in options.map({ String($0.1) }) where !global.contains(option) {
                #expect(text.contains("\\fB\(option)\\fR"), "\(option) of \(name) is not in the manual")
            }
        }
    }

    @Test func everyKeyOfTheConfigurationHasItsPlaceInTheManual() throws {
        let manual = try Self.page("segdrift.yaml.5")
        let schema = Self.directory.appending(path: "../../config/segdrift.schema.json").standardizedFileURL
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: schema)) as? [String: Any]
        let keys = try #require((object?["properties"] as? [String: Any])?.keys)
        #expect(keys.count >= 10)
        for key in keys {
            #expect(manual.contains(".B \(key)\n") || manual.contains(".SS \(key)\n"), "\(key) is not in the manual")
        }
    }
}
