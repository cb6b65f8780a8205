import DriftModel

/// How the columns of a source's files changed.
public struct SchemaDrift: Hashable, Sendable {
    /// Columns that were not there before.
    public var added: [String] = []
    /// Columns that are not there any more.
    public var missing: [String] = []
    /// Columns that seem to have a new name: in the place of the old one, or much like it.
    public var renamed: [Renaming] = []

    /// An old and a new name.
    public struct Renaming: Hashable, Sendable {
        public var from: String
        public var to: String
    }

    /// - Returns: nil when the same columns are there; their order says nothing.
    public init?(from before: [String], to after: [String]) {
        var missing = before.filter { !after.contains($0) }
        var added = after.filter { !before.contains($0) }
        guard !missing.isEmpty || !added.isEmpty else { return nil }
        for name in missing {
            let place = before.firstIndex(of: name) ?? 0
            let there = after.indices.contains(place) ? after[place] : ""
            // Another number of columns moves those behind: then only names tell.
            let inPlace = before.count == after.count && added.contains(there) ? there : nil
            guard let new = inPlace ?? DidYouMean.closest(to: name, among: added) else { continue }
            renamed.append(Renaming(from: name, to: new))
            missing.removeAll { $0 == name }
            added.removeAll { $0 == new }
        }
        self.missing = missing
        self.added = added
    }

    /// What tells one schema from another, whatever the order of its columns.
    public static func version(of columns: [String]) -> String {
        columns.sorted().map { "\($0.utf8.count):\($0)" }.joined()
    }

    /// For people, without a full stop.
    public var words: String {
        var parts: [String] = []
        if !renamed.isEmpty {
            parts.append("renamed " + renamed.map { "'\($0.from)' to '\($0.to)'" }.joined(separator: ", "))
        }
        if !missing.isEmpty { parts.append("missing " + missing.map { "'\($0)'" }.joined(separator: ", ")) }
        if !added.isEmpty { parts.append("new " + added.map { "'\($0)'" }.joined(separator: ", ")) }
        return parts.joined(separator: "; ")
    }
}
