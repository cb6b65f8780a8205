/// Arithmetic on intervals of numbers. Bounds are included; infinite ones stand for "no bound", and a result
/// that may overflow may be NULL.
enum RangeArithmetic {
    static func perform(_ operation: Operation, _ first: RangeCell, _ second: RangeCell) -> RangeCell {
        let (a, b) = (first.low, first.high)
        let (c, d) = (second.low, second.high)
        if first.course.clock != 0 || second.course.clock != 0,
            let result = RangeCourse.perform(operation, first, second)
        {
            return result
        }
        switch operation {
        case .add: return bounded(a + c, b + d)
        case .subtract: return bounded(a - d, b - c)
        case .daysBetween: return .number(a - d, b - c)
        case .multiply: return corners(product(a, c), product(a, d), product(b, c), product(b, d))
        case .divide:
            if c <= 0, d >= 0 { return whole }
            return corners(a / c, a / d, b / c, b / d)
        case .remainder: return remainder(first, second, mayBeZero: c < 1 && d > -1)
        case .modulo: return remainder(first, second, mayBeZero: c <= 0 && d >= 0)
        case .leastNumber: return .number(min(a, c), min(b, d))
        case .greatestNumber: return .number(max(a, c), max(b, d))
        case .leastBits: return .interval(first.tag, min(a, c), min(b, d), mayBeNull: false)
        case .greatestBits: return .interval(first.tag, max(a, c), max(b, d), mayBeNull: false)
        case .round: return rounded(first, second)
        case .power:
            if a <= 0 { return whole }
            return wider(
                corners(
                    MathFunctions.power(a, c), MathFunctions.power(a, d), MathFunctions.power(b, c),
                    MathFunctions.power(b, d)))
        default: return ofOne(operation, a, b)
        }
    }

    private static let whole = RangeCell.number(-.infinity, .infinity, mayBeNull: true)

    private static func ofOne(_ operation: Operation, _ low: Double, _ high: Double) -> RangeCell {
        switch operation {
        case .negate: return .number(-high, -low)
        case .absolute:
            let least = low <= 0 && high >= 0 ? 0 : min(low.magnitude, high.magnitude)
            return .number(least, max(low.magnitude, high.magnitude))
        case .floor: return .number(low.rounded(.down), high.rounded(.down))
        case .ceiling: return .number(low.rounded(.up), high.rounded(.up))
        case .truncate: return .number(OperationCall.wholePart(low), OperationCall.wholePart(high))
        case .sign: return .number(sign(low), sign(high))
        case .squareRoot:
            if high < 0 { return .null }
            return .number(max(low, 0).squareRoot(), high.squareRoot(), mayBeNull: low < 0)
        case .exponential:
            return wider(bounded(MathFunctions.exponential(low), MathFunctions.exponential(high)))
        case .logarithm, .logarithm10:
            if high <= 0 { return .null }
            let function = operation == .logarithm ? MathFunctions.logarithm : MathFunctions.logarithm10
            let least = low > 0 ? function(low) : -.infinity
            return wider(.number(least, function(high), mayBeNull: low <= 0))
        default: return .anything
        }
    }

    private static func sign(_ value: Double) -> Double { value > 0 ? 1 : value < 0 ? -1 : 0 }

    /// Zero times "no bound" is zero: every value behind it is finite.
    private static func product(_ left: Double, _ right: Double) -> Double {
        left == 0 || right == 0 ? 0 : left * right
    }

    /// Where a bound is infinite, single results may have overflown to NULL.
    private static func bounded(_ low: Double, _ high: Double) -> RangeCell {
        if low.isNaN || high.isNaN { return whole }
        return .number(low, high, mayBeNull: low.isInfinite || high.isInfinite)
    }

    private static func corners(_ first: Double, _ second: Double, _ third: Double, _ fourth: Double) -> RangeCell {
        if first.isNaN || second.isNaN || third.isNaN || fourth.isNaN { return whole }
        return bounded(min(min(first, second), min(third, fourth)), max(max(first, second), max(third, fourth)))
    }

    /// Room for functions that are not rounded correctly.
    private static func wider(_ range: RangeCell) -> RangeCell {
        func room(_ bound: Double) -> Double {
            bound.isFinite ? bound.magnitude * 1e-14 + .leastNonzeroMagnitude : 0
        }
        let (low, high) = (range.low - room(range.low), range.high + room(range.high))
        return .number(low, high, mayBeNull: range.mayBeNull || low.isInfinite || high.isInfinite)
    }

    /// Both remainders have the sign of the first and are no further from zero than either.
    private static func remainder(_ first: RangeCell, _ second: RangeCell, mayBeZero: Bool) -> RangeCell {
        let limit = max(second.low.magnitude, second.high.magnitude)
        let low = first.low < 0 ? max(first.low, -limit) : 0
        let high = first.high > 0 ? min(first.high, limit) : 0
        return .number(low, high, mayBeNull: mayBeZero)
    }

    private static func rounded(_ value: RangeCell, _ digits: RangeCell) -> RangeCell {
        var places = 0
        if digits.mayBeValue {
            // No digits more than this move the value by more than a half.
            guard digits.isPoint else { return bounded(value.low - 1, value.high + 1) }
            places = min(max(OperationCall.int(digits.point.number), 0), 30)
        }
        func end(_ bound: Double, outwards: Double) -> Double {
            if bound.isInfinite { return bound }
            let result = NumberFormat.rounded(bound, digits: places)
            if places == 0 { return result }
            // The hair that SQLite adds before it cuts comes and goes with the power of two; 16 digits remain.
            return result + outwards * (NumberReader.powerOfTen(-places) + bound.magnitude * 4e-15)
        }
        return bounded(end(value.low, outwards: -1), end(value.high, outwards: 1))
    }
}
