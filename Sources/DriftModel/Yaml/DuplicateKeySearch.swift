/// Finds in the text of a YAML file the second appearance of a key in the same mapping. The parser says only
/// where the first one stands.
struct DuplicateKeySearch {
    struct Found: Hashable {
        /// 0-based, in Unicode scalars of the text: the first character of the key's name.
        var index: Int
        /// 1-based place of the key, its quote included.
        var line: Int
        var column: Int
    }

    private let scalars: [Unicode.Scalar]
    /// Index of each line's first scalar.
    private var starts: [Int] = [0]

    init(text: String) {
        scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let breaks: Bool =
                switch scalar {
                case "\n", "\u{85}", "\u{2028}", "\u{2029}": true
                case "\r": index + 1 == scalars.count || scalars[index + 1] != "\n"
                default: false
                }
            if breaks { starts.append(index + 1) }
        }
    }

    /// - Parameters:
    ///   - firstLine: 1-based line of the key's first appearance.
    ///   - column: 1-based column of it.
    /// - Returns: nil when it cannot be found (a key written with escapes, say).
    func second(of name: String, firstLine: Int, column: Int) -> Found? {
        guard firstLine >= 1, firstLine <= starts.count else { return nil }
        let name = Array(name.unicodeScalars)
        let first = starts[firstLine - 1] + column - 1
        guard let end = endOfKey(name, at: first)?.end else { return nil }
        return inBlock(name, after: firstLine, column: column) ?? inFlow(name, from: end)
    }

    /// The key as plain or quoted text followed by a colon, at an index.
    private func endOfKey(_ name: [Unicode.Scalar], at index: Int) -> (name: Int, end: Int)? {
        guard index < scalars.count else { return nil }
        let quoted = scalars[index] == "'" || scalars[index] == "\""
        let start = quoted ? index + 1 : index
        var end = start + name.count
        guard end < scalars.count, !name.isEmpty, Array(scalars[start..<end]) == name else { return nil }
        if quoted {
            guard scalars[end] == scalars[index] else { return nil }
            end += 1
        }
        while end < scalars.count, scalars[end] == " " { end += 1 }
        guard end < scalars.count, scalars[end] == ":" else { return nil }
        return (start, end + 1)
    }

    /// On a later line, at the same column, with no line in between that is indented less.
    private func inBlock(_ name: [Unicode.Scalar], after firstLine: Int, column: Int) -> Found? {
        for line in firstLine..<max(firstLine, starts.count) {
            var index = starts[line]
            while index < scalars.count, scalars[index] == " " { index += 1 }
            let indent = index - starts[line]
            let isEmpty = index >= scalars.count || "#\r\n".unicodeScalars.contains(scalars[index])
            if isEmpty { continue }
            if indent < column - 1 { return nil }
            if indent == column - 1, let key = endOfKey(name, at: index) {
                return Found(index: key.name, line: line + 1, column: column)
            }
        }
        return nil
    }

    /// Further on between the same braces.
    private func inFlow(_ name: [Unicode.Scalar], from start: Int) -> Found? {
        var index = start
        var depth = 0
        var mayStartKey = false
        while index < scalars.count {
            if depth == 0, mayStartKey, let key = endOfKey(name, at: index) {
                let line = starts.lastIndex { $0 <= index } ?? 0
                return Found(index: key.name, line: line + 1, column: index - starts[line] + 1)
            }
            switch scalars[index] {
            case "{", "[": depth += 1
            case "}", "]":
                depth -= 1
                if depth < 0 { return nil }
            case ",": mayStartKey = true
            case " ", "\n", "\r": break
            case "'", "\"":
                let quote = scalars[index]
                index += 1
                while index < scalars.count, scalars[index] != quote {
                    index += quote == "\"" && scalars[index] == "\\" ? 2 : 1
                }
                mayStartKey = false
            default: mayStartKey = false
            }
            index += 1
        }
        return nil
    }
}
