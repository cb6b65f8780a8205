import DriftFormats

/// Pseudo-random numbers that repeat with their seed (SplitMix64, Steele et al. 2014).
struct FuzzRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }

    mutating func one<T>(of list: [T]) -> T { list[below(list.count)] }
}

/// Inputs: a valid text made of the format's own pieces, then bent.
enum FuzzInput {
    static func make(_ target: FuzzTarget, _ random: inout FuzzRandom) -> [UInt8] {
        var text: [UInt8]
        switch target {
        case .csv: text = csv(&random)
        case .ndjson: text = (0..<random.below(12)).flatMap { _ in object(&random, 0) + [0x0A] }
        case .json:
            let elements = (0..<random.below(12)).map { _ in object(&random, 0) }
            text = [0x5B] + Array(elements.joined(separator: [0x2C])) + [0x5D]
        case .xml: text = xml(&random)
        case .gzip, .zstd:
            let inner = make(random.one(of: [.csv, .ndjson, .json, .xml]), &random)
            text = target == .gzip ? storedGzip(inner) : storedZstd(inner)
            if random.below(3) == 0 { text += target == .gzip ? storedGzip(inner) : storedZstd(inner) }
        case .encoding:
            text = make(random.one(of: [.csv, .ndjson, .json, .xml]), &random)
            if random.below(2) == 0 {
                text = random.one(of: [[0xFF, 0xFE], [0xFE, 0xFF], [0xEF, 0xBB, 0xBF], []]) + text
            }
        }
        for _ in 0..<random.one(of: [0, 0, 1, 1, 2, 8]) { bend(&text, target, &random) }
        return text
    }

    // MARK: Valid texts

    private static let scalars = [
        "1", "-0", "1.5e-3", "123456789012345678901234567890", "true", "false", "null", "\"\"", "\"x\"",
        "\"\\u00e9\\n\\\\\"", "\"\\ud83d\\ude00\"", "\"a,b;c]}\"", "\"é😀\"", "\"\\\"\"", "[]", "{}",
    ]
    private static let names = ["a", "b", "customer", "\\u0061", "x y", "a.b", "é", ""]

    private static func value(_ random: inout FuzzRandom, _ depth: Int) -> [UInt8] {
        if depth < 5, random.below(4) == 0 {
            if random.below(2) == 0 { return object(&random, depth + 1) }
            let items = (0..<random.below(4)).map { _ in value(&random, depth + 1) }
            return [0x5B] + Array(items.joined(separator: [0x2C])) + [0x5D]
        }
        return Array(random.one(of: scalars).utf8)
    }

    private static func object(_ random: inout FuzzRandom, _ depth: Int) -> [UInt8] {
        let blank = Array(random.one(of: ["", " ", "\t "]).utf8)
        let members = (0..<random.below(6)).map { _ in
            Array("\"\(random.one(of: names))\"".utf8) + blank + [0x3A] + blank + value(&random, depth)
        }
        return [0x7B] + blank + Array(members.joined(separator: [0x2C] + blank)) + [0x7D]
    }

    private static func csv(_ random: inout FuzzRandom) -> [UInt8] {
        let delimiter = random.one(of: [",", ";", "\t", "|"])
        let columns = 1 + random.below(5)
        let end = random.one(of: ["\n", "\r\n", "\r"])
        let fields = ["", "x", "1.5", "é", "\"q\"", "\"a,b\"", "\"\"\"\"", "\"l\nm\"", "\"\r\n\"", " y ", "NA"]
        var text = (0..<columns).map { ["a", "b", "customer", "d", "e"][$0] }.joined(separator: delimiter) + end
        for _ in 0..<random.below(20) {
            text += (0..<columns).map { _ in random.one(of: fields) }.joined(separator: delimiter) + end
        }
        return Array(text.utf8)
    }

    private static func xml(_ random: inout FuzzRandom) -> [UInt8] {
        var text =
            random.one(of: ["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE r SYSTEM \"x\">"]) + "<r>"
        for _ in 0..<random.below(12) { text += element(&random, 0) }
        return Array((text + "</r>").utf8)
    }

    private static func element(_ random: inout FuzzRandom, _ depth: Int) -> String {
        let name = random.one(of: ["a", "b", "customer", "r", "é"])
        let attributes = random.one(of: ["", " a=\"1\"", " b='&lt;'", " xmlns:p=\"u\" p:a=\"2\""])
        if random.below(5) == 0 { return "<\(name)\(attributes)/>" }
        var inside = ""
        for _ in 0..<random.below(4) {
            if depth < 6, random.below(3) == 0 {
                inside += element(&random, depth + 1)
            } else {
                inside += random.one(of: [
                    "text", " ", "&amp;", "&#233;", "<![CDATA[<]]>", "<!--c-->", "<?p?>", "é", "\r\n",
                ])
            }
        }
        return "<\(name)\(attributes)>\(inside)</\(name)>"
    }

    // MARK: Compression without a compressor

    /// A gzip member of stored blocks.
    static func storedGzip(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        var rest = bytes[...]
        repeat {
            let part = rest.prefix(60_000)
            rest = rest.dropFirst(part.count)
            out.append(rest.isEmpty ? 1 : 0)
            out += little(UInt64(part.count), 2) + little(UInt64(~UInt16(part.count)), 2) + part
        } while !rest.isEmpty
        return out + little(UInt64(crc32(bytes)), 4) + little(UInt64(bytes.count), 4)
    }

    /// A zstd frame of one raw block.
    static func storedZstd(_ bytes: [UInt8]) -> [UInt8] {
        let part = bytes.prefix(100_000)
        return [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + little(UInt64(part.count), 4) + little(UInt64(part.count) << 3 | 1, 3)
            + part
    }

    private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    // MARK: Bending

    private static func bend(_ text: inout [UInt8], _ target: FuzzTarget, _ random: inout FuzzRandom) {
        guard !text.isEmpty else { return }
        let place = random.below(text.count)
        let special: [UInt8] = [
            0, 0x0A, 0x0D, 0x22, 0x26, 0x2C, 0x3A, 0x3C, 0x3E, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x80, 0xC3, 0xFF,
        ]
        switch random.below(9) {
        case 0: text[place] = special[random.below(special.count)]
        case 1: text.insert(special[random.below(special.count)], at: place)
        case 2: text.remove(at: place)
        case 3: text.removeSubrange(place...)
        case 4: text.removeSubrange(..<place)
        case 5: text[place] ^= 1 << UInt8(random.below(8))
        case 6:
            // A piece again, somewhere else.
            let piece = text[place..<min(text.count, place + 1 + random.below(40))]
            text.insert(contentsOf: Array(piece), at: random.below(text.count))
        case 7: text.insert(contentsOf: repeatElement(text[place], count: random.below(3_000)), at: place)
        default:
            text.removeSubrange(place..<min(text.count, place + 1 + random.below(20)))
        }
    }
}
