import CZlib
import CZstd
import DriftFormats
import Testing

/// Reads a whole file through a reader, in blocks of `block` bytes.
func read(
    _ file: [UInt8], options: ReaderOptions = ReaderOptions(), block: Int = 1 << 16
) -> (
    rows: [[String?]], codes: [RawRecords.Reject.Code], failure: FormatFailure?, reader: RecordReader
) {
    let reader = RecordReader(options: options)
    var rows: [[String?]] = []
    var codes: [RawRecords.Reject.Code] = []
    var start = 0
    var failure: FormatFailure?
    var steps = 0
    do {
        while !reader.isAtEnd, steps < 10_000_000 {
            let end = min(file.count, start + block)
            reader.push(file.span.extracting(start..<end), isLast: end == file.count)
            start = end
            var more = true
            while more {
                var records = RawRecords()
                more = try reader.next(into: &records)
                steps += 1
                for record in records.records {
                    rows.append(
                        (0..<record.fieldCount).map { index in
                            records.bytes(index, of: record).map { String(decoding: $0, as: UTF8.self) }
                        })
                }
                codes += records.rejects.map(\.code)
            }
        }
    } catch {
        failure = error
    }
    return (rows, codes, failure, reader)
}

/// One gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
        &stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size)
    )
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1000)
    unsafe input.withUnsafeMutableBufferPointer { source in
        unsafe output.withUnsafeMutableBufferPointer { target in
            unsafe stream.next_in = source.baseAddress
            unsafe stream.avail_in = UInt32(source.count)
            unsafe stream.next_out = target.baseAddress
            unsafe stream.avail_out = UInt32(target.count)
            _ = unsafe deflate(&stream, Z_FINISH)
        }
    }
    let count = Int(unsafe stream.total_out)
    unsafe deflateEnd(&stream)
    return Array(output.prefix(count))
}

func zstd(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: bytes.count + 1000)
    let count = unsafe output.withUnsafeMutableBytes { target in
        unsafe bytes.withUnsafeBytes { source in
            unsafe ZSTD_compress(target.baseAddress, target.count, source.baseAddress, source.count, 3)
        }
    }
    return Array(output.prefix(count))
}

@Suite struct RecordReaderTests {
    static let text = "a,b\n" + (0..<5000).map { "\($0),value \($0 % 7)\n" }.joined()
    static let plain = read(Array(text.utf8)).rows

    @Test(arguments: [1, 7, 1000, 1 << 16])
    func compressedFilesGiveTheRecordsOfPlainOnes(block: Int) {
        let bytes = Array(Self.text.utf8)
        let cut = bytes.count / 3
        let parts = [gzip(Array(bytes[..<cut])), gzip([]), gzip(Array(bytes[cut...]))]
        #expect(Self.plain.count == 5000)
        #expect(read(gzip(bytes), block: block).rows == Self.plain)
        #expect(read(parts.flatMap(\.self), block: block).rows == Self.plain)
        #expect(read(zstd(bytes), block: block).rows == Self.plain)
        #expect(read(zstd(Array(bytes[..<cut])) + zstd(Array(bytes[cut...])), block: block).rows == Self.plain)
    }

    @Test func aTruncatedFileIsRefusedWithItsPlace() {
        for whole in [gzip(Array(Self.text.utf8)), zstd(Array(Self.text.utf8))] {
            for count in [whole.count / 2, whole.count - 1] {
                let failure = read(Array(whole.prefix(count))).failure
                #expect(failure?.code == .truncated)
                #expect(failure?.byteOffset == Int64(count))
            }
        }
    }

    /// A frame that announces more than comes out of it, in pieces of any size; its last block is empty.
    @Test(arguments: 1...16) func aFrameThatFallsShortOfItsAnnouncementIsRefused(block: Int) {
        func frame(announcing count: UInt8) -> [UInt8] {
            [0x28, 0xB5, 0x2F, 0xFD, 0x20, count, 4 << 3, 0, 0] + Array("a\n1\n".utf8) + [1, 0, 0]
        }
        #expect(read(frame(announcing: 4), block: block).rows == read(Array("a\n1\n".utf8)).rows)
        #expect(read(frame(announcing: 9), block: block).failure?.code == .corrupt)
    }

    @Test func aDamagedChecksumIsRefused() {
        var file = gzip(Array(Self.text.utf8))
        file[file.count - 6] ^= 1
        #expect(read(file).failure?.code == .corrupt)
    }

    @Test func zerosBehindGzipArePaddingAndOtherDataAreNot() {
        let file = gzip(Array(Self.text.utf8))
        #expect(read(file + [0, 0, 0], block: 100).rows == Self.plain)
        #expect(read(file + Array("junk".utf8)).failure?.code == .trailingData)
    }

    @Test func aBombIsStoppedOnItsWay() {
        let bomb = gzip([UInt8](repeating: UInt8(ascii: "\n"), count: 40 << 20))
        let result = read(bomb)
        #expect(result.failure?.code == .tooMuchData)
        #expect(result.reader.contentBytes < 8 << 20)
        let limits = FormatLimits(decompressedBytesMax: 1000)
        #expect(read(gzip(Array(Self.text.utf8)), options: ReaderOptions(limits: limits)).failure?.code == .tooMuchData)
    }

    @Test func twoLayersOfCompressionAreRefused() {
        #expect(read(gzip(zstd(Array(Self.text.utf8)))).failure?.code == .nestedCompression)
        #expect(read([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41]).failure?.code == .unsupportedCompression)
    }

    @Test(arguments: [TextEncoding.utf16LittleEndian, .utf16BigEndian])
    func utf16IsToldByItsMark(encoding: TextEncoding) {
        var file: [UInt8] = []
        for unit in "\u{FEFF}a;b\r\n€;😀\r\n".utf16 {
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            file += encoding == .utf16BigEndian ? [high, low] : [low, high]
        }
        for block in [1, 3, 100] {
            let result = read(file, block: block)
            #expect(result.rows == [["€", "😀"]])
            #expect(result.reader.encoding == encoding)
        }
    }

    @Test func anEncodingOfOneByteIsTurnedIntoUTF8() {
        let file = Array("a\n".utf8) + [0x80, 0xE9, 0x0A]
        #expect(read(file, options: ReaderOptions(encoding: .windows1252)).rows == [["€é"]])
        #expect(read(file, options: ReaderOptions(encoding: .iso8859_1)).rows == [["\u{80}é"]])
        #expect(read(file).codes == [.invalidUTF8])
    }

    @Test func aMarkIsNoPartOfTheFirstName() {
        let reader = read([0xEF, 0xBB, 0xBF] + Array("a,b\n1,2\n".utf8)).reader
        #expect(reader.fieldNames == ["a", "b"])
    }

    @Test func theFormatIsToldByTheFirstCharacter() {
        let result = read(Array("\n {\"a\":1}\n{\"a\":2}".utf8))
        #expect(result.reader.format == .ndjson)
        #expect(result.rows == [["1"], ["2"]])
    }

    @Test func anEmptyFileHasNothing() {
        let result = read([])
        #expect(result.rows.isEmpty && result.failure == nil && result.reader.isAtEnd)
        #expect(read(gzip([])).failure == nil)
    }

    /// Never traps and never hangs on damaged files.
    @Test(arguments: 0..<100)
    func damagedFilesAreReadOrRefused(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var file = seed % 2 == 0 ? gzip(Array(Self.text.utf8.prefix(3000))) : zstd(Array(Self.text.utf8.prefix(3000)))
        for _ in 0..<Int.random(in: 1..<6, using: &random) {
            file[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        let result = read(file, block: Int.random(in: 1..<500, using: &random))
        #expect(result.failure != nil || result.reader.isAtEnd, "seed \(seed)")
    }
}
