extension OperationCall {
    /// Operations whose first operand is a number.
    func ofNumber(_ text: inout [UInt8]) -> Cell {
        switch operation {
        case .negate: return .number(-first.number)
        case .absolute: return .number(first.number.magnitude)
        case .floor: return .number(first.number.rounded(.down))
        case .ceiling: return .number(first.number.rounded(.up))
        case .sign: return .number(first.number > 0 ? 1 : first.number < 0 ? -1 : 0)
        case .squareRoot: return .number(first.number.squareRoot())
        case .exponential: return .number(MathFunctions.exponential(first.number))
        case .logarithm: return first.number > 0 ? .number(MathFunctions.logarithm(first.number)) : .null
        case .logarithm10: return first.number > 0 ? .number(MathFunctions.logarithm10(first.number)) : .null
        case .truncate: return .number(Self.wholePart(first.number))
        case .booleanOfNumber: return .boolean(first.number != 0)
        case .textOfNumber: return Self.append(NumberFormat.real(first.number), to: &text)
        case .round:
            // Left out, the digits are 0; NULL digits give NULL.
            if second.isNull {
                return extra == Self.leftOut ? .number(NumberFormat.rounded(first.number, digits: 0)) : .null
            }
            return .number(NumberFormat.rounded(first.number, digits: Self.int(second.number)))
        default: return second.tag == .number ? ofNumbers(first.number, second.number) : .null
        }
    }

    /// The `extra` of an operation whose last operand was not written.
    static let leftOut: Int32 = 1

    private func ofNumbers(_ left: Double, _ right: Double) -> Cell {
        switch operation {
        case .equalNumbers: return .boolean(left == right)
        case .unequalNumbers: return .boolean(left != right)
        case .lessNumbers: return .boolean(left < right)
        case .lessOrEqualNumbers: return .boolean(left <= right)
        case .greaterNumbers: return .boolean(left > right)
        case .greaterOrEqualNumbers: return .boolean(left >= right)
        case .add: return .number(left + right)
        case .subtract: return .number(left - right)
        case .multiply: return .number(left * right)
        case .divide: return .number(left / right)
        case .remainder: return Self.remainder(left, right)
        case .modulo: return .number(left.truncatingRemainder(dividingBy: right))
        case .power: return .number(MathFunctions.power(left, right))
        case .leastNumber: return .number(right < left ? right : left)
        case .greatestNumber: return .number(right > left ? right : left)
        default: return .null
        }
    }

    /// Of the whole parts, as SQLite's `%`.
    private static func remainder(_ left: Double, _ right: Double) -> Cell {
        let divisor = int64(right)
        if divisor == 0 { return .null }
        // The smallest integer has no negative.
        return .number(divisor == -1 ? 0 : Double(int64(left) % divisor))
    }

    /// Towards zero, held within 64 bits: what CAST AS INTEGER gives.
    static func wholePart(_ value: Double) -> Double { Double(int64(value)) }

    static func int64(_ value: Double) -> Int64 {
        if value >= 9_223_372_036_854_775_808 { return .max }
        if value <= -9_223_372_036_854_775_808 { return .min }
        return Int64(value)
    }

    /// A small integer for counts and places.
    static func int(_ value: Double) -> Int { Int(min(max(value, -2_147_483_648), 2_147_483_647)) }

    static func append(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) -> Cell {
        let offset = text.count
        text.append(contentsOf: bytes)
        return .text(offset: offset, count: text.count - offset, pool: .scratch)
    }

    /// Operations whose first operand is a boolean, date or timestamp.
    func ofBits(_ tree: TypedTree, _ text: inout [UInt8]) -> Cell {
        switch operation {
        case .not: return .boolean(!first.boolean)
        case .numberOfBoolean: return .number(first.boolean ? 1 : 0)
        case .textOfBoolean: return Self.append((first.boolean ? "true" : "false").utf8, to: &text)
        case .year: return .number(Double(CivilDate(day: first.day).year))
        case .month: return .number(Double(CivilDate(day: first.day).month))
        case .day: return .number(Double(CivilDate(day: first.day).day))
        case .weekday: return .number(Double(CivilDate.weekday(first.day)))
        case .textOfDate, .textOfTimestamp:
            let offset = text.count
            if first.tag == .date {
                TimestampText.append(day: first.day, to: &text)
            } else {
                TimestampText.append(first.instant, to: &text)
            }
            return .text(offset: offset, count: text.count - offset, pool: .scratch)
        case .dateOfTimestamp: return .date(tree.formats[Int(extra)].zone.localDay(of: first.instant))
        case .timestampOfDate: return .timestamp(tree.formats[Int(extra)].zone.startOfDay(first.day))
        default: break
        }
        if second.isNull { return .null }
        let left = Int64(bitPattern: first.bits)
        let right = Int64(bitPattern: second.bits)
        switch operation {
        case .daysBetween: return .number(Double(left - right))
        case .leastBits: return right < left ? second : first
        case .greatestBits: return right > left ? second : first
        default: return Self.holds(operation, left < right ? -1 : left > right ? 1 : 0)
        }
    }
}
