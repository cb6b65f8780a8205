import CZstd

/// Compresses a stream with Zstandard, block by block, with a checksum at its end.
@safe
public final class ZstdCompressor {
    private let stream: OpaquePointer

    /// - Parameter level: 1 (fast) to 19 (small).
    /// - Throws: ``FormatFailure`` without memory.
    public init(level: Int32 = 6) throws(FormatFailure) {
        guard let made = unsafe ZSTD_createCCtx() else {
            throw FormatFailure(.noMemory, "no memory to write zstd", byteOffset: 0)
        }
        unsafe stream = made
        _ = unsafe ZSTD_CCtx_setParameter(made, ZSTD_c_compressionLevel, level)
        _ = unsafe ZSTD_CCtx_setParameter(made, ZSTD_c_checksumFlag, 1)
    }

    deinit { unsafe ZSTD_freeCCtx(stream) }

    /// Compresses a block, appending what comes out.
    /// - Parameter isLast: Nothing follows: the stream is ended.
    public func push(_ input: Span<UInt8>, isLast: Bool, into output: inout [UInt8]) throws(FormatFailure) {
        var room = [UInt8](repeating: 0, count: 64 << 10)
        var offset = 0
        while true {
            var made = 0
            var left = 0
            unsafe input.withUnsafeBufferPointer { bytes in
                unsafe room.withUnsafeMutableBufferPointer { block in
                    var source = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: offset)
                    var target = unsafe ZSTD_outBuffer(dst: block.baseAddress, size: block.count, pos: 0)
                    left = unsafe ZSTD_compressStream2(stream, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
                    offset = unsafe source.pos
                    made = unsafe target.pos
                }
            }
            guard ZSTD_isError(left) == 0 else {
                throw FormatFailure(.corrupt, "zstd could not compress", byteOffset: Int64(offset))
            }
            output += room[..<made]
            if isLast ? left == 0 : offset == input.count { return }
        }
    }
}

/// Unfolds what ``ZstdCompressor`` made.
public final class ZstdReader {
    private let stream: ZstdDecompressor
    private var room = [UInt8](repeating: 0, count: 128 << 10)

    /// - Throws: ``FormatFailure`` without memory.
    public init() throws(FormatFailure) {
        stream = try ZstdDecompressor()
    }

    /// Unfolds a block and hands over what comes out, piece by piece.
    public func push(_ input: Span<UInt8>, _ take: (ArraySlice<UInt8>) -> Void) throws(FormatFailure) {
        var offset = 0
        while true {
            let (taken, made) = try stream.step(input.extracting(offset..<input.count), into: &room)
            offset += taken
            if made > 0 { take(room[..<made]) }
            if offset == input.count, made < room.count { return }
            if taken == 0, made == 0 { return }
        }
    }

    /// - Throws: ``FormatFailure`` when the stream is not at an end.
    public func finish() throws(FormatFailure) { try stream.finish() }
}
