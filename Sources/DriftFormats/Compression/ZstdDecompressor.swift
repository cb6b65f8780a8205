import CZstd

/// Zstandard (RFC 8878) with any number of frames; checksums are verified where frames carry them.
@safe
final class ZstdDecompressor: Decompressor {
    private let stream: OpaquePointer
    private var taken: Int64 = 0
    /// Between frames: the file may end here.
    private var atFrameEnd = false

    init() throws(FormatFailure) {
        guard let made = unsafe ZSTD_createDStream() else {
            throw FormatFailure(.noMemory, "no memory to read zstd", byteOffset: 0)
        }
        unsafe stream = made
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    func step(_ input: Span<UInt8>, into output: inout [UInt8]) throws(FormatFailure) -> (taken: Int, made: Int) {
        if input.isEmpty && atFrameEnd { return (0, 0) }
        var status = 0
        var used = 0
        var made = 0
        unsafe input.withUnsafeBufferPointer { bytes in
            unsafe output.withUnsafeMutableBufferPointer { room in
                var source = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
                var target = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                status = unsafe ZSTD_decompressStream(stream, &target, &source)
                used = unsafe source.pos
                made = unsafe target.pos
            }
        }
        taken += Int64(used)
        if ZSTD_isError(status) != 0 {
            let detail = unsafe ZSTD_getErrorName(status).map { unsafe String(cString: $0) } ?? "damaged"
            throw FormatFailure(.corrupt, "the zstd data are damaged (\(detail))", byteOffset: taken)
        }
        if used > 0 || made > 0 { atFrameEnd = status == 0 }
        return (used, made)
    }

    func finish() throws(FormatFailure) {
        if !atFrameEnd {
            throw FormatFailure(
                .truncated, "the zstd data end in the middle; deliver the file again", byteOffset: taken)
        }
    }
}
