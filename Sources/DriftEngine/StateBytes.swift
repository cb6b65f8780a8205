import DriftModel

/// Where the primitive values of a state are written: memory of a known size at the end of an array.
typealias StateWriter = OutputSpan<UInt8>

extension OutputSpan where Element == UInt8 {
    mutating func byte(_ value: UInt8) {
        append(value)
    }

    /// Seven bits a byte, least significant first.
    @inline(__always)
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Small magnitudes of either sign in few bytes.
    mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
    }

    mutating func fixed(_ value: UInt64, bytes count: Int) {
        for shift in 0..<count { append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(shift)))) }
    }

    /// A number that is often a multiple of one of two units: two low bits say which, or that it is wide. Inlined,
    /// so that dividing by the units is multiplying.
    @inline(__always)
    private mutating func scaled(_ value: Int64, units: (Int64, Int64)) {
        let unit: Int64 = value % units.0 == 0 ? units.0 : value % units.1 == 0 ? units.1 : 1
        let reduced =
            unit == units.0 ? value / units.0 : unit == units.1 ? value / units.1 : value
        guard reduced.magnitude < 1 << 60 else {
            unsigned(3)
            fixed(UInt64(bitPattern: value), bytes: 8)
            return
        }
        let zigzag = UInt64(bitPattern: reduced << 1) ^ UInt64(bitPattern: reduced >> 63)
        unsigned(zigzag << 2 | (unit == 1 ? 2 : unit == units.0 ? 0 : 1))
    }

    /// Millionths: mostly whole units or hundredths.
    mutating func micros(_ value: Int64) {
        scaled(value, units: (1_000_000, 10_000))
    }

    /// Microseconds: mostly whole minutes or seconds.
    mutating func time(_ value: Int64) {
        scaled(value, units: (60_000_000, 1_000_000))
    }

    /// A sum that mostly fits 64 bits.
    mutating func wide(_ value: Int128) {
        if let narrow = Int64(exactly: value), narrow.magnitude < 1 << 60 {
            micros(narrow)
        } else {
            unsigned(7)
            fixed(UInt64(truncatingIfNeeded: value), bytes: 8)
            fixed(UInt64(truncatingIfNeeded: value >> 64), bytes: 8)
        }
    }

    mutating func cell(_ cell: Cell, text: Span<UInt8>) {
        byte(cell.tag.rawValue)
        switch cell.tag {
        case .null: break
        case .number: fixed(cell.bits, bytes: 8)
        case .boolean: byte(cell.boolean ? 1 : 0)
        case .date: signed(Int64(cell.day))
        case .timestamp: time(cell.instant.microseconds)
        case .text:
            unsigned(UInt64(cell.textCount))
            for index in cell.textRange { append(text[index]) }
        }
    }
}

/// Reads them back; whatever no writer writes is an error.
///
/// Lives only inside ``Swift/Span/withUnsafeBufferPointer(_:)``; every access is checked against the count.
@safe
struct StateReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var offset = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        unsafe self.bytes = bytes
    }

    var remaining: Int { unsafe bytes.count - offset }
    var damage: StateError { .damaged(at: offset) }

    mutating func byte() throws(StateError) -> UInt8 {
        guard remaining > 0 else { throw damage }
        defer { offset += 1 }
        return unsafe bytes[offset]
    }

    /// The byte at a distance within what ``remaining`` has been checked for.
    private func ahead(_ distance: Int) -> UInt8 {
        precondition(distance < remaining)
        return unsafe bytes[offset + distance]
    }

    @inline(__always)
    mutating func unsigned() throws(StateError) -> UInt64 {
        guard remaining > 0, ahead(0) < 0x80 else { return try long() }
        offset += 1
        return unsafe UInt64(bytes[offset - 1])
    }

    private mutating func long() throws(StateError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            let bits = UInt64(next & 0x7F)
            guard shift < 63 || bits <= 1 else { throw damage }
            value |= bits << shift
            if next < 0x80 { return value }
            shift += 7
            guard shift <= 63 else { throw damage }
        }
    }

    mutating func signed() throws(StateError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func fixed(bytes count: Int) throws(StateError) -> UInt64 {
        guard remaining >= count else { throw damage }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(ahead(index)) << (8 * UInt64(index)) }
        offset += count
        return value
    }

    /// A count of things that take at least a byte each.
    mutating func count() throws(StateError) -> Int {
        let value = try unsigned()
        guard value <= UInt64(remaining) else { throw damage }
        return Int(value)
    }

    /// A number of events: large enough for any, small enough to add up.
    mutating func events() throws(StateError) -> Int64 {
        let value = try unsigned()
        guard value < 1 << 48 else { throw damage }
        return Int64(value)
    }

    mutating func tick(from base: Int64) throws(StateError) -> Tick {
        let (value, isOverflow) = base.addingReportingOverflow(try signed())
        guard !isOverflow, value.magnitude <= Int64(Engine.tickMagnitudeMax) else { throw damage }
        return Tick(value)
    }

    @inline(__always)
    private mutating func scaled(units: (Int64, Int64)) throws(StateError) -> Int64 {
        let value = try unsigned()
        guard value != 3 else { return Int64(bitPattern: try fixed(bytes: 8)) }
        let code = value & 3
        guard code != 3 else { throw damage }
        let zigzag = value >> 2
        let reduced = Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)
        let unit = code == 0 ? units.0 : code == 1 ? units.1 : 1
        let (result, isOverflow) = reduced.multipliedReportingOverflow(by: unit)
        guard !isOverflow else { throw damage }
        return result
    }

    mutating func micros() throws(StateError) -> Int64 { try scaled(units: (1_000_000, 10_000)) }
    mutating func time() throws(StateError) -> Int64 { try scaled(units: (60_000_000, 1_000_000)) }

    mutating func wide() throws(StateError) -> Int128 {
        guard remaining > 0 else { throw damage }
        guard ahead(0) == 7 else { return Int128(try micros()) }
        offset += 1
        let low = try fixed(bytes: 8)
        let high = Int64(bitPattern: try fixed(bytes: 8))
        // A sum of fewer than 2^48 values below 2^63 in magnitude.
        guard high.magnitude < 1 << 48 else { throw damage }
        return Int128(high) << 64 | Int128(low)
    }

    /// A cell of a type (or NULL); a text is appended to `text`.
    mutating func cell(_ type: ValueType?, into text: inout [UInt8]) throws(StateError) -> Cell {
        guard let tag = Cell.Tag(rawValue: try byte()) else { throw damage }
        guard tag == .null || tag == type?.tag else { throw damage }
        switch tag {
        case .null: return .null
        case .number:
            let value = Double(bitPattern: try fixed(bytes: 8))
            guard value.isFinite else { throw damage }
            return .number(value)
        case .boolean:
            let value = try byte()
            guard value <= 1 else { throw damage }
            return .boolean(value == 1)
        case .date:
            guard let day = DayNumber(exactly: try signed()) else { throw damage }
            return .date(day)
        case .timestamp: return .timestamp(Instant(microseconds: try time()))
        case .text:
            let count = try count()
            let start = text.count
            text.reserveCapacity(start + count)
            for index in 0..<count { text.append(ahead(index)) }
            offset += count
            return .text(offset: start, count: count)
        }
    }
}

extension ValueType {
    var tag: Cell.Tag {
        switch self {
        case .number: .number
        case .text: .text
        case .boolean: .boolean
        case .date: .date
        case .timestamp: .timestamp
        }
    }
}
