/// SipHash-1-3 with a fixed key: the same for the same bytes on every machine and in every release, because
/// hashes of record ids are stored.
///
/// Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012.
public struct StableHash: Sendable {
    private var v0: UInt64 = 0x736f_6d65_7073_6575 ^ 0x7365_6764_7269_6674
    private var v1: UInt64 = 0x646f_7261_6e64_6f6d ^ 0x7374_6162_6c65_6b31
    private var v2: UInt64 = 0x6c79_6765_6e65_7261 ^ 0x7365_6764_7269_6674
    private var v3: UInt64 = 0x7465_6462_7974_6573 ^ 0x7374_6162_6c65_6b31
    private var tail: UInt64 = 0
    private var tailCount: UInt64 = 0
    private var total: UInt64 = 0

    public init() {}

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 &+= v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 &+= v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }

    /// Adds one byte.
    public mutating func combine(_ byte: UInt8) {
        tail |= UInt64(byte) << (8 * tailCount)
        tailCount += 1
        total &+= 1
        if tailCount == 8 {
            v3 ^= tail
            round()
            v0 ^= tail
            tail = 0
            tailCount = 0
        }
    }

    /// Adds bytes, in order.
    public mutating func combine(_ bytes: Span<UInt8>) {
        for index in bytes.indices { combine(bytes[index]) }
    }

    /// Adds the eight bytes of a number, least significant first.
    public mutating func combine(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { combine(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// The hash of everything combined so far.
    public consuming func finalize() -> UInt64 {
        let last = total << 56 | tail
        v3 ^= last
        round()
        v0 ^= last
        v2 ^= 0xFF
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }
}
