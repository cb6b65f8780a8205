/// How a file is to be read.
public struct ReaderOptions: Hashable, Sendable {
    /// nil: told by the first character (`{`: NDJSON, `[`: a JSON array, `<`: XML, else CSV).
    public var format: RecordFormat?
    public var csv: CSVDialect
    /// Local name of the XML element that is a record; nil: the children of the root.
    public var xmlRecord: String?
    /// Used where no byte order mark says otherwise.
    public var encoding: TextEncoding
    /// Whether ``encoding`` is a guess, so that an XML declaration counts for more.
    public var isEncodingAssumed: Bool
    public var selection: FieldSelection
    public var limits: FormatLimits

    public init(
        format: RecordFormat? = nil, csv: CSVDialect = CSVDialect(), xmlRecord: String? = nil,
        encoding: TextEncoding = .utf8, isEncodingAssumed: Bool = true, selection: FieldSelection = .all,
        limits: FormatLimits = FormatLimits()
    ) {
        self.format = format
        self.csv = csv
        self.xmlRecord = xmlRecord
        self.encoding = encoding
        self.isEncodingAssumed = isEncodingAssumed
        self.selection = selection
        self.limits = limits
    }
}

/// From a file's bytes to records: decompression, encoding, format; each told by the bytes where not given.
///
/// A pull: ``push(_:isLast:)`` hands over a block of the file, ``next(into:)`` works it off in steps of
/// bounded size. Not shared between threads.
public final class RecordReader {
    /// Most text that one step decodes; what a step adds to the records is of that order.
    static let blockBytes = 256 << 10

    private let options: ReaderOptions
    private var input: [UInt8] = []
    private var inputUsed = 0
    private var inputTotal: Int64 = 0
    private var isLastInput = false
    private var decompressor: (any Decompressor)?
    private var block: [UInt8] = []
    private var transcoder: Transcoder?
    private var text: [UInt8] = []
    private var decoder: (any RecordDecoder)?
    private var isFinished = false

    /// nil until the first bytes were seen.
    public private(set) var compression: Compression?
    /// nil until the first decompressed bytes were seen.
    public private(set) var encoding: TextEncoding?
    /// nil until the first text was seen.
    public private(set) var format: RecordFormat?
    /// Bytes after decompression so far.
    public private(set) var contentBytes: Int64 = 0

    public init(options: ReaderOptions) {
        self.options = options
    }

    /// Names of the fields records have, by index.
    public var fieldNames: [String] {
        if let decoder { return decoder.fieldNames }
        if case .only(let names) = options.selection { return names }
        return []
    }
    /// All columns of the file; nil before they were read, and for formats without a header.
    public var header: [String]? { decoder?.header }
    /// The CSV delimiter in use; nil before it is known, and for other formats.
    public var delimiter: UInt8? { (decoder as? CSVDecoder)?.delimiter }

    /// Hands over the next bytes of the file, once ``next(into:)`` asked for them.
    public func push(_ bytes: Span<UInt8>, isLast: Bool) {
        input.removeFirst(inputUsed)
        inputUsed = 0
        unsafe bytes.withUnsafeBufferPointer { unsafe input.append(contentsOf: $0) }
        inputTotal += Int64(bytes.count)
        isLastInput = isLast
    }

    /// Decodes a step's worth of what was handed over, appending to the records.
    /// - Returns: False when more bytes are needed, or the file is at its end (``isAtEnd``).
    /// - Throws: ``FormatFailure`` when the file as a whole cannot be read.
    public func next(into records: inout RawRecords) throws(FormatFailure) -> Bool {
        if isFinished { return false }
        if isLastInput && inputTotal == 0 {
            // A file without a byte has no records, whatever its format.
            isFinished = true
            return false
        }
        guard try start() else { return false }
        guard let decompressor else { return try pass(into: &records) }
        let room = max(Self.blockBytes, 1)
        if block.count != room { block = [UInt8](repeating: 0, count: room) }
        let compressed = input
        let (taken, made) = try decompressor.step(compressed.span.extracting(inputUsed...), into: &block)
        inputUsed += taken
        try count(made)
        let isDone = isLastInput && inputUsed == input.count && made < room
        if made > 0 {
            let unfolded = block
            try decode(unfolded.span.extracting(..<made), isLast: false, into: &records)
        }
        if isDone {
            try decompressor.finish()
            let nothing: [UInt8] = []
            try decode(nothing.span, isLast: true, into: &records)
            isFinished = true
            return false
        }
        return made > 0 || (taken > 0 && inputUsed < input.count)
    }

    /// Whether the whole file was decoded.
    public var isAtEnd: Bool { isFinished }

    /// Tells the compression once enough bytes are there. False: wait for more.
    private func start() throws(FormatFailure) -> Bool {
        if compression != nil { return true }
        if input.count < Compression.magicBytesMax, !isLastInput { return false }
        let found = Compression.detect(input.span)
        if let name = Compression.unsupported(input.span) {
            throw FormatFailure(
                .unsupportedCompression, "\(name) is not read; deliver the file plain, as gzip or as zstd",
                byteOffset: 0)
        }
        switch found {
        case .none: break
        case .gzip: decompressor = try GzipDecompressor()
        case .zstd: decompressor = try ZstdDecompressor()
        }
        compression = found
        return true
    }

    /// One block of a file that is not compressed.
    private func pass(into records: inout RawRecords) throws(FormatFailure) -> Bool {
        let end = min(input.count, inputUsed + Self.blockBytes)
        let isLast = isLastInput && end == input.count
        if inputUsed == end && !isLast { return false }
        let range = inputUsed..<end
        inputUsed = end
        contentBytes += Int64(range.count)
        let bytes = input
        try decode(bytes.span.extracting(range), isLast: isLast, into: &records)
        isFinished = isLast
        return !isLast
    }

    /// Holds decompression to its limits, as it happens.
    private func count(_ made: Int) throws(FormatFailure) {
        contentBytes += Int64(made)
        let limits = options.limits
        let consumed = inputTotal - Int64(input.count - inputUsed)
        if contentBytes > limits.decompressedBytesMax {
            throw FormatFailure(
                .tooMuchData, "more than \(limits.decompressedBytesMax) bytes when decompressed", byteOffset: consumed)
        }
        let ratio = limits.ratioMax.multipliedReportingOverflow(by: max(1, consumed))
        if contentBytes > 1 << 20, !ratio.overflow, contentBytes > ratio.partialValue {
            throw FormatFailure(
                .tooMuchData, "decompresses to more than \(limits.ratioMax) times its size", byteOffset: consumed)
        }
    }

    private func decode(_ bytes: Span<UInt8>, isLast: Bool, into records: inout RawRecords) throws(FormatFailure) {
        if transcoder != nil { return try decodeText(bytes, isLast: isLast, into: &records) }
        // Wait for the bytes that tell encoding and nested compression.
        unsafe bytes.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        if text.count < bytesToTell && !isLast { return }
        let first = text
        text = []
        let skipped = try begin(first.span)
        try decodeText(first.span.extracting(skipped...), isLast: isLast, into: &records)
    }

    private func decodeText(
        _ chunk: Span<UInt8>, isLast: Bool, into records: inout RawRecords
    ) throws(FormatFailure) {
        if transcoder?.isIdentity == true, decoder != nil {
            try decoder?.feed(chunk, isLast: isLast, into: &records)
            return
        }
        transcoder?.append(chunk, isLast: isLast, to: &text)
        if decoder == nil {
            let isBlank = text.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == lineFeed || $0 == carriageReturn }
            if isBlank && !isLast && text.count < options.limits.recordBytesMax { return }
            try makeDecoder()
        }
        var current: [UInt8] = []
        swap(&current, &text)
        try decoder?.feed(current.span, isLast: isLast, into: &records)
        current.removeAll(keepingCapacity: true)
        swap(&current, &text)
    }

    /// An XML declaration has to be there whole.
    private var bytesToTell: Int {
        let isXML = options.isEncodingAssumed && (options.format == .xml || options.format == nil && text.first == 0x3C)
        return isXML && !text.contains(UInt8(ascii: ">")) ? XMLDeclaration.bytesMax : Compression.magicBytesMax
    }

    /// Tells the encoding. Returns the length of the byte order mark.
    private func begin(_ prefix: Span<UInt8>) throws(FormatFailure) -> Int {
        if compression != Compression.none,
            Compression.detect(prefix) != .none || Compression.unsupported(prefix) != nil
        {
            throw FormatFailure(
                .nestedCompression, "compressed twice; one layer of gzip or zstd is read", byteOffset: 0)
        }
        let mark = TextEncoding.byteOrderMark(prefix)
        let declared = mark == nil ? try declaredEncoding(prefix) : nil
        let found = mark?.encoding ?? declared ?? options.encoding
        encoding = found
        transcoder = Transcoder(found)
        return mark?.count ?? 0
    }

    /// What an XML declaration says, where nobody said it in the configuration.
    private func declaredEncoding(_ prefix: Span<UInt8>) throws(FormatFailure) -> TextEncoding? {
        guard options.isEncodingAssumed, options.format == .xml || options.format == nil,
            let declared = XMLDeclaration.encoding(prefix)
        else { return nil }
        if let found = declared.encoding { return found }
        throw FormatFailure(
            .unknownEncoding,
            "the XML declaration names the encoding '\(declared.name)', which is not read; "
                + "deliver UTF-8, or say with 'encoding' what it is", byteOffset: 0)
    }

    private func makeDecoder() throws(FormatFailure) {
        // However the bytes came: no further than blanks are waited for.
        let first = text.prefix(options.limits.recordBytesMax).first {
            $0 != 0x20 && $0 != 0x09 && $0 != lineFeed && $0 != carriageReturn
        }
        let found = options.format ?? Self.format(startingWith: first)
        format = found
        let (selection, limits) = (options.selection, options.limits)
        switch found {
        case .csv: decoder = CSVDecoder(options: options.csv, selection: selection, limits: limits)
        case .ndjson: decoder = try NDJSONDecoder(selection: selection, limits: limits)
        case .json: decoder = try JSONArrayDecoder(selection: selection, limits: limits)
        case .xml: decoder = try XMLDecoder(record: options.xmlRecord, selection: selection, limits: limits)
        }
    }

    private static func format(startingWith first: UInt8?) -> RecordFormat {
        switch first {
        case UInt8(ascii: "{"): .ndjson
        case UInt8(ascii: "["): .json
        case UInt8(ascii: "<"): .xml
        default: .csv
        }
    }
}
