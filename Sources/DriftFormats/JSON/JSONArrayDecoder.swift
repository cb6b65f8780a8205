import CSimdJSON

/// One JSON array of objects, or a lone object, of any size: elements are read as they come, as in
/// ``NDJSONDecoder``.
///
/// An element that cannot be read is refused alone as long as its brackets and quotes are balanced. Where the array
/// itself is broken (a comma too many, no closing bracket, text behind it) the file cannot be trusted as a whole.
public struct JSONArrayDecoder: RecordDecoder {
    private enum Phase: Equatable {
        case before
        case array
        case lone(first: UInt8)
        case after
    }

    private let reader: JSONReader
    private let limits: FormatLimits
    private var phase = Phase.before
    private var splitter: JSONSplitter?
    /// The start of an element whose end has not come yet.
    private var pending: [UInt8] = []
    /// Offset in the text of the first pending byte.
    private var pendingOffset: Int64 = 0
    /// Inside the rest of an element that is too long to keep.
    private var skipping = false
    private var recordCount: Int64 = 0

    public init(selection: FieldSelection = .all, limits: FormatLimits = .init()) throws(FormatFailure) {
        reader = try JSONReader(selection: selection, limits: limits)
        self.limits = limits
    }

    public var fieldNames: [String] { reader.fieldNames }
    public var header: [String]? { nil }

    /// Takes the next bytes and appends the records that are complete.
    public mutating func feed(
        _ chunk: Span<UInt8>, isLast: Bool, into records: inout RawRecords
    ) throws(FormatFailure) {
        let base = records.bytes.count
        var from = pending.count
        records.bytes.append(contentsOf: pending)
        pending.removeAll(keepingCapacity: true)
        unsafe chunk.withUnsafeBufferPointer { unsafe records.bytes.append(contentsOf: $0) }
        let count = records.bytes.count - base
        // Where the element that is being read begins.
        var start = 0
        if phase == .before {
            start = try begin(records.bytes, base)
            from = start
        }
        var ranges: [segdrift_json_range] = []
        if let splitter, phase != .after {
            splitter.scan(records.bytes, from..<count, base: base)
            start = collect(splitter, records.bytes, base, from: start, into: &ranges)
        }
        if phase == .after { try checkBehind(records.bytes, from: base + start, base) }
        if isLast { try finish(at: count, lone: start, into: &ranges) }
        let end = isLast || phase == .after ? count : firstNotBlank(records.bytes, from: base + start) - base
        let rest = records.bytes[(base + end)...]
        let isLong = !skipping && rest.count > limits.recordBytesMax
        let sample = isLong ? Array(rest.prefix(sampleBytes)) : []
        if !isLong && !skipping { pending.append(contentsOf: rest) }
        records.bytes.removeLast(count - end)
        if !ranges.isEmpty { try readBlock(ranges, from: base, into: &records) }
        if isLong {
            refuseLong(at: end, sample, into: &records)
            skipping = true
        }
        pendingOffset += Int64(count - pending.count)
    }

    // MARK: Structure

    /// Finds out what kind of text it is. Returns the place of the first element's first byte, from `base`.
    private mutating func begin(_ bytes: [UInt8], _ base: Int) throws(FormatFailure) -> Int {
        guard let first = bytes[base...].firstIndex(where: { !JSONText.isBlank($0) }) else { return bytes.count - base }
        let isArray = bytes[first] == UInt8(ascii: "[")
        splitter = try JSONSplitter(isArray: isArray)
        phase = isArray ? .array : .lone(first: bytes[first])
        return first - base + (isArray ? 1 : 0)
    }

    /// Turns cuts into the ranges of elements. Returns the place behind the last one.
    ///
    /// White space before an element counts neither for its length nor for its place: in a text that comes in pieces
    /// it has gone by when the element's length is looked at.
    private mutating func collect(
        _ splitter: JSONSplitter, _ bytes: [UInt8], _ base: Int, from first: Int,
        into ranges: inout [segdrift_json_range]
    ) -> Int {
        var start = first
        for cut in splitter.cuts {
            let stop = phase == .array ? cut : cut + 1
            if !skipping, stop - start > limits.recordBytesMax {
                start = min(stop, firstNotBlank(bytes, from: base + start) - base)
            }
            if !skipping { ranges.append(segdrift_json_range(start: UInt32(start), count: UInt32(stop - start))) }
            skipping = false
            start = cut + 1
        }
        if splitter.isClosed { phase = .after }
        return start
    }

    private func checkBehind(_ bytes: [UInt8], from start: Int, _ base: Int) throws(FormatFailure) {
        guard let other = bytes[start...].firstIndex(where: { !JSONText.isBlank($0) }) else { return }
        throw FormatFailure(
            .trailingData, "there is text behind the JSON value; for one object per line set 'format: ndjson'",
            byteOffset: pendingOffset + Int64(other - base))
    }

    /// The text is at its end: is the value, too? A lone number or text ends only here, and is no record.
    private mutating func finish(
        at count: Int, lone start: Int, into ranges: inout [segdrift_json_range]
    ) throws(FormatFailure) {
        let offset = pendingOffset + Int64(count)
        switch phase {
        case .after: return
        case .before: throw FormatFailure(.truncated, "there is no JSON value in the file", byteOffset: offset)
        case .lone(let first) where first != UInt8(ascii: "{"):
            if !skipping { ranges.append(segdrift_json_range(start: UInt32(start), count: UInt32(count - start))) }
        case .array, .lone:
            let what = phase == .array ? "array" : "object"
            throw FormatFailure(
                .truncated, "the JSON \(what) is not closed: the file is cut off, or a quote or bracket is missing",
                byteOffset: offset)
        }
    }

    // MARK: Records

    private var sampleBytes: Int { min(limits.recordBytesMax, RawRecords.Reject.sampleBytesMax) }

    private mutating func refuseLong(at place: Int, _ sample: [UInt8], into records: inout RawRecords) {
        recordCount += 1
        records.rejects.append(
            RawRecords.Reject(
                number: recordCount, byteOffset: pendingOffset + Int64(place), code: .recordTooLong,
                reason: "longer than \(limits.recordBytesMax) bytes", sample: sample,
                recordsBefore: records.records.count))
    }

    private mutating func readBlock(
        _ ranges: [segdrift_json_range], from base: Int, into records: inout RawRecords
    ) throws(FormatFailure) {
        // What comes before the first one may be the end of an element that was refused: half a string, say.
        let skipped = Int(ranges.first?.start ?? 0)
        let shifted = ranges.map { segdrift_json_range(start: $0.start - UInt32(skipped), count: $0.count) }
        reader.read(shifted, from: base + skipped, in: &records)
        for entry in reader.entries {
            let start = entry.start + skipped
            let raw = trimmed(records.bytes, base + start, entry.count)
            let place = Int(raw.offset) - base
            if entry.count > limits.recordBytesMax {
                refuseLong(at: place, Array(records.bytes[raw.range].prefix(sampleBytes)), into: &records)
                continue
            }
            if entry.isBlank {
                // `[]`
                if recordCount == 0, ranges.count == 1, phase == .after { return }
                throw FormatFailure(
                    .invalidJSON, "a value is missing: one comma too many",
                    byteOffset: pendingOffset + Int64(start + entry.count))
            }
            recordCount += 1
            guard entry.isRead else {
                let (code, reason, at) = entry.refusal
                let column = max(0, at - (place - start))
                records.rejects.append(
                    RawRecords.Reject(
                        number: recordCount, byteOffset: pendingOffset + Int64(place), code: code,
                        reason: "\(reason), at byte \(column + 1) of the record",
                        sample: Array(records.bytes[raw.range].prefix(RawRecords.Reject.sampleBytesMax)),
                        recordsBefore: records.records.count))
                continue
            }
            records.records.append(
                RawRecords.Record(
                    number: recordCount, byteOffset: pendingOffset + Int64(place), firstField: entry.firstSlice,
                    fieldCount: entry.sliceCount, raw: raw))
        }
    }

    /// Place of the first byte from `start` on that is no white space; the end, if there is none.
    private func firstNotBlank(_ bytes: [UInt8], from start: Int) -> Int {
        bytes[start...].firstIndex { !JSONText.isBlank($0) } ?? bytes.count
    }

    /// An element without the white space around it.
    private func trimmed(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> RawRecords.Field {
        var start = offset
        var end = offset + count
        while start < end, JSONText.isBlank(bytes[start]) { start += 1 }
        while end > start, JSONText.isBlank(bytes[end - 1]) { end -= 1 }
        return RawRecords.Field(offset: UInt32(start), count: UInt32(end - start))
    }
}
