import CSimdJSON

/// Owns the reader behind the C interface: JSON texts in, records with their fields out.
@safe
final class JSONReader {
    /// What became of one JSON text. Has no object in it: there is one for every record.
    @safe
    struct Entry {
        /// As it was found in the block.
        fileprivate let found: segdrift_json_record
        /// Where the fields of its block begin among all.
        fileprivate let firstField: Int

        /// Place in the block.
        var start: Int { unsafe Int(found.start) }
        var count: Int { unsafe Int(found.count) }
        var firstSlice: Int { unsafe firstField + Int(found.first_slice) }
        var sliceCount: Int { unsafe Int(found.slice_count) }
        var isRead: Bool { unsafe found.code == segdrift_json_ok.rawValue }
        /// Nothing but white space.
        var isBlank: Bool { unsafe found.code == segdrift_json_blank.rawValue }
        /// Why it cannot be read, when it is neither.
        var refusal: (code: RawRecords.Reject.Code, reason: String, place: Int) {
            let reason = unsafe found.reason.map { unsafe String(cString: $0) } ?? "cannot be read"
            return unsafe (JSONText.code(found.code), reason, Int(found.place))
        }
    }

    private let handle: OpaquePointer
    /// Of the last block, in order.
    private(set) var entries: [Entry] = []

    init(selection: FieldSelection, limits: FormatLimits) throws(FormatFailure) {
        let discover: Int32 = selection == .all ? 1 : 0
        guard
            let made = unsafe segdrift_json_create(
                UInt32(limits.recordBytesMax), UInt32(limits.depthMax), UInt32(limits.fieldsMax), discover)
        else { throw FormatFailure(.noMemory, "no memory for a JSON reader", byteOffset: 0) }
        unsafe handle = made
        guard case .only(let names) = selection else { return }
        for name in names {
            let bytes = Array(name.utf8)
            unsafe bytes.withUnsafeBufferPointer { buffer in
                _ = unsafe segdrift_json_add_field(handle, buffer.baseAddress, buffer.count)
            }
        }
    }

    deinit { unsafe segdrift_json_destroy(handle) }

    var fieldNames: [String] {
        let known = unsafe segdrift_json_field_count(handle)
        return (0..<known).map { index in
            var count = 0
            let bytes = unsafe segdrift_json_field_name(handle, index, &count)
            return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }
    }

    /// Reads the texts of the block at the end of the records' bytes. Their fields are appended to the records,
    /// and what had to be unescaped to their bytes.
    /// - Parameters:
    ///   - base: Where the block begins in the records' bytes.
    ///   - ranges: Where the texts lie in the block; nil: one in each line.
    func read(_ ranges: [segdrift_json_range]?, from base: Int, in records: inout RawRecords) {
        let count = records.bytes.count - base
        // Readable bytes behind the block: the reader looks at whole words.
        records.bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: Int(SEGDRIFT_JSON_PADDING)))
        var batch = unsafe segdrift_json_batch()
        unsafe records.bytes.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress else { return }
            guard let ranges else {
                return unsafe segdrift_json_parse_lines(handle, first + base, count, UInt32(base), &batch)
            }
            unsafe ranges.withUnsafeBufferPointer { ranges in
                unsafe segdrift_json_parse(
                    handle, first + base, count, ranges.baseAddress, ranges.count, UInt32(base), &batch)
            }
        }
        records.bytes.removeLast(Int(SEGDRIFT_JSON_PADDING))
        unsafe records.bytes.append(contentsOf: UnsafeBufferPointer(start: batch.text, count: batch.text_count))
        let firstField = records.fields.count
        if let slices = unsafe batch.slices {
            // Both are an offset and a count of 32 bits.
            unsafe slices.withMemoryRebound(to: RawRecords.Field.self, capacity: batch.slice_count) { fields in
                unsafe records.fields.append(contentsOf: UnsafeBufferPointer(start: fields, count: batch.slice_count))
            }
        }
        entries.removeAll(keepingCapacity: true)
        entries.reserveCapacity(unsafe batch.record_count)
        for index in 0..<(unsafe batch.record_count) {
            unsafe entries.append(Entry(found: batch.records[index], firstField: firstField))
        }
    }
}

/// Finds where the elements of an array, or a lone object, end. Knows nothing of what lies between.
@safe
final class JSONSplitter {
    private let handle: OpaquePointer
    /// Of the last scan: commas between elements and, closed then, the closing bracket.
    private(set) var cuts: [Int] = []
    /// Whether the closing bracket was found: the last cut.
    private(set) var isClosed = false

    /// - Parameter isArray: Its opening bracket is not part of the bytes scanned; a lone object's is.
    init(isArray: Bool) throws(FormatFailure) {
        guard let made = unsafe segdrift_json_splitter_create(isArray ? 1 : 0) else {
            throw FormatFailure(.noMemory, "no memory for a JSON reader", byteOffset: 0)
        }
        unsafe handle = made
    }

    deinit { unsafe segdrift_json_splitter_destroy(handle) }

    /// Goes on over bytes that were not scanned yet.
    /// - Complexity: O(bytes), some gigabytes per second.
    func scan(_ bytes: [UInt8], _ range: Range<Int>, base: Int) {
        cuts.removeAll(keepingCapacity: true)
        var found: UnsafePointer<UInt32>?
        var closed: Int32 = 0
        let count = unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress else { return 0 }
            return unsafe segdrift_json_split(
                handle, first + base, range.lowerBound, range.upperBound, &found, &closed)
        }
        isClosed = closed != 0
        guard let found = unsafe found else { return }
        for index in 0..<count { cuts.append(Int(unsafe found[index])) }
    }
}
