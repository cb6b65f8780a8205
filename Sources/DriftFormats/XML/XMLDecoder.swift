import CExpat
import CSimdJSON

/// Record elements of an XML document, through expat.
///
/// The text of an element in a record is named by its path (`a.b`), an attribute by `@x` or `a.@x`; names are
/// without namespace prefixes. Of several elements of a name `a` is the first one, and `a.0`, `a.1`, … are each of
/// them. White space around an element's text does not count. Nothing is ever fetched, and a document that declares
/// entities is refused. Where the document is not well-formed the file cannot be trusted as a whole.
@safe
public final class XMLDecoder: RecordDecoder {
    private let handle: OpaquePointer
    private let limits: FormatLimits
    private var recordCount: Int64 = 0
    /// Bytes fed so far.
    private var fed: Int64 = 0

    /// - Parameter record: Local name of the element that is a record; nil: the children of the root.
    public init(
        record: String? = nil, selection: FieldSelection = .all, limits: FormatLimits = .init()
    ) throws(FormatFailure) {
        let discover: Int32 = selection == .all ? 1 : 0
        guard
            let made = unsafe segdrift_xml_create(
                record, limits.recordBytesMax, UInt32(limits.depthMax), UInt32(limits.fieldsMax), discover)
        else { throw FormatFailure(.noMemory, "no memory for an XML reader", byteOffset: 0) }
        unsafe handle = made
        self.limits = limits
        guard case .only(let names) = selection else { return }
        for name in names {
            _ = unsafe name.withCString { unsafe segdrift_xml_add_field(made, $0, name.utf8.count) }
        }
    }

    deinit { unsafe segdrift_xml_destroy(handle) }

    public var header: [String]? { nil }
    public var fieldNames: [String] {
        (0..<(unsafe segdrift_xml_field_count(handle))).map { index in
            var count = 0
            let name = unsafe segdrift_xml_field_name(handle, index, &count)
            return unsafe name.map { name in
                unsafe name.withMemoryRebound(to: UInt8.self, capacity: count) {
                    unsafe String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
                }
            } ?? ""
        }
    }

    /// Takes the next bytes and appends the records that are complete.
    public func feed(
        _ chunk: Span<UInt8>, isLast: Bool, into records: inout RawRecords
    ) throws(FormatFailure) {
        try checkUTF8(chunk, isLast: isLast)
        let base = records.bytes.count
        var batch = unsafe segdrift_xml_batch()
        unsafe chunk.withUnsafeBufferPointer { bytes in
            unsafe segdrift_xml_feed(handle, bytes.baseAddress, bytes.count, isLast ? 1 : 0, UInt32(base), &batch)
        }
        fed += Int64(chunk.count)
        unsafe records.bytes.append(contentsOf: UnsafeBufferPointer(start: batch.text, count: batch.text_count))
        unsafe append(batch, to: &records)
        guard unsafe batch.code != segdrift_xml_ok.rawValue else { return }
        let reason = unsafe batch.reason.map { unsafe String(cString: $0) } ?? "cannot be read"
        throw FormatFailure(
            unsafe failureCode(batch.code), unsafe "\(reason) (line \(batch.line), column \(batch.column))",
            byteOffset: unsafe Int64(clamping: batch.place))
    }

    private func append(_ batch: segdrift_xml_batch, to records: inout RawRecords) {
        let firstField = records.fields.count
        for index in 0..<(unsafe batch.slice_count) {
            let slice = unsafe batch.slices[index]
            records.fields.append(RawRecords.Field(offset: slice.offset, count: slice.count))
        }
        for index in 0..<(unsafe batch.record_count) {
            let found = unsafe batch.records[index]
            recordCount += 1
            let raw = unsafe RawRecords.Field(offset: found.raw.offset, count: found.raw.count)
            let place = unsafe Int64(found.place)
            if let code = unsafe rejectCode(found.code) {
                let reason = unsafe found.reason.map { unsafe String(cString: $0) } ?? "cannot be read"
                let column = unsafe found.error_place - found.place + 1
                records.rejects.append(
                    RawRecords.Reject(
                        number: recordCount, byteOffset: place, code: code,
                        reason: "\(reason), at byte \(column) of the record", sample: Array(records.bytes[raw.range]),
                        recordsBefore: records.records.count))
            } else {
                records.records.append(
                    RawRecords.Record(
                        number: recordCount, byteOffset: place,
                        firstField: firstField + Int(unsafe found.first_slice),
                        fieldCount: Int(unsafe found.slice_count), raw: raw))
            }
        }
    }

    /// A tail of a character that the next chunk completes.
    private var tail: [UInt8] = []

    /// Told before expat sees it, because then another encoding can be tried.
    private func checkUTF8(_ chunk: Span<UInt8>, isLast: Bool) throws(FormatFailure) {
        var text = tail
        unsafe chunk.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        var end = text.count
        if !isLast {
            while end > 0, text.count - end < 3, text[end - 1] & 0xC0 == 0x80 { end -= 1 }
            if end > 0, text[end - 1] >= 0xC0 { end -= 1 } else { end = text.count }
        }
        let isValid = unsafe text.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.map { unsafe segdrift_utf8_valid($0, end) == 1 } ?? true
        }
        tail = Array(text[end...])
        guard isValid else {
            throw FormatFailure(
                .invalidUTF8, "not valid UTF-8; say what it is with 'encoding', or in the XML declaration",
                byteOffset: fed)
        }
    }

    private func rejectCode(_ code: UInt32) -> RawRecords.Reject.Code? {
        switch code {
        case segdrift_xml_ok.rawValue: nil
        case segdrift_xml_too_deep.rawValue: .tooDeep
        case segdrift_xml_too_many_fields.rawValue: .tooManyFields
        case segdrift_xml_unknown_entity.rawValue: .unknownEntity
        default: .recordTooLong
        }
    }

    private func failureCode(_ code: UInt32) -> FormatFailure.Code {
        switch code {
        case segdrift_xml_truncated.rawValue: .truncated
        case segdrift_xml_dtd.rawValue: .documentType
        case segdrift_xml_too_deep.rawValue: .tooDeep
        case segdrift_xml_too_long.rawValue: .recordTooLong
        case segdrift_xml_no_record.rawValue: .noRecordElement
        case segdrift_xml_memory.rawValue: .noMemory
        default: .invalidXML
        }
    }
}
