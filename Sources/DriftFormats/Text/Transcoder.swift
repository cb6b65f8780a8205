/// Turns text of one encoding into UTF-8, chunk by chunk.
///
/// What cannot be turned becomes a byte that is never valid UTF-8, so that the record it stands in is refused
/// and no other.
struct Transcoder {
    private let encoding: TextEncoding
    /// UTF-8 of each byte from 0x80 on, for encodings of one byte per character.
    private let upper: [[UInt8]]
    /// A byte of UTF-16 whose partner has not come yet.
    private var half: UInt8?
    private var highSurrogate: UInt16?
    private static let invalid: UInt8 = 0xFF

    init(_ encoding: TextEncoding) {
        self.encoding = encoding
        upper = (encoding.upperHalf ?? []).map { $0 == "\u{FFFD}" ? [Self.invalid] : Array(String($0).utf8) }
    }

    /// Whether bytes pass as they are.
    var isIdentity: Bool { encoding == .utf8 }

    /// Appends a chunk's text as UTF-8.
    mutating func append(_ chunk: Span<UInt8>, isLast: Bool, to text: inout [UInt8]) {
        switch encoding {
        case .utf8: unsafe chunk.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        case .utf16LittleEndian, .utf16BigEndian: appendUTF16(chunk, isLast: isLast, to: &text)
        default:
            for index in chunk.indices {
                let byte = chunk[index]
                if byte < 0x80 { text.append(byte) } else { text.append(contentsOf: upper[Int(byte) - 0x80]) }
            }
        }
    }

    private mutating func appendUTF16(_ chunk: Span<UInt8>, isLast: Bool, to text: inout [UInt8]) {
        for index in chunk.indices {
            guard let first = half else {
                half = chunk[index]
                continue
            }
            half = nil
            let second = chunk[index]
            let unit =
                encoding == .utf16LittleEndian
                ? UInt16(first) | UInt16(second) << 8 : UInt16(first) << 8 | UInt16(second)
            append(unit, to: &text)
        }
        guard isLast else { return }
        if half != nil || highSurrogate != nil { text.append(Self.invalid) }
        half = nil
        highSurrogate = nil
    }

    private mutating func append(_ unit: UInt16, to text: inout [UInt8]) {
        let isLow = unit & 0xFC00 == 0xDC00
        if let high = highSurrogate {
            highSurrogate = nil
            if isLow {
                let value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
                if let scalar = Unicode.Scalar(value) { text.append(contentsOf: String(scalar).utf8) }
                return
            }
            text.append(Self.invalid)
        }
        if unit & 0xFC00 == 0xD800 {
            highSurrogate = unit
        } else if isLow {
            text.append(Self.invalid)
        } else if unit < 0x80 {
            text.append(UInt8(unit))
        } else if let scalar = Unicode.Scalar(UInt32(unit)) {
            text.append(contentsOf: String(scalar).utf8)
        }
    }
}
