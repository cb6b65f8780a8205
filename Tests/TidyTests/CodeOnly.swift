/// Blanks out comments and the contents of string literals, keeping the lines, for rules about code.
///
/// A string inside an interpolation is taken for the end of the outer one; quotes come in pairs, so that the rest
/// of the file is read right.
struct CodeOnly {
    private enum Place {
        case code
        case lineComment
        case blockComment(depth: Int)
        case text(end: [Character], escapes: Bool)
    }

    private let characters: [Character]
    private var index = 0
    private var place = Place.code
    private var result = ""

    /// The lines of a source text, one for one.
    static func lines(of text: String) -> [String] {
        var reader = CodeOnly(characters: Array(text))
        while reader.index < reader.characters.count { reader.step() }
        return reader.result.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private init(characters: [Character]) {
        self.characters = characters
    }

    private func has(_ token: [Character], at offset: Int = 0) -> Bool {
        let start = index + offset
        return start + token.count <= characters.count
            && characters[start..<(start + token.count)].elementsEqual(token)
    }

    private mutating func step() {
        let start = index
        switch place {
        case .code: stepInCode()
        case .lineComment:
            if characters[index] == "\n" { place = .code }
            index += 1
        case .blockComment(let depth):
            if has(["/", "*"]) {
                place = .blockComment(depth: depth + 1)
                index += 2
            } else if has(["*", "/"]) {
                place = depth == 1 ? .code : .blockComment(depth: depth - 1)
                index += 2
            } else {
                index += 1
            }
        case .text(let end, let escapes):
            if escapes, characters[index] == "\\" {
                index += 2
            } else if has(end) {
                place = .code
                result.append("\"")
                index += end.count
            } else {
                index += 1
            }
        }
        for passed in characters[start..<min(index, characters.count)] where passed == "\n" { result.append("\n") }
    }

    private mutating func stepInCode() {
        if has(["/", "/"]) {
            place = .lineComment
            index += 2
            return
        }
        if has(["/", "*"]) {
            place = .blockComment(depth: 1)
            index += 2
            return
        }
        let hashes = characters[index...].prefix { $0 == "#" }.count
        if has(["\""], at: hashes) {
            let quotes = has(["\"", "\"", "\""], at: hashes) ? 3 : 1
            let end = Array(repeating: Character("\""), count: quotes) + Array(repeating: "#", count: hashes)
            place = .text(end: end, escapes: hashes == 0)
            result.append("\"")
            index += hashes + quotes
            return
        }
        if characters[index] != "\n" { result.append(characters[index]) }
        index += 1
    }
}
