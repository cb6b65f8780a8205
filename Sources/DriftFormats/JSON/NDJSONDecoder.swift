import CSimdJSON

/// One JSON object per line, through simdjson's first stage and a strict second one behind a C interface.
///
/// Members of nested objects are named `a.b`. Numbers and booleans give their token as written, null is
/// missing, arrays (and objects asked for by name) give their JSON text. A line that cannot be read is refused
/// alone. Duplicate names in an object are refused: which of the two was meant cannot be known.
public struct NDJSONDecoder: RecordDecoder {
    private let reader: JSONLineReader
    private let limits: FormatLimits
    private var pending: [UInt8] = []
    private var pendingOffset: Int64 = 0
    private var skipping = false
    private var recordCount: Int64 = 0

    public init(selection: FieldSelection = .all, limits: FormatLimits = .init()) throws(FormatFailure) {
        reader = try JSONLineReader(selection: selection, limits: limits)
        self.limits = limits
    }

    public var fieldNames: [String] { reader.fieldNames }
    public var header: [String]? { nil }

    /// Takes the next bytes and appends the records that are complete.
    public mutating func feed(
        _ chunk: Span<UInt8>, isLast: Bool, into records: inout RawRecords
    ) throws(FormatFailure) {
        var text: [UInt8] = []
        swap(&text, &pending)
        unsafe chunk.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        var start = 0
        if skipping {
            let end = text.firstIndex(of: lineFeed)
            start = end.map { $0 + 1 } ?? text.count
            skipping = end == nil
        }
        let end = isLast ? text.count : (text[start...].lastIndex(of: lineFeed).map { $0 + 1 } ?? start)
        if end > start { readBlock(&text, start..<end, into: &records) }
        var consumed = end
        // The rest is the start of one line; beyond the limit nothing of it is kept.
        if !isLast, !skipping, text.count - end > limits.recordBytesMax {
            refuseLong(text[end...], into: &records)
            skipping = true
            consumed = text.count
        }
        pendingOffset += Int64(consumed)
        text.removeFirst(consumed)
        swap(&text, &pending)
    }

    private mutating func refuseLong(_ line: ArraySlice<UInt8>, into records: inout RawRecords) {
        recordCount += 1
        records.rejects.append(
            RawRecords.Reject(
                number: recordCount, byteOffset: pendingOffset + Int64(line.startIndex), code: .recordTooLong,
                reason: "longer than \(limits.recordBytesMax) bytes",
                sample: Array(line.prefix(min(limits.recordBytesMax, RawRecords.Reject.sampleBytesMax))),
                recordsBefore: records.records.count))
    }

    /// Reads whole lines: `range` of `text`.
    private mutating func readBlock(_ text: inout [UInt8], _ range: Range<Int>, into records: inout RawRecords) {
        let rawBase = records.bytes.count - range.lowerBound
        records.bytes.append(contentsOf: text[range])
        let textBase = records.bytes.count
        let firstField = records.fields.count
        reader.read(&text, range, textBase: textBase, into: &records)
        for line in reader.lines {
            let place = line.start + range.lowerBound
            let raw = text[place..<(place + line.count)]
            if line.count > limits.recordBytesMax {
                refuseLong(raw, into: &records)
                continue
            }
            recordCount += 1
            if let refusal = line.refusal {
                records.rejects.append(
                    RawRecords.Reject(
                        number: recordCount, byteOffset: pendingOffset + Int64(place), code: refusal.code,
                        reason: "\(refusal.reason), at byte \(refusal.place + 1) of the line",
                        sample: Array(raw.prefix(RawRecords.Reject.sampleBytesMax)),
                        recordsBefore: records.records.count))
                continue
            }
            records.records.append(
                RawRecords.Record(
                    number: recordCount, byteOffset: pendingOffset + Int64(place),
                    firstField: firstField + line.firstSlice, fieldCount: line.sliceCount,
                    raw: RawRecords.Field(offset: UInt32(rawBase + place), count: UInt32(line.count))))
        }
    }
}

/// Owns the reader behind the C interface.
@safe private final class JSONLineReader {
    struct Line {
        var start: Int
        var count: Int
        var firstSlice: Int
        var sliceCount: Int
        var refusal: (code: RawRecords.Reject.Code, reason: String, place: Int)?
    }

    private let handle: OpaquePointer
    private(set) var lines: [Line] = []

    init(selection: FieldSelection, limits: FormatLimits) throws(FormatFailure) {
        let discover: Int32 = selection == .all ? 1 : 0
        guard
            let made = unsafe segdrift_ndjson_create(UInt32(limits.depthMax), UInt32(limits.fieldsMax), discover)
        else { throw FormatFailure(.noMemory, "no memory for a JSON reader", byteOffset: 0) }
        unsafe handle = made
        guard case .only(let names) = selection else { return }
        for name in names {
            let bytes = Array(name.utf8)
            unsafe bytes.withUnsafeBufferPointer { buffer in
                _ = unsafe segdrift_ndjson_add_field(handle, buffer.baseAddress, buffer.count)
            }
        }
    }

    deinit { unsafe segdrift_ndjson_destroy(handle) }

    var fieldNames: [String] {
        let known = unsafe segdrift_ndjson_field_count(handle)
        return (0..<known).map { index in
            var count = 0
            let bytes = unsafe segdrift_ndjson_field_name(handle, index, &count)
            return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }
    }

    /// Reads the lines of a block into ``lines``; their fields and texts are appended to `records`.
    /// - Parameter textBase: Where the texts will begin in the records' bytes.
    func read(_ text: inout [UInt8], _ range: Range<Int>, textBase: Int, into records: inout RawRecords) {
        // Readable bytes behind the block: the reader looks at whole words.
        let padding = Int(SEGDRIFT_JSON_PADDING)
        let room = text.count - range.upperBound
        if room < padding { text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding - room)) }
        var batch = unsafe segdrift_json_batch()
        unsafe text.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress else { return }
            unsafe segdrift_ndjson_parse(handle, first + range.lowerBound, range.count, &batch)
        }
        if room < padding { text.removeLast(padding - room) }
        unsafe records.bytes.append(contentsOf: UnsafeBufferPointer(start: batch.text, count: batch.text_count))
        unsafe records.fields.reserveCapacity(records.fields.count + batch.slice_count)
        for index in 0..<(unsafe batch.slice_count) {
            let slice = unsafe batch.slices[index]
            let isMissing = slice.offset == .max
            records.fields.append(
                isMissing ? .missing : RawRecords.Field(offset: slice.offset + UInt32(textBase), count: slice.count))
        }
        lines.removeAll(keepingCapacity: true)
        for index in 0..<(unsafe batch.line_count) {
            let line = unsafe batch.lines[index]
            unsafe lines.append(
                Line(
                    start: Int(line.start), count: Int(line.count), firstSlice: Int(line.first_slice),
                    sliceCount: Int(line.slice_count), refusal: refusal(line)))
        }
    }

    private func refusal(_ line: segdrift_json_line) -> (code: RawRecords.Reject.Code, reason: String, place: Int)? {
        guard unsafe line.code != 0 else { return nil }
        let reason = unsafe line.reason.map { unsafe String(cString: $0) } ?? "cannot be read"
        return unsafe (JSONText.code(line.code), reason, Int(line.place))
    }
}

/// Checks of single JSON texts.
public enum JSONText {
    /// Why a text is no JSON, and where.
    public struct Problem: Hashable, Sendable {
        public var code: RawRecords.Reject.Code
        public var reason: String
        /// 0-based.
        public var byteOffset: Int
    }

    /// Checks that the bytes are exactly one JSON value (RFC 8259), valid UTF-8, no name twice in an object.
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
        case segdrift_json_duplicate_key.rawValue: .duplicateKey
        case segdrift_json_too_deep.rawValue: .tooDeep
        case segdrift_json_too_many_fields.rawValue: .tooManyFields
        case segdrift_json_nul.rawValue: .nulByte
        default: .invalidJSON
        }
    }
}
