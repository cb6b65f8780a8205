import CSimdJSON
import func Glibc.memchr

/// Finds the fields of one row. The only part of the CSV decoder that touches memory through pointers.
///
/// A quote means something only at the start of a field. A row ends at LF, CR or the end of the text, so CRLF
/// ends it and leaves an empty line, which nobody counts.
struct CSVRowScanner {
    enum Result {
        /// A row of so many columns; the next one starts at `next`.
        case row(columns: Int, next: Int)
        /// The bytes end inside the row.
        case incomplete
        case refused(RawRecords.Reject.Code)
    }

    let delimiter: UInt8
    let quote: UInt8?
    let recordBytesMax: Int
    let fieldsMax: Int
    /// Field index of each column; -1: not wanted. Empty: every column is its own field.
    var fieldOfColumn: [Int32] = []
    /// The row's fields, missing where no column gave one.
    private(set) var row: [RawRecords.Field]
    /// Fields of the row that hold doubled quotes.
    private(set) var escaped: [Int] = []
    /// 1 for the bytes that end an unquoted field.
    private let ends: [UInt8]

    /// - Parameter fieldCount: Number of fields to find; ``fieldsMax`` when every column is one.
    init(delimiter: UInt8, quote: UInt8?, recordBytesMax: Int, fieldsMax: Int, fieldCount: Int) {
        self.delimiter = delimiter
        self.quote = quote
        self.recordBytesMax = recordBytesMax
        self.fieldsMax = fieldsMax
        row = [RawRecords.Field](repeating: .missing, count: fieldCount)
        var ends = [UInt8](repeating: 0, count: 256)
        for byte in [delimiter, lineFeed, carriageReturn] { ends[Int(byte)] = 1 }
        self.ends = ends
    }

    /// Reads the row that starts at `start`.
    /// - Parameters:
    ///   - isLast: Whether the text ends with these bytes.
    ///   - base: Added to the offsets of fields.
    mutating func scan(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool, base: Int
    ) -> Result {
        escaped.removeAll(keepingCapacity: true)
        // One byte more than a record may have: its line end.
        let limit = start + recordBytesMax + 1
        let stop = min(text.count, limit)
        var index = start
        var column = 0
        while true {
            let end: FieldEnd
            if let quote, index < stop, unsafe text[index] == quote {
                let endsHere = isLast && stop == text.count && stop < limit
                end = unsafe quotedField(text, open: index, quote: quote, stop: stop, endsHere: endsHere)
            } else {
                end = unsafe plainField(text, from: index, stop: stop)
            }
            guard case .field(let range, let after, let doubled) = end else {
                guard case .refused(let code) = end else {
                    return stop == limit ? .refused(.recordTooLong) : .incomplete
                }
                return .refused(code)
            }
            // The field reaches the end of the bytes without a delimiter or line end.
            if after >= stop {
                if stop == limit { return .refused(.recordTooLong) }
                if !isLast { return .incomplete }
            }
            if column >= fieldsMax { return .refused(.tooManyFields) }
            put(range, column: column, doubled: doubled, base: base)
            column += 1
            if after >= stop { return .row(columns: column, next: stop) }
            index = after + 1
            if unsafe text[after] != delimiter { return .row(columns: column, next: index) }
        }
    }

    // MARK: Rows without quotes

    /// Places of separators found ahead, as far as there is no quote.
    private var ahead = [UInt32](repeating: 0, count: 4_096)
    private var aheadCount = 0
    private var aheadNext = 0
    /// Bytes before this place were looked at for separators, from some row's start on.
    private var aheadStart = 0
    private var aheadStop = 0

    /// Forgets what was found ahead: the bytes are others now.
    mutating func beginBytes() {
        aheadCount = 0
        aheadNext = 0
        aheadStart = 0
        aheadStop = 0
    }

    /// Reads the row that starts at `start` if its end is there and no quote before it.
    /// - Returns: nil when it has to be read byte by byte.
    mutating func scanPlain(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, base: Int
    ) -> (columns: Int, next: Int)? {
        if aheadNext == aheadCount || start < aheadStart || start > aheadStop { unsafe look(text, from: start) }
        while true {
            // Behind a row that was read byte by byte, or an empty line.
            while aheadNext < aheadCount, ahead[aheadNext] < start { aheadNext += 1 }
            let known = aheadNext
            if let row = unsafe plainRow(text, from: start, base: base) { return row }
            aheadNext = known
            // Once more, from here on, unless that is where the search began.
            guard aheadStart < start, known > 0, aheadStop < text.count,
                unsafe text[aheadStop] != quote ?? 0 || quote == nil
            else { return nil }
            unsafe look(text, from: start)
        }
    }

    private mutating func look(_ text: UnsafeBufferPointer<UInt8>, from start: Int) {
        guard let first = text.baseAddress else { return }
        var stop = start
        aheadCount = unsafe ahead.withUnsafeMutableBufferPointer { places in
            unsafe segdrift_separators(
                first, start, text.count, delimiter, quote.map(Int32.init) ?? -1, places.baseAddress, places.count,
                &stop)
        }
        aheadNext = 0
        aheadStart = start
        aheadStop = stop
    }

    @inline(__always)
    private mutating func plainRow(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, base: Int
    ) -> (columns: Int, next: Int)? {
        var begin = start
        var column = 0
        escaped.removeAll(keepingCapacity: true)
        while aheadNext < aheadCount {
            let end = Int(ahead[aheadNext])
            aheadNext += 1
            if column >= fieldsMax || end - start > recordBytesMax { return nil }
            put(begin..<end, column: column, doubled: false, base: base)
            column += 1
            begin = end + 1
            if unsafe text[end] != delimiter { return (columns: column, next: begin) }
        }
        return nil
    }

    private enum FieldEnd {
        /// The field's bytes, the place of what ends it, and whether it holds doubled quotes.
        case field(Range<Int>, after: Int, doubled: Bool)
        case incomplete
        case refused(RawRecords.Reject.Code)
    }

    @inline(__always)
    private mutating func put(_ range: Range<Int>, column: Int, doubled: Bool, base: Int) {
        var field = column
        if !fieldOfColumn.isEmpty { field = column < fieldOfColumn.count ? Int(fieldOfColumn[column]) : -1 }
        guard field >= 0, field < row.count else { return }
        row[field] = RawRecords.Field(offset: UInt32(base + range.lowerBound), count: UInt32(range.count))
        if doubled { escaped.append(field) }
    }

    @inline(__always)
    private func plainField(_ text: UnsafeBufferPointer<UInt8>, from start: Int, stop: Int) -> FieldEnd {
        var index = start
        unsafe ends.withUnsafeBufferPointer { ends in
            while index < stop, unsafe ends[Int(text[index])] == 0 { index += 1 }
        }
        return .field(start..<index, after: index, doubled: false)
    }

    private func quotedField(
        _ text: UnsafeBufferPointer<UInt8>, open: Int, quote: UInt8, stop: Int, endsHere: Bool
    ) -> FieldEnd {
        guard let first = text.baseAddress else { return .incomplete }
        var index = open + 1
        var doubled = false
        while true {
            guard index < stop, let found = unsafe memchr(first + index, Int32(quote), stop - index) else {
                return endsHere ? .refused(.unterminatedQuote) : .incomplete
            }
            let close = unsafe found - UnsafeMutableRawPointer(mutating: first)
            let after = close + 1
            if after >= stop {
                return endsHere ? .field((open + 1)..<close, after: after, doubled: doubled) : .incomplete
            }
            let byte = unsafe text[after]
            if byte == quote {
                doubled = true
                index = after + 1
            } else if byte == delimiter || byte == lineFeed || byte == carriageReturn {
                return .field((open + 1)..<close, after: after, doubled: doubled)
            } else {
                return .refused(.badQuote)
            }
        }
    }

    /// Replaces doubled quotes by single ones in place; the field becomes shorter.
    static func unescape(_ field: inout RawRecords.Field, quote: UInt8, in bytes: inout [UInt8]) {
        var write = Int(field.offset)
        var read = write
        let end = write + Int(field.count)
        while read < end {
            let byte = bytes[read]
            bytes[write] = byte
            write += 1
            read += byte == quote ? 2 : 1
        }
        field.count = UInt32(write - Int(field.offset))
    }
}
