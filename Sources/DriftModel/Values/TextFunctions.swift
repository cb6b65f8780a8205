/// SQLite's text functions on UTF-8 bytes. Characters are Unicode scalars, as in SQLite.
enum TextFunctions {
    /// Whether a byte continues a character.
    @inline(__always)
    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// Number of characters.
    static func length(_ text: Span<UInt8>) -> Int {
        var count = 0
        for index in text.indices where !isContinuation(text[index]) { count += 1 }
        return count
    }

    /// The index of the byte after the character at an index.
    @inline(__always)
    static func after(_ text: Span<UInt8>, _ index: Int) -> Int {
        var next = index + 1
        while next < text.count, isContinuation(text[next]) { next += 1 }
        return next
    }

    /// Place of the first occurrence in characters from 1, 0 if there is none.
    static func position(of part: Span<UInt8>, in text: Span<UInt8>) -> Int {
        var index = 0
        var character = 1
        while index + part.count <= text.count {
            if holds(text, index, part) { return character }
            index = after(text, index)
            character += 1
        }
        return 0
    }

    private static func holds(_ text: Span<UInt8>, _ start: Int, _ part: Span<UInt8>) -> Bool {
        guard start + part.count <= text.count else { return false }
        for index in part.indices where text[start + index] != part[index] { return false }
        return true
    }

    /// The range left when characters of a set are taken off the ends.
    static func trimmed(_ text: Span<UInt8>, of set: Span<UInt8>, left: Bool, right: Bool) -> Range<Int> {
        var start = 0
        var end = text.count
        while left, start < end {
            let next = min(after(text, start), end)
            guard contains(set, text, start..<next) else { break }
            start = next
        }
        while right, end > start {
            var first = end - 1
            while first > start, isContinuation(text[first]) { first -= 1 }
            guard contains(set, text, first..<end) else { break }
            end = first
        }
        return start..<end
    }

    private static func contains(_ set: Span<UInt8>, _ text: Span<UInt8>, _ character: Range<Int>) -> Bool {
        var index = 0
        while index < set.count {
            let next = after(set, index)
            if next - index == character.count {
                var same = true
                for offset in 0..<character.count where set[index + offset] != text[character.lowerBound + offset] {
                    same = false
                }
                if same { return true }
            }
            index = next
        }
        return false
    }

    /// `substr`: characters from 1; 0 is the place before the first; negative places count from the end; a
    /// negative count takes the characters before the place.
    static func substring(_ text: Span<UInt8>, from start: Int, count: Int?) -> Range<Int> {
        var first = start
        let backwards = count.map { $0 < 0 } ?? false
        var wanted = count.map { abs($0) } ?? 1_000_000_000
        if first < 0 {
            first += length(text)
            if first < 0 {
                wanted = max(0, wanted + first)
                first = 0
            }
        } else if first > 0 {
            first -= 1
        } else if wanted > 0 {
            wanted -= 1
        }
        if backwards {
            first -= wanted
            if first < 0 {
                wanted += first
                first = 0
            }
        }
        var lower = 0
        while lower < text.count, first > 0 {
            lower = after(text, lower)
            first -= 1
        }
        var upper = lower
        while upper < text.count, wanted > 0 {
            upper = after(text, upper)
            wanted -= 1
        }
        return lower..<upper
    }

    /// The one scalar a text consists of.
    static func onlyScalar(_ text: Span<UInt8>) -> Unicode.Scalar? {
        guard text.count > 0, text.count <= 4, after(text, 0) == text.count else { return nil }
        var value = UInt32(text[0])
        if text.count > 1 {
            value &= UInt32(0x7F) >> UInt32(text.count)
            for index in 1..<text.count { value = value << 6 | UInt32(text[index] & 0x3F) }
        }
        return Unicode.Scalar(value)
    }

    /// LIKE: `%` any characters, `_` one, ASCII letters in either case. After the escape character the next one
    /// stands for itself; an escape at the end matches nothing.
    static func isLike(_ text: Span<UInt8>, _ pattern: Span<UInt8>, escape: Unicode.Scalar?) -> Bool {
        var mark: [UInt8] = []
        if let escape { mark.append(contentsOf: String(escape).utf8) }
        var textIndex = 0
        var patternIndex = 0
        // Where to go on when the rest fails: the last % and how much it has swallowed.
        var retry: (pattern: Int, text: Int)?
        while true {
            if patternIndex == pattern.count {
                if textIndex == text.count { return true }
            } else {
                switch step(text, textIndex, pattern, patternIndex, mark) {
                case .any:
                    patternIndex += 1
                    retry = (patternIndex, textIndex)
                    continue
                case .match(let nextText, let nextPattern):
                    (textIndex, patternIndex) = (nextText, nextPattern)
                    continue
                case .mismatch: break
                }
            }
            guard let again = retry, again.text < text.count else { return false }
            textIndex = after(text, again.text)
            retry = (again.pattern, textIndex)
            patternIndex = again.pattern
        }
    }

    private enum LikeStep {
        case any, mismatch
        case match(text: Int, pattern: Int)
    }

    private static func step(
        _ text: Span<UInt8>, _ textIndex: Int, _ pattern: Span<UInt8>, _ patternIndex: Int, _ mark: [UInt8]
    ) -> LikeStep {
        var from = patternIndex
        let escaped = !mark.isEmpty && holds(pattern, patternIndex, mark.span)
        if escaped {
            from += mark.count
            if from == pattern.count { return .mismatch }
        } else if pattern[from] == 0x25 {
            return .any
        }
        if textIndex == text.count { return .mismatch }
        if !escaped, pattern[from] == 0x5F {
            return .match(text: after(text, textIndex), pattern: from + 1)
        }
        let end = after(pattern, from)
        guard after(text, textIndex) - textIndex == end - from else { return .mismatch }
        for offset in 0..<(end - from) where fold(text[textIndex + offset]) != fold(pattern[from + offset]) {
            return .mismatch
        }
        return .match(text: textIndex + end - from, pattern: end)
    }

    @inline(__always)
    static func fold(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// Equal to an ASCII text in lower case, letters in either case, blanks around.
    static func equalsFolded(_ text: Span<UInt8>, _ wanted: StaticString) -> Bool {
        let expected = Array(wanted.description.utf8)
        var start = 0
        var end = text.count
        while start < end, NumberReader.isBlank(text[start]) { start += 1 }
        while end > start, NumberReader.isBlank(text[end - 1]) { end -= 1 }
        guard end - start == expected.count else { return false }
        for offset in expected.indices where fold(text[start + offset]) != expected[offset] { return false }
        return true
    }

    /// What `CAST(text AS REAL)` gives: the longest number the text begins with, else 0.
    static func realPrefix(_ text: Span<UInt8>) -> Double {
        var start = 0
        while start < text.count, NumberReader.isBlank(text[start]) { start += 1 }
        return NumberReader.prefix(text, from: start, to: text.count)?.value ?? 0
    }

    /// What `CAST(text AS INTEGER)` gives: the longest integer the text begins with, held within 64 bits, else 0.
    static func integerPrefix(_ text: Span<UInt8>) -> Double {
        var index = 0
        while index < text.count, NumberReader.isBlank(text[index]) { index += 1 }
        let negative = index < text.count && text[index] == 0x2D
        if index < text.count, text[index] == 0x2D || text[index] == 0x2B { index += 1 }
        var magnitude: UInt64 = 0
        let limit: UInt64 = negative ? 1 << 63 : (1 << 63) - 1
        while index < text.count, NumberReader.isDigit(text[index]) {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(text[index] &- 48))
            // Once at the limit it stays there: ten times the limit overflows or exceeds it.
            magnitude = overflow || carry || sum > limit ? limit : sum
            index += 1
        }
        return negative ? -Double(magnitude) : Double(magnitude)
    }
}
