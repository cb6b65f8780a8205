import DriftDaemon
import DriftModel
import Foundation

/// Loads a configuration's text under the name `/etc/s.yaml`.
func load(
    _ text: String, environment: [String: String] = [:]
) throws(Diagnostics) -> (configuration: Configuration, warnings: [Diagnostic]) {
    try ConfigurationLoader.load(text: text, file: "/etc/s.yaml", environment: environment, hostname: "host")
}

/// Everything that is said about a configuration.
func complaints(_ text: String, environment: [String: String] = [:]) -> String {
    do throws(Diagnostics) {
        return try load(text, environment: environment).warnings.map(\.description).joined(separator: "\n")
    } catch {
        return error.description
    }
}

/// The package's folder.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// A file of the repository.
func repositoryText(_ path: String) throws -> String {
    try String(contentsOf: packageFolder.appending(path: path), encoding: .utf8)
}

/// A file kept beside the repository: `$SEGDRIFT_SHARED`, or `../shared` beside the package.
func sharedText(_ path: String) -> String? {
    let shared = ProcessInfo.processInfo.environment["SEGDRIFT_SHARED"].map { URL(filePath: $0) }
    let folder = shared ?? packageFolder.deletingLastPathComponent().appending(path: "shared")
    return try? String(contentsOf: folder.appending(path: path), encoding: .utf8)
}
