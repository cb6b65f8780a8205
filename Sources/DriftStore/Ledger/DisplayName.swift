/// File names, which are bytes, as text that can be shown anywhere.
public enum DisplayName {
    /// A name on one line: control characters, line separators, characters that turn the direction of writing and
    /// what is no UTF-8 are escaped (`\xNN`, `\u{NNNN}`), and so is the backslash, so that no two names look the same
    /// for it.
    public static func escaped(_ name: [UInt8]) -> String {
        guard let text = String(validating: name, as: UTF8.self) else {
            return name.map { (0x20..<0x7F).contains($0) ? escaped(Unicode.Scalar($0)) : byte(UInt32($0)) }.joined()
        }
        return text.unicodeScalars.map(escaped).joined()
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x5C: "\\\\"
        case 0..<0x20, 0x7F..<0xA0: byte(scalar.value)
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0xE0000...0xE007F:
            "\\u{\(String(scalar.value, radix: 16))}"
        default: String(scalar)
        }
    }

    private static func byte(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
}
