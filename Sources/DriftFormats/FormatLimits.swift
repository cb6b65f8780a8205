/// What one file may ask of the reader. Everything is checked while bytes stream through, so that memory stays
/// bounded whatever the file holds.
public struct FormatLimits: Hashable, Sendable {
    /// Longest record in bytes, as decompressed and before unescaping.
    public var recordBytesMax: Int
    /// Most fields in a record: columns of a row, members of an object with those nested in it.
    public var fieldsMax: Int
    /// Deepest nesting; a record's outermost object or element is 1.
    public var depthMax: Int
    /// Most bytes a compressed file may unfold to.
    public var decompressedBytesMax: Int64
    /// Most decompressed bytes per compressed byte, looked at from the first mebibyte of output on.
    public var ratioMax: Int64

    public init(
        recordBytesMax: Int = 1 << 20, fieldsMax: Int = 4096, depthMax: Int = 64,
        decompressedBytesMax: Int64 = 16 << 30, ratioMax: Int64 = 200
    ) {
        self.recordBytesMax = max(1, min(recordBytesMax, 1 << 29))
        self.fieldsMax = max(1, min(fieldsMax, 1 << 20))
        self.depthMax = max(1, min(depthMax, 1 << 20))
        self.decompressedBytesMax = decompressedBytesMax
        self.ratioMax = ratioMax
    }
}

/// Something wrong with a file as a whole: no record of it can be trusted.
public struct FormatFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// A small closed set, because it becomes the reason in the ledger and a label of metrics.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case duplicateHeader = "duplicate_header"
        case badHeader = "bad_header"
        case truncated
        case corrupt
        case trailingData = "trailing_data"
        case nestedCompression = "nested_compression"
        case unsupportedCompression = "unsupported_compression"
        case unsupportedFormat = "unsupported_format"
        case tooMuchData = "too_much_data"
        case noMemory = "no_memory"
        case invalidUTF8 = "invalid_utf8"
        case invalidJSON = "invalid_json"
        case invalidXML = "invalid_xml"
        case documentType = "document_type"
        case noRecordElement = "no_record_element"
        case recordTooLong = "record_too_long"
        case tooDeep = "too_deep"
        case unknownEncoding = "unknown_encoding"
    }

    public var code: Code
    /// What is wrong and what to do, in one sentence without a full stop.
    public var reason: String
    /// Bytes from the start of the file (compressed bytes for compression failures).
    public var byteOffset: Int64

    public init(_ code: Code, _ reason: String, byteOffset: Int64) {
        self.code = code
        self.reason = reason
        self.byteOffset = byteOffset
    }

    public var description: String { "\(code.rawValue) at byte \(byteOffset): \(reason)" }
}
