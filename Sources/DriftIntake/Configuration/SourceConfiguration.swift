public import DriftEngine
public import DriftFormats
public import DriftModel

/// One entry of `sources:`: where files come from, how they are read, and what their records mean.
///
/// Expressions are kept as text with their place in the file; the intake compiles them against the model.
public struct SourceConfiguration: Hashable, Codable, Sendable {
    /// Unique among the sources; letters, digits, `_`, `-`, `.`.
    public var name: String
    /// Where files are dropped, absolute; `<spool>/incoming/<name>` unless set.
    public var directory: String
    /// File names taken: a glob with `*`, `?` and `[…]`.
    public var match: String
    public var format: SourceFormat
    public var csv: CSVOptions
    public var xml: XMLOptions
    public var encoding: SourceEncoding
    public var completion: Completion
    public var trust: Trust
    /// Records for which this is TRUE are counted as ignored; over the file's fields.
    public var skip: PositionedText?
    /// nil: fields of the file named like the event's are taken as they are.
    public var map: RecordMapping?
    /// Further events of each record.
    public var also: [EventMapping]
    /// Texts that mean NULL, compared whole.
    public var nullTokens: [String]
    /// Share of a file's records, 0…1: with more quarantined than this the whole file is.
    public var quarantinedShareMax: Double
    public var limits: SourceLimits
    /// A source that has delivered no file for so many seconds is told of; nil: it may be silent as long as it likes.
    public var stalledAfterSeconds: Int64?

    public init(
        name: String, directory: String, match: String = "*", format: SourceFormat = .auto,
        csv: CSVOptions = CSVOptions(), xml: XMLOptions = XMLOptions(), encoding: SourceEncoding = .auto,
        completion: Completion = .rename, trust: Trust = .internal, skip: PositionedText? = nil,
        map: RecordMapping? = nil, also: [EventMapping] = [],
        nullTokens: [String] = SourceConfiguration.nullTokensDefault, quarantinedShareMax: Double = 0.2,
        limits: SourceLimits = SourceLimits(), stalledAfterSeconds: Int64? = nil
    ) {
        self.name = name
        self.directory = directory
        self.match = match
        self.format = format
        self.csv = csv
        self.xml = xml
        self.encoding = encoding
        self.completion = completion
        self.trust = trust
        self.skip = skip
        self.map = map
        self.also = also
        self.nullTokens = nullTokens
        self.quarantinedShareMax = quarantinedShareMax
        self.limits = limits
        self.stalledAfterSeconds = stalledAfterSeconds
    }

    /// What means NULL unless the source says otherwise.
    public static let nullTokensDefault = ["", "NA", "N/A", "null", "-"]
}

/// The form of a file's records. Compression is found by magic bytes and is not part of it.
public enum SourceFormat: String, CaseIterable, Hashable, Codable, Sendable {
    case csv, tsv, ndjson, json, xml, auto
}

/// `csv:` — how a delimited file is written.
public struct CSVOptions: Hashable, Codable, Sendable {
    /// ASCII; nil: found from the first records.
    public var delimiter: UInt8?
    /// The first record names the columns; otherwise they are `c1`, `c2`, ….
    public var header: Bool
    /// ASCII; nil: nothing is quoted.
    public var quote: UInt8?

    public init(delimiter: UInt8? = nil, header: Bool = true, quote: UInt8? = UInt8(ascii: "\"")) {
        self.delimiter = delimiter
        self.header = header
        self.quote = quote
    }
}

/// `xml:` — which elements are records.
public struct XMLOptions: Hashable, Codable, Sendable {
    /// Name of the element that is one record; nil: the children of the root.
    public var record: String?

    public init(record: String? = nil) {
        self.record = record
    }
}

/// The encoding of a file's text.
public enum SourceEncoding: Hashable, Codable, Sendable {
    /// By byte order mark or XML declaration, else UTF-8, else (invalid as UTF-8) windows-1252 with a warning.
    case auto
    /// This one, unless there is a byte order mark.
    case text(TextEncoding)

    /// From its name in the configuration; nil: none of these. `utf-16` without a byte order mark is little-endian,
    /// the common order.
    public init?(name: String) {
        if name == "auto" {
            self = .auto
        } else if let encoding = TextEncoding(name: name) {
            self = .text(encoding)
        } else {
            return nil
        }
    }

    /// What is assumed of a file's text before it is read.
    public var text: TextEncoding {
        switch self {
        case .auto: .utf8
        case .text(let encoding): encoding
        }
    }
}

/// How a producer says that a file is complete.
public enum Completion: Hashable, Codable, Sendable {
    /// It appears under its name when it is whole.
    case rename
    /// Size and modification time have been still for so many seconds.
    case quiet(seconds: Int64)
    /// A second file of the same name with this suffix appears.
    case sidecar(suffix: String)
}

/// `map:` — a record's own event.
public struct RecordMapping: Hashable, Codable, Sendable {
    public var customer: PositionedText
    public var type: PositionedText
    public var at: PositionedText
    /// nil (or the expression NULL): records have no id.
    public var id: PositionedText?
    /// Event fields and attributes, in the order written.
    public var fields: [FieldMapping]

    public init(
        customer: PositionedText, type: PositionedText, at: PositionedText, id: PositionedText? = nil,
        fields: [FieldMapping] = []
    ) {
        self.customer = customer
        self.type = type
        self.at = at
        self.id = id
        self.fields = fields
    }
}

/// One entry of `also:` — a further event of each record, with the record's customer and time.
public struct EventMapping: Hashable, Codable, Sendable {
    public var type: PositionedText
    /// Event fields and attributes, in the order written.
    public var fields: [FieldMapping]

    public init(type: PositionedText, fields: [FieldMapping] = []) {
        self.type = type
        self.fields = fields
    }
}

/// One event field or attribute and the expression that gives it.
public struct FieldMapping: Hashable, Codable, Sendable {
    /// The name, with its place in the file: whether the model knows it is seen later.
    public var name: PositionedText
    public var expression: PositionedText

    public init(name: PositionedText, expression: PositionedText) {
        self.name = name
        self.expression = expression
    }
}

/// `limits:` — what one file may cost; beyond it the file, or the record, is quarantined.
public struct SourceLimits: Hashable, Codable, Sendable {
    /// Bytes of the file as delivered.
    public var fileBytes: Int64
    /// Bytes after decompression.
    public var decompressedBytes: Int64
    /// Decompressed bytes per compressed byte.
    public var ratio: Double
    /// Bytes of one record.
    public var recordBytes: Int64
    /// Fields of one record.
    public var fields: Int
    /// Levels of nesting in JSON and XML.
    public var depth: Int
    /// Files taken and not done at a time; nil: the usual. More are left where they are until those are done. Optional
    /// because the ledger keeps limits from before there was this one.
    public var waiting: Int?

    public init(
        fileBytes: Int64 = 4 << 30, decompressedBytes: Int64 = 16 << 30, ratio: Double = 200,
        recordBytes: Int64 = 1 << 20, fields: Int = 4096, depth: Int = 64, waiting: Int? = nil
    ) {
        self.fileBytes = fileBytes
        self.decompressedBytes = decompressedBytes
        self.ratio = ratio
        self.recordBytes = recordBytes
        self.fields = fields
        self.depth = depth
        self.waiting = waiting
    }

    /// Files of one source that are taken and not done at a time, unless it says otherwise.
    public static let waitingDefault = 100_000

    /// For sources of `trust: external`: a quarter of the usual, because nobody vouches for them.
    public static let external = SourceLimits(
        fileBytes: 1 << 30, decompressedBytes: 4 << 30, ratio: 100, recordBytes: 256 << 10, fields: 1024, depth: 32,
        waiting: waitingDefault / 4)
}
