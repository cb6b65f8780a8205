import CZstd

/// Zstandard (RFC 8878) with any number of frames; checksums are verified where frames carry them.
@safe
final class ZstdDecompressor: Decompressor {
    private let stream: OpaquePointer
    private var taken: Int64 = 0
    /// Between frames: the file may end here.
    private var atFrameEnd = false
    /// The beginning of the frame under way: it says how much comes out.
    private var header: [UInt8] = []
    private var frameBytes: UInt64 = 0
    /// No header is longer.
    private static let headerBytesMax = 18

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
        for index in 0..<max(0, min(used, Self.headerBytesMax - header.count)) { header.append(input[index]) }
        frameBytes += UInt64(made)
        if used > 0 || made > 0 {
            atFrameEnd = status == 0
            if atFrameEnd { try endFrame() }
        }
        return (used, made)
    }

    /// The library compares what came out with what was announced, but not where a frame in pieces ends with an empty
    /// block.
    private func endFrame() throws(FormatFailure) {
        let announced = unsafe header.withUnsafeBufferPointer {
            unsafe ZSTD_getFrameContentSize($0.baseAddress, $0.count)
        }
        // The two greatest values mean that nothing is announced.
        if announced < UInt64.max - 1, announced != frameBytes {
            throw FormatFailure(
                .corrupt, "the zstd data are damaged (\(frameBytes) bytes come out of \(announced) announced)",
                byteOffset: taken)
        }
        header.removeAll(keepingCapacity: true)
        frameBytes = 0
    }

    func finish() throws(FormatFailure) {
        if !atFrameEnd {
            throw FormatFailure(
                .truncated, "the zstd data end in the middle; deliver the file again", byteOffset: taken)
        }
    }
}
