import Testing

@Suite struct DocumentationTests {
    /// Public types, functions and extensions' members say what they mean. A stored property may be told by its
    /// type's comment, an initialiser by its parameters' names, and what a protocol of the language demands
    /// (`==`, `hash`, `description`, …) by that protocol.
    @Test func everyPublicTypeAndFunctionIsDocumented() {
        let found = SourceTree.sources().flatMap { file in
            file.code.indices.compactMap { index -> String? in
                guard let name = Self.declaration(file.code[index]), !Self.isDocumented(file, index) else { return nil }
                return "\(file.path):\(index + 1): \(name)"
            }
        }
        #expect(found == [])
    }

    static let knownToAll: Set<String> = [
        "==", "<", "hash", "description", "debugDescription", "encode", "next", "run", "errorDescription",
        "makeIterator", "makeAsyncIterator", "index", "startIndex", "endIndex", "subscript", "callAsFunction", "log",
    ]

    /// The name of a public type, function or case-like constant declared on a line.
    static func declaration(_ line: String) -> String? {
        guard line.contains("public ") else { return nil }
        let pattern =
            #/^\s*(?:@[A-Za-z_]+(?:\([^)]*\))?\s+)*public\s+(?:(?:static|final|mutating|consuming|borrowing|nonisolated|indirect|override|class)\s+)*(struct|enum|class|actor|protocol|typealias|func)\s+([^\s(:<{=]+|[<=]+)/#
        guard let match = line.firstMatch(of: pattern) else { return nil }
        let name = String(match.2)
        guard name.first?.isLetter == true else { return nil }
        return knownToAll.contains(name) || nestedKinds.contains(name) ? nil : name
    }

    /// Nested types whose name and owner say it all.
    static let nestedKinds: Set<String> = ["Kind", "Code", "CodingKeys", "Body", "Element", "Iterator", "Unit", "End"]

    /// Whether a doc comment stands above the line, attributes in between. What an extension does for a protocol
    /// is told by the protocol.
    static func isDocumented(_ file: SourceFile, _ index: Int) -> Bool {
        let owner = file.code[...index].last { $0.first.map { $0 != " " && $0 != "}" && $0 != "#" } ?? false } ?? ""
        if owner.contains(#/^extension [^{]*: /#), !file.code[index].hasPrefix("extension") { return true }
        var above = index - 1
        while above >= 0 {
            let text = file.lines[above].drop { $0 == " " }
            if text.hasPrefix("///") || text.hasPrefix("*/") { return true }
            guard text.hasPrefix("@") || text.hasPrefix("#if") else { return false }
            above -= 1
        }
        return false
    }
}
