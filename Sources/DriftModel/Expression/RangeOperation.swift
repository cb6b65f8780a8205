/// Operations on ranges of which at least one is no point. NULL operands of strict operations are the caller's
/// matter: here the operands are the values besides NULL.
enum RangeOperation {
    static func perform(_ operation: Operation, _ first: RangeCell, _ second: RangeCell) -> RangeCell {
        switch operation {
        case .equalNumbers, .unequalNumbers, .lessNumbers, .lessOrEqualNumbers, .greaterNumbers,
            .greaterOrEqualNumbers, .equalBits, .unequalBits, .lessBits, .lessOrEqualBits, .greaterBits,
            .greaterOrEqualBits:
            return compared(operation, first, second)
        case .equalTexts, .unequalTexts, .lessTexts, .lessOrEqualTexts, .greaterTexts, .greaterOrEqualTexts, .like:
            return .truth(mayBeTrue: true, mayBeFalse: true, mayBeNull: operation == .like)
        case .same: return same(first, second)
        case .distinct: return negated(same(first, second))
        case .not: return negated(first.butNull)
        case .nullIf: return nullIf(first, second)
        case .replace: return first.mayBeValue ? .anyText() : .null
        case .leastText, .greatestText, .concatenate, .lower, .upper, .trim, .trimLeft, .trimRight, .textOfNumber,
            .textOfBoolean, .textOfDate, .textOfTimestamp:
            return .anyText(mayBeNull: false)
        case .substring: return .anyText()
        case .length, .position: return .number(0, .infinity)
        case .year, .month, .day, .weekday: return datePart(operation, first)
        case .numberOfBoolean: return .number(max(first.low, 0), min(first.high, 1))
        case .booleanOfNumber:
            return .truth(
                mayBeTrue: first.low != 0 || first.high != 0, mayBeFalse: first.low <= 0 && first.high >= 0,
                mayBeNull: false)
        case .dateOfTimestamp: return shifted(first, to: .date, unit: 86_400_000_000, slack: 2)
        case .timestampOfDate:
            return shifted(first, to: .timestamp, unit: 1 / 86_400_000_000, slack: 2 * 86_400_000_000)
        case .readNumber, .realOfText: return .number(-.infinity, .infinity, mayBeNull: true)
        case .integerOfText: return .number(-9_223_372_036_854_775_808, 9_223_372_036_854_775_808)
        case .booleanOfText: return .truth(mayBeTrue: true, mayBeFalse: true, mayBeNull: true)
        case .readDate: return .interval(.date, -.infinity, .infinity, mayBeNull: true)
        case .readTimestamp: return .interval(.timestamp, -.infinity, .infinity, mayBeNull: true)
        default: return RangeArithmetic.perform(operation, first, second)
        }
    }

    private static func negated(_ truth: RangeCell) -> RangeCell {
        .truth(mayBeTrue: truth.mayBeFalse, mayBeFalse: truth.mayBeTrue, mayBeNull: truth.mayBeNull)
    }

    /// Comparisons of what is ordered like its bounds.
    private static func compared(_ operation: Operation, _ left: RangeCell, _ right: RangeCell) -> RangeCell {
        var mayBeLess = left.low < right.high
        var mayBeGreater = left.high > right.low
        var mayBeEqual = left.low <= right.high && right.low <= left.high
        if left.course.clock != 0, right.course.clock != 0, let difference = RangeCourse.sum(left, right, sign: -1) {
            mayBeLess = difference.low < 0
            mayBeGreater = difference.high > 0
            mayBeEqual = difference.low <= 0 && difference.high >= 0
        }
        // Timestamps beyond 2^53 µs have bounds on both sides of their value: equal bounds may hide an order.
        switch operation {
        case .equalNumbers, .equalBits:
            return .truth(mayBeTrue: mayBeEqual, mayBeFalse: mayBeLess || mayBeGreater, mayBeNull: false)
        case .unequalNumbers, .unequalBits:
            return .truth(mayBeTrue: mayBeLess || mayBeGreater, mayBeFalse: mayBeEqual, mayBeNull: false)
        case .lessNumbers, .lessBits:
            return .truth(mayBeTrue: mayBeLess, mayBeFalse: mayBeEqual || mayBeGreater, mayBeNull: false)
        case .lessOrEqualNumbers, .lessOrEqualBits:
            return .truth(mayBeTrue: mayBeLess || mayBeEqual, mayBeFalse: mayBeGreater, mayBeNull: false)
        case .greaterNumbers, .greaterBits:
            return .truth(mayBeTrue: mayBeGreater, mayBeFalse: mayBeEqual || mayBeLess, mayBeNull: false)
        default:
            return .truth(mayBeTrue: mayBeGreater || mayBeEqual, mayBeFalse: mayBeLess, mayBeNull: false)
        }
    }

    /// IS NOT DISTINCT FROM.
    private static func same(_ left: RangeCell, _ right: RangeCell) -> RangeCell {
        var mayBeSame = left.mayBeNull && right.mayBeNull
        var mayDiffer = left.mayBeNull && right.mayBeValue || left.mayBeValue && right.mayBeNull
        if left.mayBeValue, right.mayBeValue {
            if left.tag == .text || right.tag == .text {
                mayBeSame = true
                mayDiffer = true
            } else {
                let equal = compared(.equalNumbers, left, right)
                mayBeSame = mayBeSame || equal.mayBeTrue
                mayDiffer = mayDiffer || equal.mayBeFalse
            }
        }
        return .truth(mayBeTrue: mayBeSame, mayBeFalse: mayDiffer, mayBeNull: false)
    }

    private static func nullIf(_ first: RangeCell, _ second: RangeCell) -> RangeCell {
        guard first.mayBeValue, second.mayBeValue else { return first }
        if first.tag == .text || second.tag == .text { return first.orNull }
        let equal = compared(.equalNumbers, first, second)
        guard equal.mayBeTrue else { return first }
        if !equal.mayBeFalse, !second.mayBeNull { return .null }
        guard second.isPoint, first.tag == .number, first.low < first.high else { return first.orNull }
        // An end that is taken out moves by one double: dividing by the result cannot be by zero.
        let value = second.point.number
        let low = first.low == value ? first.low.nextUp : first.low
        let high = first.high == value ? first.high.nextDown : first.high
        return .number(min(low, high), max(low, high), mayBeNull: true)
    }

    // MARK: Dates

    private static func datePart(_ operation: Operation, _ date: RangeCell) -> RangeCell {
        let low = CivilDate(day: day(date.low))
        let high = CivilDate(day: day(date.high))
        switch operation {
        case .year: return .number(Double(low.year), Double(high.year))
        case .month:
            return low.year == high.year ? .number(Double(low.month), Double(high.month)) : .number(1, 12)
        case .day:
            let together = low.year == high.year && low.month == high.month
            return together ? .number(Double(low.day), Double(high.day)) : .number(1, 31)
        default:
            let first = CivilDate.weekday(day(date.low))
            let last = CivilDate.weekday(day(date.high))
            let together = date.high - date.low < 7 && first <= last
            return together ? .number(Double(first), Double(last)) : .number(1, 7)
        }
    }

    private static func day(_ value: Double) -> DayNumber {
        DayNumber(min(max(value, Double(DayNumber.min)), Double(DayNumber.max)))
    }

    /// Between days and microseconds, with room for the zone.
    private static func shifted(_ range: RangeCell, to tag: Cell.Tag, unit: Double, slack: Double) -> RangeCell {
        .interval(
            tag, (range.low / unit).rounded(.down) - slack, (range.high / unit).rounded(.up) + slack, mayBeNull: false)
    }
}
