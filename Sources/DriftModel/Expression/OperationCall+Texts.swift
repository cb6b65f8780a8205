extension OperationCall {
    /// Operations whose first operand is a text.
    mutating func ofText(_ tree: TypedTree, _ bytes: Span<UInt8>, _ text: inout [UInt8]) -> Cell {
        switch operation {
        case .lower, .upper: return folded(tree, bytes, &text)
        case .concatenate:
            if second.isNull || first.textCount + second.textCount > Self.textBytesMax { return .null }
            let offset = text.count
            Self.copy(first, tree, bytes, &text)
            Self.copy(second, tree, bytes, &text)
            return .text(offset: offset, count: text.count - offset, pool: .scratch)
        case .leastText, .greatestText:
            if second.isNull { return .null }
            let order = Self.compareTexts(first, second, bytes, tree.text.span, text.span)
            return (operation == .leastText) == (order <= 0) ? first : second
        default: return withoutResultBytes(tree, bytes, tree.text.span, text.span)
        }
    }

    /// Operations that need no room for a new text.
    private mutating func withoutResultBytes(
        _ tree: TypedTree, _ bytes: Span<UInt8>, _ constants: Span<UInt8>, _ scratch: Span<UInt8>
    ) -> Cell {
        let source: Span<UInt8>
        switch first.pool {
        case .input: source = bytes.extracting(first.textRange)
        case .constant: source = constants.extracting(first.textRange)
        case .scratch: source = scratch.extracting(first.textRange)
        }
        switch operation {
        case .position, .like, .trim, .trimLeft, .trimRight:
            return withSecond(source, bytes, constants, scratch)
        default: return ofSource(source, tree)
        }
    }

    /// Longest text that `||` and `replace` make; beyond it they are NULL, so that no record can exhaust memory.
    static let textBytesMax = 16 << 20

    /// What TRIM takes off when nothing else is said.
    private static let space: [UInt8] = [0x20]

    /// Operations with a second text.
    private func withSecond(
        _ source: Span<UInt8>, _ bytes: Span<UInt8>, _ constants: Span<UInt8>, _ scratch: Span<UInt8>
    ) -> Cell {
        let other: Span<UInt8>
        if second.tag == .text {
            switch second.pool {
            case .input: other = bytes.extracting(second.textRange)
            case .constant: other = constants.extracting(second.textRange)
            case .scratch: other = scratch.extracting(second.textRange)
            }
        } else if extra == Self.leftOut {
            other = Self.space.span
        } else {
            return .null
        }
        switch operation {
        case .position: return .number(Double(TextFunctions.position(of: other, in: source)))
        case .like:
            if third.isNull {
                if extra == Self.hasEscape { return .null }
                return .boolean(TextFunctions.isLike(source, other, escape: nil))
            }
            let mark: Unicode.Scalar?
            switch third.pool {
            case .input: mark = TextFunctions.onlyScalar(bytes.extracting(third.textRange))
            case .constant: mark = TextFunctions.onlyScalar(constants.extracting(third.textRange))
            case .scratch: mark = TextFunctions.onlyScalar(scratch.extracting(third.textRange))
            }
            guard let mark else { return .null }
            return .boolean(TextFunctions.isLike(source, other, escape: mark))
        default:
            let range = TextFunctions.trimmed(
                source, of: other, left: operation != .trimRight, right: operation != .trimLeft)
            return part(range)
        }
    }

    /// The `extra` of a LIKE with ESCAPE.
    static let hasEscape: Int32 = 2

    /// A piece of the first operand, where it already lies.
    private func part(_ range: Range<Int>) -> Cell {
        .text(offset: first.textOffset + range.lowerBound, count: range.count, pool: first.pool)
    }

    private mutating func ofSource(_ source: Span<UInt8>, _ tree: TypedTree) -> Cell {
        switch operation {
        case .length: return .number(Double(TextFunctions.length(source)))
        case .substring: return substring(source)
        case .realOfText: return .number(TextFunctions.realPrefix(source))
        case .integerOfText: return .number(TextFunctions.integerPrefix(source))
        case .booleanOfText:
            if TextFunctions.equalsFolded(source, "true") { return .boolean(true) }
            return TextFunctions.equalsFolded(source, "false") ? .boolean(false) : .null
        case .readNumber:
            let value = extra < 0 ? NumberReader.parse(source) : tree.styles[Int(extra)].parse(source)
            return read(value.map { .number($0) })
        case .readDate: return read(readDate(source, tree.formats[Int(extra)]).map { .date($0) })
        case .readTimestamp: return read(readTimestamp(source, tree.formats[Int(extra)]).map { .timestamp($0) })
        default: return .null
        }
    }

    private mutating func read(_ cell: Cell?) -> Cell {
        guard let cell else {
            unreadable = true
            return .null
        }
        return cell
    }

    private func readDate(_ source: Span<UInt8>, _ format: TimeFormat) -> DayNumber? {
        guard let pattern = format.pattern else { return TimestampText.parseDate(source) }
        guard let reading = pattern.read(source), reading.localSeconds != nil else { return nil }
        return reading.dayNumber
    }

    private func readTimestamp(_ source: Span<UInt8>, _ format: TimeFormat) -> Instant? {
        guard let pattern = format.pattern else { return TimestampText.parse(source, zone: format.zone) }
        guard let reading = pattern.read(source), let local = reading.localSeconds else { return nil }
        let seconds =
            reading.offset.map { local - Int64($0) } ?? format.zone.instantSeconds(ofLocalSeconds: local)
        return Instant(microseconds: seconds * 1_000_000 + reading.microseconds)
    }

    private func substring(_ source: Span<UInt8>) -> Cell {
        guard second.tag == .number else { return .null }
        var count: Int?
        if third.tag == .number { count = Self.int(third.number) } else if extra != Self.leftOut { return .null }
        return part(TextFunctions.substring(source, from: Self.int(second.number), count: count))
    }

    private func folded(_ tree: TypedTree, _ bytes: Span<UInt8>, _ text: inout [UInt8]) -> Cell {
        let offset = text.count
        Self.copy(first, tree, bytes, &text)
        let from: ClosedRange<UInt8> = operation == .lower ? 0x41...0x5A : 0x61...0x7A
        for index in offset..<text.count where from.contains(text[index]) { text[index] ^= 0x20 }
        return .text(offset: offset, count: text.count - offset, pool: .scratch)
    }

    /// Appends the bytes of a text to the scratch.
    static func copy(_ cell: Cell, _ tree: TypedTree, _ bytes: Span<UInt8>, _ text: inout [UInt8]) {
        switch cell.pool {
        case .input: for index in cell.textRange { text.append(bytes[index]) }
        case .constant: text.append(contentsOf: tree.text[cell.textRange])
        case .scratch: for index in cell.textRange { text.append(text[index]) }
        }
    }

    /// As SQLite: an empty `old` gives the text as it is, even when `new` is NULL.
    func replaced(_ tree: TypedTree, _ bytes: Span<UInt8>, _ text: inout [UInt8]) -> Cell {
        if first.isNull || second.isNull { return .null }
        if second.textCount == 0 { return first }
        if third.isNull { return .null }
        // Work on copies at the end of the scratch: old, text, then the result.
        let old = text.count..<(text.count + second.textCount)
        Self.copy(second, tree, bytes, &text)
        var index = text.count
        Self.copy(first, tree, bytes, &text)
        let end = text.count
        while index < end {
            if text.count - end > Self.textBytesMax {
                text.removeSubrange(old.lowerBound...)
                return .null
            }
            if index + old.count <= end, Self.matches(text, index, old) {
                Self.copy(third, tree, bytes, &text)
                index += old.count
            } else {
                text.append(text[index])
                index += 1
            }
        }
        return .text(offset: end, count: text.count - end, pool: .scratch)
    }

    private static func matches(_ text: [UInt8], _ start: Int, _ part: Range<Int>) -> Bool {
        for (offset, index) in part.enumerated() where text[start + offset] != text[index] { return false }
        return true
    }
}
