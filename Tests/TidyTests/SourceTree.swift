import Foundation

/// One Swift source of the repository.
struct SourceFile: Sendable {
    /// From the root of the repository: `Sources/DriftModel/Time/Instant.swift`.
    var path: String
    var lines: [String]
    /// The lines without comments and contents of string literals.
    var code: [String]

    /// The target the file belongs to.
    var module: String { String(path.split(separator: "/").dropFirst().first ?? "") }
    var isTest: Bool { path.hasPrefix("Tests/") }

    /// The modules imported. `import func Glibc.log` counts as `Glibc`, and is scoped.
    var imports: [(module: String, isScoped: Bool)] {
        code.compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            while let first = words.first, first.hasPrefix("@") || SourceTree.accessLevels.contains(first) {
                words.removeFirst()
            }
            guard words.first == "import", words.count >= 2 else { return nil }
            let isScoped = words.count >= 3
            return (String(words[isScoped ? 2 : 1].split(separator: ".").first ?? ""), isScoped)
        }
    }

    /// `path:line: code` of every line of code that a pattern matches.
    func places(_ pattern: Regex<Substring>) -> [String] {
        code.enumerated().compactMap { number, line in
            line.contains(pattern) ? "\(path):\(number + 1): \(line.trimmingCharacters(in: .whitespaces))" : nil
        }
    }
}

/// The repository this test was built from.
enum SourceTree {
    static let accessLevels: Set<String> = ["public", "internal", "package", "private", "fileprivate"]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file under Sources and Tests.
    static let files = ["Sources", "Tests"].flatMap(swiftFiles)

    /// Those of the product, or of one module of it.
    static func sources(of module: String? = nil) -> [SourceFile] {
        files.filter { !$0.isTest && (module == nil || $0.module == module) }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func swiftFiles(under folder: String) -> [SourceFile] {
        let base = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: base.path())?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".swift") }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8) else { return nil }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            return SourceFile(path: "\(folder)/\(name)", lines: lines, code: CodeOnly.lines(of: text))
        }
    }
}
