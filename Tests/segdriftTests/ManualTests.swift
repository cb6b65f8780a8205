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

    /// A command that does something, by the words one types.
    struct Leaf {
        var words: String
        var command: any ParsableCommand.Type
    }

    /// Those below a command. What a command without further words does stands under its name alone.
    static func leaves(_ command: any ParsableCommand.Type, _ words: String) -> [Leaf] {
        let below = command.configuration.subcommands
        guard !below.isEmpty else { return [Leaf(words: words, command: command)] }
        return below.flatMap { leaves($0, "\(words) \($0._commandName)") }
    }

    @Test func everyCommandAndOptionHasItsPlaceInTheManual() throws {
        let manual = try Self.page("segdrift.1")
        let commands = Segdrift.configuration.groupedSubcommands.flatMap(\.subcommands)
        let leaves = commands.flatMap { Self.leaves($0, $0._commandName) }
        #expect(leaves.count >= 20)
        for leaf in leaves {
            let name = leaf.words.hasSuffix(" add") ? String(leaf.words.dropLast(4)) : leaf.words
            let from = try #require(manual.range(of: ".SS segdrift \(name)\n"), "\(name) is not in the manual")
            let section = manual[from.upperBound...]
            let end = section.range(of: "\n.SS ")?.lowerBound ?? section.range(of: "\n.SH ")?.lowerBound
            let text = String(section[..<(end ?? section.endIndex)])
            let options = Segdrift.helpMessage(for: leaf.command).matches(
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
