import CSimdJSON

/// Checks of single JSON texts.
public enum JSONText {
    /// Why a text is no JSON, and where.
    public struct Problem: Hashable, Sendable {
        public var code: RawRecords.Reject.Code
        public var reason: String
        /// 0-based.
        public var byteOffset: Int
    }

    /// Checks that the bytes are exactly one JSON value (RFC 8259) and valid UTF-8.
    /// - Returns: nil when they are.
    public static func problem(_ bytes: [UInt8], depthMax: Int = 64) -> Problem? {
        var padded = bytes
        padded.append(contentsOf: repeatElement(UInt8(ascii: " "), count: Int(SEGDRIFT_JSON_PADDING)))
        var place = 0
        var reason: UnsafePointer<CChar>?
        let code = unsafe padded.withUnsafeBufferPointer { buffer in
            unsafe segdrift_json_validate(buffer.baseAddress, bytes.count, UInt32(depthMax), &place, &reason)
        }
        guard code != 0 else { return nil }
        let words = unsafe reason.map { unsafe String(cString: $0) } ?? "cannot be read"
        return Problem(code: Self.code(code), reason: words, byteOffset: place)
    }

    static func code(_ code: UInt32) -> RawRecords.Reject.Code {
        switch code {
        case segdrift_json_utf8.rawValue: .invalidUTF8
        case segdrift_json_not_an_object.rawValue: .notAnObject
        case segdrift_json_too_deep.rawValue: .tooDeep
        case segdrift_json_too_many_fields.rawValue: .tooManyFields
        case segdrift_json_nul.rawValue: .nulByte
        default: .invalidJSON
        }
    }

    /// Space, tab, line feed, carriage return: all that JSON and XML allow between their parts.
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == lineFeed || byte == carriageReturn
    }
}
