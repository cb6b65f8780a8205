/// What one value can be: a set of values described by an interval and whether NULL is among them.
///
/// Numbers, days and microseconds are intervals of doubles; truth values are the interval 0…1; a text is known
/// (a point) or not. A point is one exact value, NULL included.
public struct RangeCell: Hashable, Sendable {
    /// Type of the values besides NULL; `.null` when not known (or when there are none).
    public private(set) var tag: Cell.Tag
    public private(set) var mayBeNull: Bool
    /// Whether anything but NULL is possible.
    public private(set) var mayBeValue: Bool
    /// Whether exactly one value is possible, ``point``.
    public private(set) var isPoint: Bool
    /// Meaningful when ``isPoint``.
    public private(set) var point: Cell
    /// Bounds, both included; infinite where there is none. Meaningful when ``mayBeValue`` and for no text.
    public private(set) var low: Double
    public private(set) var high: Double
    /// How the number depends on time, where that is known exactly; `.unknown` otherwise.
    public private(set) var course = Course.unknown

    /// A number that grows evenly: two of the same clock have a difference that is known far better than from
    /// their bounds.
    public struct Course: Hashable, Sendable {
        /// What the number counts: 0 when it is not known how it moves; else one of the caller's clocks.
        public var clock: UInt8
        /// Units per step of the clock; the number goes from ``RangeCell/low`` to ``RangeCell/high``, or back when it
        /// is negative.
        public var slope: Double

        public init(clock: UInt8, slope: Double) {
            self.clock = clock
            self.slope = slope
        }

        public static let unknown = Course(clock: 0, slope: 0)
    }

    private init(tag: Cell.Tag, mayBeNull: Bool, mayBeValue: Bool, point: Cell?, low: Double, high: Double) {
        self.tag = tag
        self.mayBeNull = mayBeNull
        self.mayBeValue = mayBeValue
        isPoint = point != nil
        self.point = point ?? .null
        self.low = low
        self.high = high
    }

    /// One exact value.
    public init(_ cell: Cell) {
        let bounds: (Double, Double) =
            switch cell.tag {
            case .null, .text: (-.infinity, .infinity)
            case .number: (cell.number, cell.number)
            case .boolean, .date: (Double(Int64(bitPattern: cell.bits)), Double(Int64(bitPattern: cell.bits)))
            case .timestamp: Self.doubles(around: cell.instant.microseconds)
            }
        self.init(
            tag: cell.tag, mayBeNull: cell.isNull, mayBeValue: !cell.isNull, point: cell, low: bounds.0,
            high: bounds.1)
    }

    /// The neighbouring doubles of a count of microseconds; the same twice while it is exact (years 1685…2255).
    private static func doubles(around microseconds: Int64) -> (Double, Double) {
        let value = Double(microseconds)
        return microseconds.magnitude <= 1 << 53 ? (value, value) : (value.nextDown, value.nextUp)
    }

    public static var null: RangeCell { RangeCell(.null) }

    /// Any value of any type, or NULL.
    public static var anything: RangeCell {
        RangeCell(tag: .null, mayBeNull: true, mayBeValue: true, point: nil, low: -.infinity, high: .infinity)
    }

    /// Numbers of an interval, perhaps NULL. An infinite bound means no bound.
    public static func number(_ low: Double, _ high: Double, mayBeNull: Bool = false) -> RangeCell {
        if low == high, low.isFinite, !mayBeNull { return RangeCell(.number(low)) }
        return RangeCell(tag: .number, mayBeNull: mayBeNull, mayBeValue: true, point: nil, low: low, high: high)
    }

    /// A number that is `start` when a range of time begins and `end` when it ends, and in between moves evenly with a
    /// clock. All must be multiples of 1/1024 below 2^42, for exact sums; else only the bounds count.
    public static func number(from start: Double, to end: Double, course: Course) -> RangeCell {
        var cell = number(min(start, end), max(start, end))
        if !cell.isPoint, isExact(start), isExact(end), isExact(course.slope) { cell.course = course }
        return cell
    }

    private static func isExact(_ value: Double) -> Bool {
        value.magnitude < 0x1p42 && (value * 1024).rounded(.down) == value * 1024
    }

    /// At the start and end of the range of time; nil when it is not known how the number moves.
    var path: (start: Double, end: Double, course: Course)? {
        if isPoint { return Self.isExact(low) ? (low, low, .unknown) : nil }
        guard course.clock != 0 else { return nil }
        return course.slope < 0 ? (high, low, course) : (low, high, course)
    }

    /// Days of an interval, perhaps NULL.
    public static func date(_ low: DayNumber, _ high: DayNumber, mayBeNull: Bool = false) -> RangeCell {
        if low == high, !mayBeNull { return RangeCell(.date(low)) }
        return RangeCell(
            tag: .date, mayBeNull: mayBeNull, mayBeValue: true, point: nil, low: Double(low), high: Double(high))
    }

    /// Values of a type within bounds in that type's own unit.
    static func interval(_ tag: Cell.Tag, _ low: Double, _ high: Double, mayBeNull: Bool) -> RangeCell {
        switch tag {
        case .number: number(low, high, mayBeNull: mayBeNull)
        default: RangeCell(tag: tag, mayBeNull: mayBeNull, mayBeValue: true, point: nil, low: low, high: high)
        }
    }

    /// A text that is not known, perhaps NULL.
    public static func anyText(mayBeNull: Bool = true) -> RangeCell {
        RangeCell(tag: .text, mayBeNull: mayBeNull, mayBeValue: true, point: nil, low: -.infinity, high: .infinity)
    }

    /// A set of truth values; at least one must be possible.
    public static func truth(mayBeTrue: Bool, mayBeFalse: Bool, mayBeNull: Bool) -> RangeCell {
        if mayBeTrue != mayBeFalse, !mayBeNull { return RangeCell(.boolean(mayBeTrue)) }
        if !mayBeTrue, !mayBeFalse { return .null }
        return RangeCell(
            tag: .boolean, mayBeNull: mayBeNull, mayBeValue: true, point: nil, low: mayBeFalse ? 0 : 1,
            high: mayBeTrue ? 1 : 0)
    }

    public var mayBeTrue: Bool { mayBeValue && high >= 1 }
    public var mayBeFalse: Bool { mayBeValue && low <= 0 }
    /// Whether a condition with this result holds whatever the inputs are within their ranges.
    public var isCertainlyTrue: Bool { mayBeTrue && !mayBeFalse && !mayBeNull }

    /// Both sets together.
    public func joined(_ other: RangeCell) -> RangeCell {
        if isPoint, other.isPoint, point == other.point { return self }
        if !other.mayBeValue { return orNull }
        if !mayBeValue { return other.orNull }
        return RangeCell(
            tag: tag == other.tag ? tag : .null, mayBeNull: mayBeNull || other.mayBeNull, mayBeValue: true,
            point: nil, low: min(low, other.low), high: max(high, other.high))
    }

    /// The same and NULL.
    public var orNull: RangeCell {
        if mayBeNull { return self }
        return RangeCell(tag: tag, mayBeNull: true, mayBeValue: true, point: nil, low: low, high: high)
    }

    /// The same without NULL; where only NULL is possible, that.
    public var butNull: RangeCell {
        if !mayBeNull || !mayBeValue { return self }
        switch tag {
        case .boolean: return .truth(mayBeTrue: mayBeTrue, mayBeFalse: mayBeFalse, mayBeNull: false)
        default: return .interval(tag, low, high, mayBeNull: false)
        }
    }

    /// Whether a value is among those possible. Of texts only points are told apart, by their cells.
    public func contains(_ cell: Cell) -> Bool {
        if cell.isNull { return mayBeNull }
        if !mayBeValue { return false }
        if tag != .null, tag != cell.tag { return false }
        switch cell.tag {
        case .text: return !isPoint || point.tag == .text
        case .number: return cell.number >= low && cell.number <= high
        default:
            let value = Double(Int64(bitPattern: cell.bits))
            return value >= low && value <= high
        }
    }
}
