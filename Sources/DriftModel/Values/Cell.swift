/// One value in an evaluator's memory: 16 bytes, trivially copyable, no reference counting.
///
/// A text is a range of bytes in one of three places named by ``pool``: the input bytes that accompany the
/// cell, the program's constants, or the evaluator's scratch buffer.
@frozen
public struct Cell: Hashable, Sendable {
    /// What a cell holds.
    public enum Tag: UInt8, Hashable, Sendable {
        case null, number, boolean, date, timestamp, text
    }

    /// Where a text's bytes are.
    public enum Pool: UInt8, Hashable, Sendable {
        case input, constant, scratch
    }

    public var tag: Tag
    /// Meaningful for texts only; `.input` otherwise.
    public var pool: Pool
    /// number: the bit pattern of the double; boolean: 0 or 1; date: ``DayNumber`` (sign-extended);
    /// timestamp: microseconds since 1970; text: byte offset in the high and byte count in the low 32 bits.
    public var bits: UInt64

    @inlinable
    public init(tag: Tag, pool: Pool = .input, bits: UInt64) {
        self.tag = tag
        self.pool = pool
        self.bits = bits
    }

    @inlinable
    public static var null: Cell { Cell(tag: .null, bits: 0) }

    /// A number; a non-finite one becomes NULL, as everywhere in the language.
    @inlinable
    public static func number(_ value: Double) -> Cell {
        value.isFinite ? Cell(tag: .number, bits: value.bitPattern) : .null
    }

    /// A truth value.
    @inlinable
    public static func boolean(_ value: Bool) -> Cell { Cell(tag: .boolean, bits: value ? 1 : 0) }

    /// A date.
    @inlinable
    public static func date(_ day: DayNumber) -> Cell {
        Cell(tag: .date, bits: UInt64(bitPattern: Int64(day)))
    }

    /// A point in time.
    @inlinable
    public static func timestamp(_ instant: Instant) -> Cell {
        Cell(tag: .timestamp, bits: UInt64(bitPattern: instant.microseconds))
    }

    /// - Parameters:
    ///   - offset: First byte in the pool.
    ///   - count: Number of bytes of UTF-8.
    @inlinable
    public static func text(offset: Int, count: Int, pool: Pool = .input) -> Cell {
        Cell(tag: .text, pool: pool, bits: UInt64(UInt32(offset)) << 32 | UInt64(UInt32(count)))
    }

    @inlinable public var isNull: Bool { tag == .null }
    @inlinable public var isTrue: Bool { tag == .boolean && bits == 1 }
    /// - Precondition: ``tag`` is `.number`.
    @inlinable public var number: Double { Double(bitPattern: bits) }
    @inlinable public var boolean: Bool { bits != 0 }
    @inlinable public var day: DayNumber { DayNumber(truncatingIfNeeded: Int64(bitPattern: bits)) }
    @inlinable public var instant: Instant { Instant(microseconds: Int64(bitPattern: bits)) }
    @inlinable public var textOffset: Int { Int(bits >> 32) }
    @inlinable public var textCount: Int { Int(bits & 0xFFFF_FFFF) }
    @inlinable public var textRange: Range<Int> { textOffset..<(textOffset + textCount) }
}

/// A value that owns its text: for configuration, explanations and tests, not for the hot path.
public enum Value: Hashable, Sendable {
    case null
    case number(Double)
    case boolean(Bool)
    case date(DayNumber)
    case timestamp(Instant)
    case text(String)
}

/// The static types of the language. A NULL literal fits every type.
public enum ValueType: String, Hashable, Sendable {
    case number, text, boolean, date, timestamp
}
