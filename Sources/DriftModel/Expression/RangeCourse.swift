/// Arithmetic on numbers that move evenly with a clock: sums, differences and multiples of such are such again, and
/// what grows at the same pace has a constant difference. All values on the way are multiples of 1/1024 below 2^42 (or
/// the course is given up), so the sums are exact and so is everything in between.
enum RangeCourse {
    /// nil: how the result moves is not known, or the operation is none of these.
    static func perform(_ operation: Operation, _ first: RangeCell, _ second: RangeCell) -> RangeCell? {
        switch operation {
        case .add: sum(first, second, sign: 1)
        case .subtract: sum(first, second, sign: -1)
        case .negate: multiple(first, -1)
        case .multiply: second.isPoint ? multiple(first, second.low) : first.isPoint ? multiple(second, first.low) : nil
        default: nil
        }
    }

    static func sum(_ first: RangeCell, _ second: RangeCell, sign: Double) -> RangeCell? {
        guard !first.mayBeNull, !second.mayBeNull, let left = first.path, let right = second.path else { return nil }
        let clocks = (left.course.clock, right.course.clock)
        guard clocks.0 == clocks.1 || clocks.0 == 0 || clocks.1 == 0 else { return nil }
        return .number(
            from: left.start + sign * right.start, to: left.end + sign * right.end,
            course: RangeCell.Course(
                clock: max(clocks.0, clocks.1), slope: left.course.slope + sign * right.course.slope))
    }

    /// Only where the products of the start and of a step are exact: then all between are, being their sums.
    private static func multiple(_ cell: RangeCell, _ factor: Double) -> RangeCell? {
        guard !cell.mayBeNull, let path = cell.path else { return nil }
        let (start, slope) = (path.start * factor, path.course.slope * factor)
        guard (-start).addingProduct(path.start, factor) == 0,
            (-slope).addingProduct(path.course.slope, factor) == 0
        else { return nil }
        let result = RangeCell.number(
            from: start, to: path.end * factor, course: RangeCell.Course(clock: path.course.clock, slope: slope))
        return result.course.clock != 0 || result.isPoint ? result : nil
    }
}
