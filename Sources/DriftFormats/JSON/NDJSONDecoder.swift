/// One JSON object per line, through simdjson's first stage and a strict second one behind a C interface.
///
/// Members of nested objects are named `a.b`, those of arrays `a.0`. Numbers and booleans give their token as
/// written, null is missing, arrays (and objects asked for by name) give their JSON text. A line that cannot be
/// read is refused alone. Of a member that an object names twice the last one is taken, as most readers do.
public struct NDJSONDecoder: RecordDecoder {
    private let reader: JSONReader
    private let limits: FormatLimits
    /// The start of a line whose end has not come yet.
    private var pending: [UInt8] = []
    private var pendingOffset: Int64 = 0
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
        let scanned = pending.count
        records.bytes.append(contentsOf: pending)
        pending.removeAll(keepingCapacity: true)
        unsafe chunk.withUnsafeBufferPointer { unsafe records.bytes.append(contentsOf: $0) }
        let count = records.bytes.count - base
        var start = 0
        if skipping {
            let end = records.bytes[base...].firstIndex(of: lineFeed)
            start = end.map { $0 + 1 - base } ?? count
            skipping = end == nil
        }
        let lineEnd = isLast ? count - 1 : lastLineFeed(records.bytes, base + max(scanned, start), base)
        let end = lineEnd.map { $0 + 1 } ?? start
        // The rest is the start of one line; beyond the limit nothing of it is kept.
        let rest = records.bytes[(base + end)...]
        let isLong = !isLast && !skipping && rest.count > limits.recordBytesMax
        let sample = isLong ? Array(rest.prefix(sampleBytes)) : []
        if !isLong { pending.append(contentsOf: rest) }
        records.bytes.removeLast(count - end)
        if end > start { readBlock(from: base, skipped: start, into: &records) }
        if isLong {
            refuseLong(at: end, sample, into: &records)
            skipping = true
        }
        pendingOffset += Int64(isLong ? count : end)
    }

    /// Place of the last line feed from `start` on, counted from `base`.
    private func lastLineFeed(_ bytes: [UInt8], _ start: Int, _ base: Int) -> Int? {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            var index = buffer.count
            while index > start {
                index -= 1
                if unsafe buffer[index] == lineFeed { return index - base }
            }
            return nil
        }
    }

    private var sampleBytes: Int { min(limits.recordBytesMax, RawRecords.Reject.sampleBytesMax) }

    private mutating func refuseLong(at place: Int, _ sample: [UInt8], into records: inout RawRecords) {
        recordCount += 1
        records.rejects.append(
            RawRecords.Reject(
                number: recordCount, byteOffset: pendingOffset + Int64(place), code: .recordTooLong,
                reason: "longer than \(limits.recordBytesMax) bytes", sample: sample,
                recordsBefore: records.records.count))
    }

    /// Reads the whole lines at the end of the records' bytes, from `base` on.
    /// - Parameter skipped: Bytes at their start that belong to a line refused already.
    private mutating func readBlock(from base: Int, skipped: Int, into records: inout RawRecords) {
        reader.read(nil, from: base + skipped, in: &records)
        for entry in reader.entries {
            if entry.isBlank { continue }
            let place = entry.start + skipped
            let raw = RawRecords.Field(offset: UInt32(base + place), count: UInt32(entry.count))
            if entry.count > limits.recordBytesMax {
                refuseLong(at: place, Array(records.bytes[raw.range].prefix(sampleBytes)), into: &records)
                continue
            }
            recordCount += 1
            if !entry.isRead {
                let (code, reason, at) = entry.refusal
                records.rejects.append(
                    RawRecords.Reject(
                        number: recordCount, byteOffset: pendingOffset + Int64(place), code: code,
                        reason: "\(reason), at byte \(at + 1) of the line",
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
}
