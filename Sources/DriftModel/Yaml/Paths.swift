/// A path as written in a file, made absolute: `.` and `..` are resolved by text, nothing is looked up.
/// - Parameters:
///   - path: Absolute, or relative to `base`.
///   - base: Absolute, or relative to the working directory; then the result is, too.
public func resolvePath(_ path: String, against base: String) -> String {
    let joined = path.hasPrefix("/") || base.isEmpty ? path : base + "/" + path
    var parts: [Substring] = []
    for part in joined.split(separator: "/") where part != "." {
        if part == "..", let last = parts.last, last != ".." {
            parts.removeLast()
        } else if part != ".." || !joined.hasPrefix("/") {
            parts.append(part)
        }
    }
    let text = parts.joined(separator: "/")
    return joined.hasPrefix("/") ? "/" + text : text.isEmpty ? "." : text
}

/// The directory a file lies in, as the file is named: `.` for a bare name.
public func parentDirectory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

extension YamlReader {
    /// The path of a file or directory, as written.
    public mutating func path(_ node: YamlNode, _ what: String) -> String? {
        guard let path = text(node, what) else { return nil }
        if path.isEmpty || path.unicodeScalars.contains("\0") {
            mismatch(node, what, expected: "a path")
            return nil
        }
        return path
    }
}
