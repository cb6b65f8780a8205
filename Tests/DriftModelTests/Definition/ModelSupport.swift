import DriftModel
import Foundation

/// Loads a model's text under the name `m.yaml`.
func load(
    _ text: String, cuts: String? = nil
) throws(Diagnostics) -> (model: Model, warnings: [Diagnostic]) {
    try ModelLoader.load(text: text, file: "m.yaml", cuts: cuts.map { ($0, "m.cuts.yaml") }, zones: { testZone($0) })
}

/// Everything that is wrong with a model's text: errors, or warnings if it loads.
func complaints(_ text: String, cuts: String? = nil) -> [String] {
    do throws(Diagnostics) {
        return try load(text, cuts: cuts).warnings.map(\.description)
    } catch {
        return error.all.map(\.description)
    }
}

/// The errors alone.
func errors(_ text: String, cuts: String? = nil) -> [String] {
    complaints(text, cuts: cuts).filter { $0.contains(": error: ") }
}

/// A small model with one block replaced or added.
///
/// Lines 1 to 5 are the head, so that a test's own block begins on line 6.
func small(_ blocks: String, segments: String = "[{id: rest, otherwise: true}]") -> String {
    """
    model: small
    events:
      purchase: {fields: {amount: number, invoice: text}}
      refund: {fields: {amount: number}}
      visit: {}
    \(blocks)
    segmentations: {value: {segments: \(segments)}}
    """
}

/// Files kept beside the repository: `$SEGDRIFT_SHARED`, or `../shared` beside the package.
func sharedText(_ path: String) -> String? {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    let shared = ProcessInfo.processInfo.environment["SEGDRIFT_SHARED"].map { URL(filePath: $0) }
    let file = (shared ?? package.deletingLastPathComponent().appending(path: "shared")).appending(path: path)
    return try? String(contentsOf: file, encoding: .utf8)
}

/// A file of the repository itself.
func repositoryText(_ path: String) throws -> String {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: package.appending(path: path), encoding: .utf8)
}
