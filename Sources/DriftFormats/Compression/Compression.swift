/// How a file is compressed, told by its first bytes and never by its name.
public enum Compression: String, Hashable, Sendable, CaseIterable {
    case none, gzip, zstd

    /// Bytes needed to tell.
    static let magicBytesMax = 6

    /// - Parameter prefix: The first bytes of a file; all of it when it is shorter.
    public static func detect(_ prefix: Span<UInt8>) -> Compression {
        if starts(prefix, with: [0x1F, 0x8B]) { return .gzip }
        if starts(prefix, with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
        // A skippable frame is also how a zstd file may begin.
        if prefix.count >= 4, prefix[0] & 0xF0 == 0x50, prefix[1] == 0x2A, prefix[2] == 0x4D, prefix[3] == 0x18 {
            return .zstd
        }
        return .none
    }

    /// The name of a compressed or archive format that is recognised only to be refused with a clear reason.
    static func unsupported(_ prefix: Span<UInt8>) -> String? {
        let known: [(name: String, magic: [UInt8])] = [
            ("bzip2", [0x42, 0x5A, 0x68]), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
            ("zip", [0x50, 0x4B, 0x03, 0x04]), ("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
            ("lz4", [0x04, 0x22, 0x4D, 0x18]),
        ]
        return known.first { starts(prefix, with: $0.magic) }?.name
    }

    private static func starts(_ bytes: Span<UInt8>, with magic: [UInt8]) -> Bool {
        guard bytes.count >= magic.count else { return false }
        for index in magic.indices where bytes[index] != magic[index] { return false }
        return true
    }
}

/// Unfolds one compressed stream step by step, never more than a block of output at a time.
protocol Decompressor: AnyObject {
    /// Decompresses.
    /// - Parameters:
    ///   - input: What is left of the compressed bytes at hand.
    ///   - output: Filled from its start; its count is the room there is.
    /// - Returns: Bytes taken from the input, bytes put into the output.
    func step(_ input: Span<UInt8>, into output: inout [UInt8]) throws(FormatFailure) -> (taken: Int, made: Int)

    /// The compressed bytes are at an end.
    /// - Throws: ``FormatFailure`` when the stream is not.
    func finish() throws(FormatFailure)
}
