/// How long after their `at` records arrived: counts in buckets that never change, so sketches add up in any order.
///
/// Delays below 32 s have a bucket each; above, sixteen buckets cover each doubling. A quantile read from it is at
/// least the true one (of whole seconds) and at most a sixteenth of it more. What came before its `at` counts as no
/// delay.
public struct DelaySketch: Hashable, Sendable {
    /// By bucket, from the lowest to the highest in use: a small file that comes years after its records has few of the
    /// hundreds.
    private var counts: [Int64] = []
    /// The bucket of the first of them.
    private var lowest = 0
    /// Number of delays.
    public private(set) var count: Int64 = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// Adds one delay.
    /// - Complexity: O(1); allocates only when it is longer than all before.
    public mutating func add(seconds: Int64) { add(bucket: Self.bucket(seconds), 1) }

    /// Adds what another sketch holds.
    public mutating func add(_ other: DelaySketch) {
        for index in other.counts.indices where other.counts[index] > 0 {
            add(bucket: other.lowest + index, other.counts[index])
        }
    }

    private mutating func add(bucket: Int, _ number: Int64) {
        if bucket < lowest || bucket >= lowest + counts.count { reach(bucket) }
        counts[bucket - lowest] += number
        count += number
    }

    private mutating func reach(_ bucket: Int) {
        if counts.isEmpty { lowest = bucket }
        if bucket < lowest {
            counts.insert(contentsOf: repeatElement(0, count: lowest - bucket), at: 0)
            lowest = bucket
        } else {
            counts.append(contentsOf: repeatElement(0, count: bucket + 1 - lowest - counts.count))
        }
    }

    /// The delay that so large a share of the records does not exceed, in seconds: the upper end of the bucket of the
    /// ⌈share · count⌉-th smallest one.
    /// - Parameter share: 0…1.
    /// - Returns: nil when it is empty.
    public func quantile(_ share: Double) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, min(count, Int64((share * Double(count)).rounded(.up))))
        var seen: Int64 = 0
        for index in counts.indices {
            seen += counts[index]
            if seen >= rank { return Self.bounds(of: lowest + index).upperBound }
        }
        return nil
    }

    /// Number of delays that are surely longer: those in the buckets above the one in which `seconds` lies.
    public func count(above seconds: Int64) -> Int64 {
        counts.dropFirst(max(0, Self.bucket(seconds) + 1 - lowest)).reduce(0, +)
    }

    // MARK: Buckets

    /// Beyond 2⁴⁰ s (35,000 years) everything is alike.
    private static let longest: Int64 = 1 << 40

    static func bucket(_ seconds: Int64) -> Int {
        if seconds < 32 { return Int(max(0, seconds)) }
        let value = min(seconds, longest)
        let exponent = 63 - value.leadingZeroBitCount
        return 32 + (exponent - 5) * 16 + Int(value >> Int64(exponent - 4)) & 15
    }

    /// The least and the greatest delay in a bucket, in seconds.
    static func bounds(of bucket: Int) -> ClosedRange<Int64> {
        if bucket < 32 { return Int64(bucket)...Int64(bucket) }
        let exponent = (bucket - 32) / 16 + 5
        let least = Int64(16 + (bucket - 32) % 16) << Int64(exponent - 4)
        return least...(least + 1 << Int64(exponent - 4) - 1)
    }

    // MARK: Storing

    /// Pairs of variable-length integers: buckets skipped, count. Version 1 of the form; it never changes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var last = -1
        for index in counts.indices where counts[index] > 0 {
            Self.append(UInt64(lowest + index - last - 1), to: &bytes)
            Self.append(UInt64(counts[index]), to: &bytes)
            last = lowest + index
        }
        return bytes
    }

    /// From ``bytes``; what is none of them is taken as far as it can be read.
    public init(bytes: [UInt8]) {
        var index = 0
        var bucket = -1
        while let skipped = Self.read(bytes, &index), let number = Self.read(bytes, &index) {
            guard skipped < 1024, let number = Int64(exactly: number) else { return }
            bucket += Int(skipped) + 1
            guard bucket <= Self.bucket(.max) else { return }
            if number > 0 { add(bucket: bucket, number) }
        }
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func read(_ bytes: [UInt8], _ index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count, shift < 63 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
