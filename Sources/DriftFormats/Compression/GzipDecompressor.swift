import CZlib

/// gzip (RFC 1952) with any number of members; each one's checksum and length are verified by zlib.
@safe
final class GzipDecompressor: Decompressor {
    private let stream: UnsafeMutablePointer<z_stream>
    /// Compressed bytes taken so far.
    private var taken: Int64 = 0
    /// Between members, or behind the last one.
    private var atMemberEnd = false
    /// Zero bytes behind the last member are padding (from tapes and block devices).
    private var inPadding = false

    init() throws(FormatFailure) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 16: a gzip wrapper is expected and checked.
        let status = unsafe inflateInit2_(
            stream, 16 + MAX_WBITS, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw FormatFailure(.noMemory, "no memory to read gzip", byteOffset: 0) }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func step(_ input: Span<UInt8>, into output: inout [UInt8]) throws(FormatFailure) -> (taken: Int, made: Int) {
        var used = 0
        if atMemberEnd {
            used = try betweenMembers(input)
            if atMemberEnd { return (used, 0) }
        }
        let rest = input.extracting(used...)
        var status: Int32 = Z_OK
        var left = 0
        var made = 0
        unsafe rest.withUnsafeBufferPointer { bytes in
            unsafe output.withUnsafeMutableBufferPointer { room in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(bytes.count)
                unsafe stream.pointee.next_out = room.baseAddress
                unsafe stream.pointee.avail_out = UInt32(room.count)
                status = unsafe inflate(stream, Z_NO_FLUSH)
                left = unsafe Int(stream.pointee.avail_in)
                made = unsafe room.count - Int(stream.pointee.avail_out)
                unsafe stream.pointee.next_in = nil
                unsafe stream.pointee.next_out = nil
            }
        }
        taken += Int64(rest.count - left)
        switch status {
        case Z_STREAM_END: atMemberEnd = true
        case Z_OK, Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw FormatFailure(.noMemory, "no memory to read gzip", byteOffset: taken)
        default:
            let detail = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "damaged"
            throw FormatFailure(.corrupt, "the gzip data are damaged (\(detail))", byteOffset: taken)
        }
        return (input.count - left, made)
    }

    /// Decides what follows a member: another one, padding, or something that does not belong there.
    private func betweenMembers(_ input: Span<UInt8>) throws(FormatFailure) -> Int {
        var index = 0
        while index < input.count {
            let byte = input[index]
            if byte == 0x1F, !inPadding {
                unsafe inflateReset(stream)
                atMemberEnd = false
                break
            }
            guard byte == 0 else {
                throw FormatFailure(.trailingData, "there are other data behind the gzip data", byteOffset: taken)
            }
            inPadding = true
            index += 1
            taken += 1
        }
        return index
    }

    func finish() throws(FormatFailure) {
        if !atMemberEnd {
            throw FormatFailure(
                .truncated, "the gzip data end in the middle; deliver the file again", byteOffset: taken)
        }
    }
}
