public import DriftModel
public import DriftStore

/// A record that cannot be used, with its place and the reason.
public struct RefusedRecord: Hashable, Sendable {
    /// 1-based number in the file, header not counted.
    public var number: Int64
    /// Where it starts in the decompressed text, as UTF-8.
    public var byteOffset: Int64
    public var code: String
    public var reason: String
    /// Its first bytes, at most 256, as they are.
    public var sample: [UInt8]

    public init(number: Int64, byteOffset: Int64, code: String, reason: String, sample: [UInt8]) {
        self.number = number
        self.byteOffset = byteOffset
        self.code = code
        self.reason = reason
        self.sample = sample
    }

    /// For the ledger; what is no UTF-8 is repaired.
    public var quarantined: QuarantinedRecord {
        QuarantinedRecord(
            record: number, byteOffset: byteOffset, code: code, reason: reason,
            sample: String(decoding: sample, as: UTF8.self))
    }
}

/// A number of ignored records of one kind.
public struct IgnoredCount: Hashable, Sendable {
    /// `skip`, or `type` with the unknown type's name as detail.
    public var code: String
    public var detail: String
    public var count: Int64

    public init(code: String, detail: String, count: Int64) {
        self.code = code
        self.detail = detail
        self.count = count
    }
}

/// What the first pass over a file found. Nothing in it depends on the database.
public struct Verdict: Hashable, Sendable {
    /// Why a file is refused whole.
    public struct Failure: Hashable, Sendable {
        /// A small closed set.
        public var code: String
        public var reason: String
        /// Where it shows; nil when the file as a whole is meant.
        public var byteOffset: Int64?

        public init(code: String, reason: String, byteOffset: Int64? = nil) {
            self.code = code
            self.reason = reason
            self.byteOffset = byteOffset
        }
    }

    /// Hex SHA-256 of the raw bytes: the file's identity.
    public var sha256 = ""
    /// What it looked like when it was read.
    public var stamp = FileStamp(device: 0, inode: 0, size: 0, modifiedNanoseconds: 0, changedNanoseconds: 0)
    /// Bytes after decompression.
    public var contentBytes: Int64 = 0
    public var format = ""
    public var encoding = ""
    public var compression = ""
    /// The CSV delimiter as text; nil for other formats.
    public var delimiter: String?
    /// For people.
    public var warnings: [String] = []
    /// Records that could be told apart, whatever became of them.
    public var records: Int64 = 0
    /// The number of the last record of the file, selected or not.
    public var lastRecord: Int64 = 0
    /// Records with events for the engine.
    public var mapped: Int64 = 0
    public var ignored: Int64 = 0
    public var ignoredTypes: [IgnoredCount] = []
    public var quarantined: Int64 = 0
    /// Quarantined records by code, the most frequent first.
    public var quarantinedByCode: [IgnoredCount] = []
    /// The first refused records, at most ``examplesMax``.
    public var examples: [RefusedRecord] = []
    /// The first and last `at` of mapped records; nil without any.
    public var firstAt: Instant?
    public var lastAt: Instant?
    /// Whether the mapped records are in time order already.
    public var isSorted = true
    /// How often each mapped field has no value.
    public var fields: [FileFigures.Field] = []
    /// What the file consists of; nil when that cannot be told.
    public var form: FeedSample?
    /// Why the file is refused whole; nil: it can be applied.
    public var failure: Failure?

    /// Whether all of the file was read, or its columns at least: what it consists of is meant so.
    public var isReadThrough: Bool {
        guard let failure else { return true }
        return failure.code == "missing_column" || failure.code == "too_many_quarantined"
    }

    public static let examplesMax = 100

    public init() {}

    /// Share of the records that are quarantined, 0…1.
    public var quarantinedShare: Double { records == 0 ? 0 : Double(quarantined) / Double(records) }

    /// For the ledger.
    public var ledgerRow: FileVerdict {
        FileVerdict(
            sha256: sha256, size: stamp.size, contentBytes: contentBytes, format: format, encoding: encoding,
            compression: compression, warnings: warnings, scanned: records, rejects: quarantined, firstAt: firstAt,
            lastAt: lastAt,
            figures: FileFigures(
                fields: fields, rejects: quarantinedByCode.map { .init(code: $0.code, records: $0.count) }))
    }
}
