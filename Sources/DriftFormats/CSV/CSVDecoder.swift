import func Glibc.memchr
import CSimdJSON

/// Separated values after RFC 4180, as they really come: LF, CR or CRLF, any of four delimiters, line ends
/// inside quotes, a last line without a line end.
///
/// A row that cannot be read costs only its first line: reading goes on behind the first line end in it, so an
/// unbalanced quote cannot swallow the rows that follow. Every byte is looked at a bounded number of times:
/// behind a quote that never closes, all later runs of quotes in the same stretch are even.
public struct CSVDecoder: RecordDecoder {
    private let options: CSVDialect
    private let selection: FieldSelection
    private let limits: FormatLimits
    private var scanner: CSVRowScanner?
    /// Bytes fed but not yet part of a complete row.
    private var pending: [UInt8] = []
    /// Offset in the text of the first pending byte.
    private var pendingOffset: Int64 = 0
    /// Inside the rest of a row that is too long to keep.
    private var skipping = false
    private var recordCount: Int64 = 0
    private var columnCount = 0
    public private(set) var header: [String]?
    public private(set) var fieldNames: [String] = []

    public init(options: CSVDialect = CSVDialect(), selection: FieldSelection = .all, limits: FormatLimits = .init()) {
        self.options = options
        self.selection = selection
        self.limits = limits
        if case .only(let names) = selection { fieldNames = names }
    }

    /// The delimiter in use; nil before the first line was read.
    public var delimiter: UInt8? { scanner?.delimiter }

    /// Takes the next bytes and appends the records that are complete.
    public mutating func feed(
        _ chunk: Span<UInt8>, isLast: Bool, into records: inout RawRecords
    ) throws(FormatFailure) {
        var text: [UInt8] = []
        swap(&text, &pending)
        unsafe chunk.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        var consumed = skipping ? skipLine(text, from: 0) : 0
        if scanner == nil { consumed = try readHeader(text, from: consumed, isLast: isLast) }
        if scanner != nil {
            let base = records.bytes.count - consumed
            var escaped: [Int] = []
            let first = consumed
            consumed = readRows(text, from: consumed, isLast: isLast, base: base, escaped: &escaped, into: &records)
            records.bytes.append(contentsOf: text[first..<consumed])
            for index in escaped {
                CSVRowScanner.unescape(&records.fields[index], quote: options.quote ?? 0, in: &records.bytes)
            }
        }
        pendingOffset += Int64(consumed)
        text.removeFirst(consumed)
        swap(&text, &pending)
    }

    /// Index behind the line end that finishes the skipped row; the end of the bytes when there is none yet.
    private mutating func skipLine(_ text: [UInt8], from start: Int) -> Int {
        guard let end = text[start...].firstIndex(where: { $0 == lineFeed || $0 == carriageReturn }) else {
            skipping = true
            return text.count
        }
        skipping = false
        return end + 1
    }

    // MARK: Rows

    private mutating func readRows(
        _ text: [UInt8], from start: Int, isLast: Bool, base: Int, escaped: inout [Int],
        into records: inout RawRecords
    ) -> Int {
        guard var scanner else { return start }
        self.scanner = nil
        defer { self.scanner = scanner }
        return unsafe text.withUnsafeBufferPointer { bytes in
            let checks = unsafe RowChecks(bytes, from: start, isLast: isLast)
            scanner.beginBytes()
            var index = start
            while index < bytes.count {
                let first = unsafe bytes[index]
                if first == lineFeed || first == carriageReturn {
                    index += 1
                    continue
                }
                let result: CSVRowScanner.Result
                if let row = unsafe scanner.scanPlain(bytes, from: index, base: base) {
                    result = .row(columns: row.columns, next: row.next)
                } else {
                    result = unsafe scanner.scan(bytes, from: index, isLast: isLast, base: base)
                }
                switch result {
                case .incomplete:
                    return index
                case .row(let columns, let next):
                    if columns != columnCount {
                        refuse(.fieldCount, columns, text, index..<next, into: &records)
                    } else if let code = unsafe checks.problem(bytes, index..<next) {
                        refuse(code, columns, text, index..<next, into: &records)
                    } else {
                        take(scanner, text, index..<next, base: base, escaped: &escaped, into: &records)
                    }
                    index = next
                case .refused(let code):
                    guard let firstLine = firstLine(of: text, from: index, isLast: isLast) else { return index }
                    refuse(code, 0, text, firstLine, into: &records)
                    index = skipLine(text, from: index)
                }
            }
            return index
        }
    }

    /// The bytes before a refused row's first line end, as far as a sample needs them; nil: wait for more.
    private func firstLine(of text: [UInt8], from start: Int, isLast: Bool) -> Range<Int>? {
        let end = min(text.count, start + RawRecords.Reject.sampleBytesMax)
        if let lineEnd = text[start..<end].firstIndex(where: { $0 == lineFeed || $0 == carriageReturn }) {
            return start..<lineEnd
        }
        return isLast || end < text.count ? start..<end : nil
    }

    private mutating func take(
        _ scanner: borrowing CSVRowScanner, _ text: [UInt8], _ range: Range<Int>, base: Int, escaped: inout [Int],
        into records: inout RawRecords
    ) {
        recordCount += 1
        let firstField = records.fields.count
        let used = fieldNames.count
        records.fields.append(contentsOf: scanner.row.prefix(used))
        for field in scanner.escaped { escaped.append(firstField + field) }
        records.records.append(
            RawRecords.Record(
                number: recordCount, byteOffset: pendingOffset + Int64(range.lowerBound), firstField: firstField,
                fieldCount: used,
                raw: RawRecords.Field(
                    offset: UInt32(base + range.lowerBound), count: UInt32(withoutLineEnd(text, range).count))))
    }

    private mutating func refuse(
        _ code: RawRecords.Reject.Code, _ columns: Int, _ text: [UInt8], _ range: Range<Int>,
        into records: inout RawRecords
    ) {
        recordCount += 1
        let sample = withoutLineEnd(text, range).prefix(RawRecords.Reject.sampleBytesMax)
        records.rejects.append(
            RawRecords.Reject(
                number: recordCount, byteOffset: pendingOffset + Int64(range.lowerBound), code: code,
                reason: reason(code, columns), sample: Array(text[sample]),
                recordsBefore: records.records.count))
    }

    private func withoutLineEnd(_ text: [UInt8], _ range: Range<Int>) -> Range<Int> {
        guard let last = range.last, text[last] == lineFeed || text[last] == carriageReturn else { return range }
        return range.lowerBound..<last
    }

    private func reason(_ code: RawRecords.Reject.Code, _ columns: Int) -> String {
        switch code {
        case .fieldCount: "expected \(columnCount) fields, found \(columns)"
        case .badQuote: "text after a closing quote"
        case .unterminatedQuote: "a quoted field is not closed before the end of the file"
        case .recordTooLong: "longer than \(limits.recordBytesMax) bytes"
        case .tooManyFields: "more than \(limits.fieldsMax) fields"
        case .invalidUTF8: "not valid UTF-8"
        case .nulByte: "contains a NUL byte"
        default: code.rawValue
        }
    }

    // MARK: Header

    /// Reads the first row that is not empty, once all of it is there.
    private mutating func readHeader(_ text: [UInt8], from start: Int, isLast: Bool) throws(FormatFailure) -> Int {
        var index = start
        while index < text.count, text[index] == lineFeed || text[index] == carriageReturn { index += 1 }
        if index == text.count { return index }
        // The delimiter can be told only once the whole first line is there.
        let end = min(text.count, index + limits.recordBytesMax + 1)
        let line = CSVDialect.firstLine(of: text.span.extracting(index..<end), quote: options.quote)
        if !line.isWhole, !isLast, end == text.count, text.count - index <= limits.recordBytesMax { return index }
        let delimiter = options.delimiter ?? line.delimiter
        var first = CSVRowScanner(
            delimiter: delimiter, quote: options.quote, recordBytesMax: limits.recordBytesMax,
            fieldsMax: limits.fieldsMax, fieldCount: limits.fieldsMax)
        let result = unsafe text.withUnsafeBufferPointer { bytes in
            unsafe first.scan(bytes, from: index, isLast: isLast, base: 0)
        }
        switch result {
        case .incomplete:
            return index
        case .refused(let code):
            throw FormatFailure(
                .badHeader, "the first row cannot be read: \(reason(code, 0))", byteOffset: pendingOffset + Int64(index)
            )
        case .row(let columns, let next):
            let names = try columnNames(text, first, columns, at: pendingOffset + Int64(index))
            adopt(names, delimiter: delimiter)
            return options.hasHeader ? next : index
        }
    }

    private func columnNames(
        _ text: [UInt8], _ scanner: CSVRowScanner, _ columns: Int, at offset: Int64
    ) throws(FormatFailure) -> [String] {
        guard options.hasHeader else { return (1...columns).map { "c\($0)" } }
        var copy = text
        var names: [String] = []
        var seen: Set<String> = []
        for column in 0..<columns {
            var field = scanner.row[column]
            if scanner.escaped.contains(column) {
                CSVRowScanner.unescape(&field, quote: options.quote ?? 0, in: &copy)
            }
            let bytes = trimmed(copy[field.range])
            guard let name = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
                throw FormatFailure(
                    .badHeader, "column \(column + 1) of the header is not valid UTF-8", byteOffset: offset)
            }
            if !name.isEmpty, !seen.insert(name).inserted {
                throw FormatFailure(
                    .duplicateHeader, "the header names \"\(name)\" twice; rename or drop one of the columns",
                    byteOffset: offset)
            }
            names.append(name.isEmpty ? "c\(column + 1)" : name)
        }
        return names
    }

    private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let blank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        var result = bytes.drop(while: blank)
        while let last = result.last, blank(last) { result.removeLast() }
        return result
    }

    private mutating func adopt(_ names: [String], delimiter: UInt8) {
        header = names
        columnCount = names.count
        var map: [Int32] = []
        switch selection {
        case .all:
            fieldNames = names
        case .only(let wanted):
            map = names.map { name in Int32(wanted.firstIndex(of: name) ?? -1) }
        }
        var made = CSVRowScanner(
            delimiter: delimiter, quote: options.quote, recordBytesMax: limits.recordBytesMax,
            fieldsMax: limits.fieldsMax, fieldCount: max(1, fieldNames.count))
        made.fieldOfColumn = map
        scanner = made
    }
}

/// Bytes no text may hold, looked for in the whole chunk first and row by row only where there are some.
private struct RowChecks {
    let hasNUL: Bool
    let isUTF8: Bool

    init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool) {
        guard let first = bytes.baseAddress, start < bytes.count else {
            hasNUL = false
            isUTF8 = true
            return
        }
        hasNUL = unsafe memchr(first + start, 0, bytes.count - start) != nil
        // The last character may be cut by the end of the chunk.
        var end = bytes.count
        while end > start, bytes.count - end < 4, unsafe bytes[end - 1] & 0xC0 == 0x80 { end -= 1 }
        if end > start, unsafe bytes[end - 1] >= 0xC0 { end -= 1 }
        let whole = unsafe segdrift_utf8_valid(first + start, bytes.count - start) == 1
        isUTF8 = unsafe whole || !isLast && segdrift_utf8_valid(first + start, end - start) == 1
    }

    @inline(__always)
    func problem(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> RawRecords.Reject.Code? {
        if isUTF8 && !hasNUL { return nil }
        guard let first = bytes.baseAddress else { return nil }
        if hasNUL, unsafe memchr(first + range.lowerBound, 0, range.count) != nil { return .nulByte }
        if !isUTF8, unsafe segdrift_utf8_valid(first + range.lowerBound, range.count) == 0 { return .invalidUTF8 }
        return nil
    }
}
