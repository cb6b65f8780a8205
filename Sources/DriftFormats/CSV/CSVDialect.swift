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

    /// The most frequent known delimiter outside quotes in the first line of a text.
    static func detectDelimiter(in line: Span<UInt8>, quote: UInt8?) -> UInt8 {
        var counts = [Int](repeating: 0, count: 256)
        var quoted = false
        for index in line.indices {
            let byte = line[index]
            if byte == quote {
                quoted.toggle()
            } else if !quoted {
                if byte == lineFeed || byte == carriageReturn { break }
                counts[Int(byte)] += 1
            }
        }
        var best = knownDelimiters[0]
        for candidate in knownDelimiters where counts[Int(candidate)] > counts[Int(best)] { best = candidate }
        return best
    }
}

let lineFeed = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
