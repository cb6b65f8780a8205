/// One operation with its operands: the part of evaluation that both evaluators share.
struct OperationCall {
    let operation: Operation
    let first: Cell
    let second: Cell
    let third: Cell
    let extra: Int32
    /// Whether a text could not be read.
    var unreadable = false

    init(_ operation: Operation, _ first: Cell, _ second: Cell, _ third: Cell, extra: Int32) {
        self.operation = operation
        self.first = first
        self.second = second
        self.third = third
        self.extra = extra
    }

    /// - Parameters:
    ///   - tree: Holds constant texts, formats and styles.
    ///   - bytes: Input texts.
    ///   - text: Scratch texts; results are appended.
    mutating func perform(_ tree: TypedTree, _ bytes: Span<UInt8>, _ text: inout [UInt8]) -> Cell {
        switch operation {
        case .same, .distinct:
            let equal = Self.isSame(first, second, bytes, tree.text.span, text.span)
            return .boolean(equal == (operation == .same))
        case .nullIf:
            let equal = !first.isNull && Self.isSame(first, second, bytes, tree.text.span, text.span)
            return equal ? .null : first
        case .replace: return replaced(tree, bytes, &text)
        default: break
        }
        if first.isNull { return .null }
        if operation.raw >= Operation.equalTexts.raw, operation.raw <= Operation.greaterOrEqualTexts.raw {
            if second.isNull { return .null }
            return Self.holds(operation, Self.compareTexts(first, second, bytes, tree.text.span, text.span))
        }
        switch first.tag {
        case .null: return .null
        case .number: return ofNumber(&text)
        case .boolean, .date, .timestamp: return ofBits(tree, &text)
        case .text: return ofText(tree, bytes, &text)
        }
    }

    // MARK: Comparing

    private static func isSame(
        _ left: Cell, _ right: Cell, _ input: Span<UInt8>, _ constant: Span<UInt8>, _ scratch: Span<UInt8>
    ) -> Bool {
        if left.tag != right.tag { return false }
        switch left.tag {
        case .null: return true
        case .number: return left.number == right.number
        case .boolean, .date, .timestamp: return left.bits == right.bits
        case .text: return compareTexts(left, right, input, constant, scratch) == 0
        }
    }

    /// Bytewise, which for UTF-8 is the order of scalars: negative, zero, positive.
    static func compareTexts(
        _ left: Cell, _ right: Cell, _ input: Span<UInt8>, _ constant: Span<UInt8>, _ scratch: Span<UInt8>
    ) -> Int {
        let leftBytes: Span<UInt8>
        switch left.pool {
        case .input: leftBytes = input.extracting(left.textRange)
        case .constant: leftBytes = constant.extracting(left.textRange)
        case .scratch: leftBytes = scratch.extracting(left.textRange)
        }
        let rightBytes: Span<UInt8>
        switch right.pool {
        case .input: rightBytes = input.extracting(right.textRange)
        case .constant: rightBytes = constant.extracting(right.textRange)
        case .scratch: rightBytes = scratch.extracting(right.textRange)
        }
        let shared = min(leftBytes.count, rightBytes.count)
        for index in 0..<shared where leftBytes[index] != rightBytes[index] {
            return Int(leftBytes[index]) - Int(rightBytes[index])
        }
        return leftBytes.count - rightBytes.count
    }

    /// What a comparison operation says of an order.
    static func holds(_ operation: Operation, _ order: Int) -> Cell {
        switch operation {
        case .equalTexts, .equalBits: .boolean(order == 0)
        case .unequalTexts, .unequalBits: .boolean(order != 0)
        case .lessTexts, .lessBits: .boolean(order < 0)
        case .lessOrEqualTexts, .lessOrEqualBits: .boolean(order <= 0)
        case .greaterTexts, .greaterBits: .boolean(order > 0)
        default: .boolean(order >= 0)
        }
    }
}

extension Operation {
    /// Shorter than `rawValue` in comparisons of ranges.
    var raw: UInt8 { rawValue }
}
