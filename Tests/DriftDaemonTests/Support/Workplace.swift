import DriftDaemon
import DriftModel
import Foundation

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

    /// One `run --once` in this process.
    @discardableResult
    func run(
        asOf: Instant? = nil, chunkRecords: Int = RunOptions.chunkRecordsDefault
    ) async throws -> RunSummary {
        try await DaemonRunner.run(
            RunOptions(configPath: configPath, once: true, asOf: asOf, chunkRecords: chunkRecords))
    }
}
