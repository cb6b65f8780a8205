/// Records as a decoder found them: flat arrays, no object per record or field.
///
/// ``bytes`` holds the decoded text the records came from (so that a refused record can be shown) and the
/// unescaped bytes of their fields; a field is a range in it.
public struct RawRecords: Sendable {
    /// The bytes of one field, or their absence.
    @frozen
    public struct Field: Hashable, Sendable {
        /// First byte in ``RawRecords/bytes``; meaningless when missing.
        public var offset: UInt32
        /// Number of bytes.
        public var count: UInt32

        @inlinable
        public init(offset: UInt32, count: UInt32) {
            self.offset = offset
            self.count = count
        }

        /// No such column or member, or a JSON null.
        @inlinable public static var missing: Field { Field(offset: .max, count: 0) }
        @inlinable public var isMissing: Bool { offset == .max }
        @inlinable public var range: Range<Int> { Int(offset)..<(Int(offset) + Int(count)) }
    }

    /// Where one record lies, and what is wrong with it.
    public struct Record: Hashable, Sendable {
        /// 1-based number in the file, header not counted.
        public var number: Int64
        /// Where it starts in the decoded text (decompressed, as UTF-8).
        public var byteOffset: Int64
        /// First of its fields in ``RawRecords/fields``.
        public var firstField: Int
        /// How many there are; a field beyond them is missing.
        public var fieldCount: Int
        /// The record as it was written, or at least its first ``Reject/sampleBytesMax`` bytes.
        public var raw: Field

        public init(number: Int64, byteOffset: Int64, firstField: Int, fieldCount: Int, raw: Field) {
            self.number = number
            self.byteOffset = byteOffset
            self.firstField = firstField
            self.fieldCount = fieldCount
            self.raw = raw
        }
    }

    /// A record that could not be read, with its place and the reason.
    public struct Reject: Hashable, Sendable {
        /// A small closed set; becomes the `code` in quarantine and a label of metrics.
        public enum Code: String, Hashable, Sendable, CaseIterable {
            case recordTooLong = "record_too_long"
            case tooManyFields = "too_many_fields"
            case tooDeep = "too_deep"
            case fieldCount = "field_count"
            case badQuote = "bad_quote"
            case unterminatedQuote = "unterminated_quote"
            case nulByte = "nul_byte"
            case invalidUTF8 = "invalid_utf8"
            case invalidJSON = "invalid_json"
            case notAnObject = "not_an_object"
            case unknownEntity = "unknown_entity"
        }

        /// Longest ``sample`` in bytes.
        public static let sampleBytesMax = 256

        /// 1-based number in the file, header not counted.
        public var number: Int64
        /// Where it starts in the decoded text.
        public var byteOffset: Int64
        public var code: Code
        /// What is wrong, in one sentence without a full stop.
        public var reason: String
        /// The record's first bytes as they are.
        public var sample: [UInt8]
        /// How many records of the same batch came before it, to tell the order of both lists.
        public var recordsBefore: Int

        public init(
            number: Int64, byteOffset: Int64, code: Code, reason: String, sample: [UInt8], recordsBefore: Int
        ) {
            self.number = number
            self.byteOffset = byteOffset
            self.code = code
            self.reason = reason
            self.sample = sample
            self.recordsBefore = recordsBefore
        }
    }

    public var bytes: [UInt8] = []
    public var records: [Record] = []
    public var fields: [Field] = []
    /// In order of their numbers, like ``records``; each number is in one of the two.
    public var rejects: [Reject] = []

    public init() {}

    /// Forgets the contents, keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        rejects.removeAll(keepingCapacity: true)
    }

    /// A field of a record by its index in the decoder's field names.
    @inlinable
    public func field(_ index: Int, of record: Record) -> Field {
        index < record.fieldCount ? fields[record.firstField + index] : .missing
    }

    /// A copy of a field's bytes; nil when it is missing.
    public func bytes(_ index: Int, of record: Record) -> [UInt8]? {
        let field = field(index, of: record)
        return field.isMissing ? nil : Array(bytes[field.range])
    }

    /// The first bytes of a record as it was written.
    public func sample(of record: Record) -> [UInt8] {
        let range = record.raw.range
        return Array(bytes[range.lowerBound..<min(range.upperBound, range.lowerBound + Reject.sampleBytesMax)])
    }
}

/// Which fields a decoder hands out, and in what order.
public enum FieldSelection: Hashable, Sendable {
    /// Every column of the header; every member met (their order is that of first appearance).
    case all
    /// These alone, in this order; what the file does not have is missing in every record.
    case only([String])
}
