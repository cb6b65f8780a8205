/// What a document's first bytes say about its encoding (XML 1.0, appendix F).
enum XMLDeclaration {
    /// Bytes in which a declaration has to end to be found.
    static let bytesMax = 1024

    /// The encoding of a text that may be XML.
    /// - Parameter prefix: Its first bytes, without byte order mark.
    /// - Returns: nil when nothing is said; a name that is not known is returned as such.
    static func encoding(_ prefix: Span<UInt8>) -> (encoding: TextEncoding?, name: String)? {
        if starts(prefix, with: [0x3C, 0, 0x3F, 0]) { return (.utf16LittleEndian, "") }
        if starts(prefix, with: [0, 0x3C, 0, 0x3F]) { return (.utf16BigEndian, "") }
        guard starts(prefix, with: Array("<?xml".utf8)) else { return nil }
        var declaration: [UInt8] = []
        for index in 0..<min(prefix.count, bytesMax) {
            if prefix[index] == UInt8(ascii: ">") { break }
            declaration.append(prefix[index])
        }
        guard let name = value(of: Array("encoding".utf8), in: declaration) else { return nil }
        let found = TextEncoding(name: name)
        // It was readable as single bytes: then it is not what it says.
        if found == .utf16LittleEndian || found == .utf16BigEndian { return nil }
        return (found, name)
    }

    private static func starts(_ bytes: Span<UInt8>, with expected: [UInt8]) -> Bool {
        guard bytes.count >= expected.count else { return false }
        for index in expected.indices where bytes[index] != expected[index] { return false }
        return true
    }

    private static func value(of key: [UInt8], in bytes: [UInt8]) -> String? {
        guard bytes.count > key.count,
            let place = (0..<(bytes.count - key.count)).first(where: { bytes[$0..<($0 + key.count)].elementsEqual(key) }
            )
        else { return nil }
        var rest = bytes[(place + key.count)...].drop { JSONText.isBlank($0) }
        guard rest.popFirst() == UInt8(ascii: "=") else { return nil }
        rest = rest.drop { JSONText.isBlank($0) }
        guard let quote = rest.popFirst(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        return String(decoding: rest.prefix { $0 != quote }, as: UTF8.self)
    }
}
