/// The encodings a text can have. Everything behind this point is UTF-8.
public enum TextEncoding: String, Hashable, Codable, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    case windows1250 = "windows-1250"
    case windows1251 = "windows-1251"
    case windows1252 = "windows-1252"
    case windows1253 = "windows-1253"
    case windows1254 = "windows-1254"
    case windows1255 = "windows-1255"
    case windows1256 = "windows-1256"
    case windows1257 = "windows-1257"
    case windows1258 = "windows-1258"
    case iso8859_1 = "iso-8859-1"
    case iso8859_2 = "iso-8859-2"
    case iso8859_3 = "iso-8859-3"
    case iso8859_4 = "iso-8859-4"
    case iso8859_5 = "iso-8859-5"
    case iso8859_6 = "iso-8859-6"
    case iso8859_7 = "iso-8859-7"
    case iso8859_8 = "iso-8859-8"
    case iso8859_9 = "iso-8859-9"
    case iso8859_10 = "iso-8859-10"
    case iso8859_11 = "iso-8859-11"
    case iso8859_13 = "iso-8859-13"
    case iso8859_14 = "iso-8859-14"
    case iso8859_15 = "iso-8859-15"
    case iso8859_16 = "iso-8859-16"

    /// The encoding a byte order mark names, and the mark's length; nil without one.
    static func byteOrderMark(_ prefix: Span<UInt8>) -> (encoding: TextEncoding, count: Int)? {
        if prefix.count >= 3, prefix[0] == 0xEF, prefix[1] == 0xBB, prefix[2] == 0xBF { return (.utf8, 3) }
        if prefix.count >= 2, prefix[0] == 0xFF, prefix[1] == 0xFE { return (.utf16LittleEndian, 2) }
        if prefix.count >= 2, prefix[0] == 0xFE, prefix[1] == 0xFF { return (.utf16BigEndian, 2) }
        return nil
    }

    /// The encoding that a name stands for, as XML declarations and people write them; nil: none of these.
    public init?(name: String) {
        let folded = name.lowercased()
        let aliases: [String: TextEncoding] = [
            "utf8": .utf8, "us-ascii": .utf8, "ascii": .utf8, "utf16": .utf16LittleEndian,
            "utf-16": .utf16LittleEndian, "latin1": .iso8859_1, "latin-1": .iso8859_1, "iso8859-1": .iso8859_1,
            "latin2": .iso8859_2, "latin9": .iso8859_15, "latin-9": .iso8859_15,
        ]
        let plain = folded.hasPrefix("cp125") ? "windows-" + folded.dropFirst(2) : folded
        guard let found = TextEncoding(rawValue: plain) ?? aliases[plain] else { return nil }
        self = found
    }

    /// The characters of the bytes 0x80…0xFF of an encoding of one byte per character; nil for the others.
    var upperHalf: [Unicode.Scalar]? {
        let known: String
        switch self {
        case .utf8, .utf16LittleEndian, .utf16BigEndian: return nil
        case .windows1250: known = Self.windows1250Characters
        case .windows1251: known = Self.windows1251Characters
        case .windows1252: known = Self.windows1252Characters
        case .windows1253: known = Self.windows1253Characters
        case .windows1254: known = Self.windows1254Characters
        case .windows1255: known = Self.windows1255Characters
        case .windows1256: known = Self.windows1256Characters
        case .windows1257: known = Self.windows1257Characters
        case .windows1258: known = Self.windows1258Characters
        case .iso8859_1: known = Self.iso8859_1Characters
        case .iso8859_2: known = Self.iso8859_2Characters
        case .iso8859_3: known = Self.iso8859_3Characters
        case .iso8859_4: known = Self.iso8859_4Characters
        case .iso8859_5: known = Self.iso8859_5Characters
        case .iso8859_6: known = Self.iso8859_6Characters
        case .iso8859_7: known = Self.iso8859_7Characters
        case .iso8859_8: known = Self.iso8859_8Characters
        case .iso8859_9: known = Self.iso8859_9Characters
        case .iso8859_10: known = Self.iso8859_10Characters
        case .iso8859_11: known = Self.iso8859_11Characters
        case .iso8859_13: known = Self.iso8859_13Characters
        case .iso8859_14: known = Self.iso8859_14Characters
        case .iso8859_15: known = Self.iso8859_15Characters
        case .iso8859_16: known = Self.iso8859_16Characters
        }
        let scalars = Array(known.unicodeScalars)
        return (0x80..<UInt8(0x100 - scalars.count)).map { Unicode.Scalar($0) } + scalars
    }
}
