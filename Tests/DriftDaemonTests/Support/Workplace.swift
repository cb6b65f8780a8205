import DriftDaemon
import DriftModel
import Foundation
import Testing

/// A directory with a configuration, a model, a spool and a database, removed when it goes out of scope.
final class Workplace {
    let root: URL
    var configPath: String { root.appendingPathComponent("segdrift.yaml").path }
    var databasePath: String { root.appendingPathComponent("state/segdrift.sqlite").path }

    /// - Parameters:
    ///   - model: YAML of the model.
    ///   - settings: Top-level keys of the configuration besides model, directories and sources.
    ///   - sources: The `sources:` block's entries, indented by two spaces.
    init(model: String, settings: String = "wall_lag: never", sources: String) throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        try write("model.yaml", model)
        try write(
            "segdrift.yaml",
            """
            model: model.yaml
            state_directory: \(root.path)/state
            spool_directory: \(root.path)/spool
            \(settings)
            sources:
            \(sources)
            destinations:
              ops: {type: file, path: \(root.path)/alerts.ndjson}
            """)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: root.appendingPathComponent(name))
    }

    func incoming(_ source: String) throws -> URL {
        let directory = root.appendingPathComponent("spool/incoming/\(source)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Puts a finished file into a source's directory, as a producer would: written elsewhere, then renamed.
    func drop(_ name: String, _ text: String, source: String = "shop") throws {
        let hidden = try incoming(source).appendingPathComponent(".\(name).tmp")
        try Data(text.utf8).write(to: hidden)
        try FileManager.default.moveItem(at: hidden, to: try incoming(source).appendingPathComponent(name))
    }

    func drop(copyOf file: URL, source: String = "shop") throws {
        let hidden = try incoming(source).appendingPathComponent(".\(file.lastPathComponent).tmp")
        try FileManager.default.copyItem(at: file, to: hidden)
        try FileManager.default.moveItem(
            at: hidden, to: try incoming(source).appendingPathComponent(file.lastPathComponent))
    }

    /// One `run --once` in this process, after which every sum of the ledger must add up.
    @discardableResult
    func run(
        asOf: Instant? = nil, chunkRecords: Int = RunOptions.chunkRecordsDefault
    ) async throws -> RunSummary {
        let summary = try await DaemonRunner.run(
            RunOptions(configPath: configPath, once: true, asOf: asOf, chunkRecords: chunkRecords))
        #expect(try DatabaseContent.brokenSums(databasePath) == [])
        return summary
    }

    /// Names of the files below a directory of the spool, with their folders.
    func spool(_ folder: String) throws -> [String] {
        let directory = root.appendingPathComponent("spool/\(folder)")
        return try FileManager.default.subpathsOfDirectory(atPath: directory.path).filter { name in
            var isDirectory: ObjCBool = false
            let path = directory.appendingPathComponent(name).path
            return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }

    /// Other contents of the `sources:` block.
    func rewrite(sources: String) throws {
        let text = try String(contentsOfFile: configPath, encoding: .utf8)
        let head = text.range(of: "sources:\n")!
        let tail = text.range(of: "destinations:")!
        try write("segdrift.yaml", text[..<head.upperBound] + sources + "\n" + text[tail.lowerBound...])
    }

}
