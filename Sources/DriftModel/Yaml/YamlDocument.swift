import Yams

/// Text to ``YamlNode``: syntax, duplicate keys, aliases.
public enum YamlDocument {
    /// Parses one document.
    /// - Parameters:
    ///   - text: The file's text.
    ///   - file: Its name, for messages.
    /// - Returns: The root, or nil when nothing can be read; and every error found.
    public static func parse(_ text: String, file: String) -> (root: YamlNode?, errors: [Diagnostic]) {
        var scalars = String.UnicodeScalarView(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        var parser = DocumentParser(text: String(scalars), file: file)
        let root = parser.parse()
        return (root, parser.errors)
    }
}

/// Nesting beyond this is no configuration a person wrote.
private let depthMax = 100
/// Aliases can multiply nodes; beyond this many the file is refused.
private let nodesMax = 200_000
/// One of them takes the place of the first character of a duplicate key once that is reported, each only once,
/// so that the rest of the file can be read.
private let duplicateMarks: ClosedRange<UInt32> = 0xE000...0xE0FF

private struct DocumentParser {
    var text: String
    let file: String
    let source: YamlSource
    var errors: [Diagnostic] = []
    var nodes = 0

    init(text: String, file: String) {
        self.text = text
        self.file = file
        self.source = YamlSource(text)
    }

    mutating func parse() -> YamlNode? {
        // Yams stops at the first mapping with a duplicate key: each is reported and put out of the way.
        for round in duplicateMarks {
            do {
                // A resolver without rules leaves every plain scalar a string; meaning is decided by YamlScalar.
                guard let node = try Yams.compose(yaml: text, Resolver.basic, .default, .utf8) else {
                    errors.append(diagnostic(0, 0, "the file is empty", hint: nil))
                    return nil
                }
                return convert(node, depth: 0)
            } catch let error as YamlError {
                if case .duplicatedKeysInMapping(let names, let context) = error {
                    if setAside(names, firstAt: context.mark, mark: Unicode.Scalar(round) ?? " ") { continue }
                    return nil
                }
                errors.append(diagnostic(of: error))
                return nil
            } catch {
                errors.append(diagnostic(0, 0, "not readable as YAML: \(error)", hint: nil))
                return nil
            }
        }
        return nil
    }

    private func diagnostic(_ line: Int, _ column: Int, _ message: String, hint: String?) -> Diagnostic {
        Diagnostic(file: file, line: line, column: column, message: message, hint: hint)
    }

    // MARK: Nodes

    private mutating func convert(_ node: Yams.Node, depth: Int) -> YamlNode? {
        let line = node.mark?.line ?? 0
        let column = node.mark?.column ?? 0
        nodes += 1
        if depth > depthMax || nodes > nodesMax {
            // Once is enough: everything above gives up with it.
            if nodes <= nodesMax || nodes == nodesMax + 1 {
                let what = depth > depthMax ? "nested more than \(depthMax) deep" : "aliases multiply it beyond reason"
                errors.append(diagnostic(line, column, "the file is too large: \(what)", hint: nil))
                nodes = nodesMax + 1
            }
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let style = style(of: scalar, line: line, column: column)
            return YamlNode(content: .scalar(scalar.string, style), line: line, column: column, source: source)
        case .sequence(let sequence):
            var items: [YamlNode] = []
            for item in sequence { if let item = convert(item, depth: depth + 1) { items.append(item) } }
            return YamlNode(content: .list(items), line: line, column: column, source: source)
        case .mapping(let mapping):
            var pairs: [(key: YamlNode, value: YamlNode)] = []
            for (key, value) in mapping {
                if let first = key.scalar?.string.unicodeScalars.first, duplicateMarks.contains(first.value) {
                    continue
                }
                guard let key = convert(key, depth: depth + 1), let value = convert(value, depth: depth + 1)
                else { continue }
                pairs.append((key, value))
            }
            return YamlNode(content: .mapping(pairs), line: line, column: column, source: source)
        case .alias:
            return nil
        }
    }

    private mutating func style(of scalar: Yams.Node.Scalar, line: Int, column: Int) -> YamlNode.Style {
        let tag = scalar.tag.description
        if !["", "!", "tag:yaml.org,2002:str"].contains(tag) {
            errors.append(
                diagnostic(line, column, "the tag \(tag) is not understood here", hint: "write the value without it"))
        }
        switch scalar.style {
        case .singleQuoted: return .singleQuoted
        case .doubleQuoted: return .doubleQuoted
        case .literal, .folded: return .block
        default: return tag.isEmpty ? .plain : .taggedText
        }
    }

    // MARK: Duplicate keys

    /// Reports the first of the duplicate keys and renames its second appearance in the text, so that the next
    /// round sees the rest; columns stay the same.
    private mutating func setAside(_ names: [String], firstAt first: Mark, mark: Unicode.Scalar) -> Bool {
        let search = DuplicateKeySearch(text: text)
        guard let name = names.first, let second = search.second(of: name, firstLine: first.line, column: first.column)
        else {
            let list = spokenList(names.map { "'\($0)'" })
            errors.append(
                diagnostic(first.line, first.column, "duplicate key \(list)", hint: "each key may stand once"))
            return false
        }
        errors.append(
            diagnostic(
                second.line, second.column, "duplicate key '\(name)'",
                hint: "it stands on line \(first.line) already; each key may stand once"))
        var scalars = Array(text.unicodeScalars)
        scalars[second.index] = mark
        text = String(String.UnicodeScalarView(scalars))
        return true
    }

    // MARK: Syntax errors

    private func diagnostic(of error: YamlError) -> Diagnostic {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let startsWithTab =
                mark.line <= source.lines.count
                && source.lines[mark.line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
            var hint = startsWithTab ? "indent with spaces, YAML forbids tabs" : nil
            if hint == nil, let context {
                hint = "\(context.text), which begins on line \(context.mark.line)"
            }
            return diagnostic(mark.line, mark.column, "not valid YAML: \(problem)", hint: hint)
        case .reader(let problem, let offset, _, _):
            let place = offset.map(place(ofCharacter:)) ?? (0, 0)
            return diagnostic(
                place.0, place.1, "not valid YAML: \(problem)", hint: "the file must be UTF-8 text")
        default:
            return diagnostic(0, 0, "not readable as YAML: \(error)", hint: nil)
        }
    }

    private func place(ofCharacter offset: Int) -> (Int, Int) {
        let before = YamlSource(String(text.prefix(offset)))
        return (before.lines.count, (before.lines.last?.count ?? 0) + 1)
    }
}
