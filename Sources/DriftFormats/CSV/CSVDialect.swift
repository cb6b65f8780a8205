/// How a file of separated values is written.
public struct CSVDialect: Hashable, Sendable {
    /// The byte between fields; nil: found out from the first line (the most frequent of `,` `;` tab `|`).
    public var delimiter: UInt8?
    /// The byte around fields that contain delimiters or line ends, doubled inside; nil: no quoting.
    public var quote: UInt8?
    /// Whether the first record names the columns; if not they are `c1`, `c2`, ….
    public var hasHeader: Bool

    public init(delimiter: UInt8? = nil, quote: UInt8? = UInt8(ascii: "\""), hasHeader: Bool = true) {
        self.delimiter = delimiter
        self.quote = quote
        self.hasHeader = hasHeader
    }

    /// The delimiters that are recognised, the preferred one first.
    public static let knownDelimiters: [UInt8] = [
        UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|"),
    ]

    /// Looks at the first line of a text, whose delimiter is not known yet: a quote opens at its start and behind any
    /// known delimiter.
    /// - Returns: The most frequent known delimiter outside quotes, and whether the line's end is there.
    static func firstLine(of text: Span<UInt8>, quote: UInt8?) -> (delimiter: UInt8, isWhole: Bool) {
        var counts = [Int](repeating: 0, count: 256)
        var isQuoted = false
        var isWhole = false
        // A quote here opens a field, or is the second of two inside one.
        var mayOpen = true
        for index in text.indices {
            let byte = text[index]
            if isQuoted {
                if byte == quote {
                    isQuoted = false
                    mayOpen = true
                }
                continue
            }
            if byte == quote && mayOpen {
                isQuoted = true
                continue
            }
            if byte == lineFeed || byte == carriageReturn {
                isWhole = true
                break
            }
            counts[Int(byte)] += 1
            mayOpen = knownDelimiters.contains(byte)
        }
        var best = knownDelimiters[0]
        for candidate in knownDelimiters where counts[Int(candidate)] > counts[Int(best)] { best = candidate }
        return (best, isWhole)
    }
}

let lineFeed = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
