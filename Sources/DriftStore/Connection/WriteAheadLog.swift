import Glibc

/// A write-ahead log as a file (`-wal`; the format is fixed, sqlite.org/fileformat2.html#walformat), read to say what is
/// recovered from it. To recover is SQLite's own business.
///
/// Not through the log's index, which would be quicker: closing it would give up the locks that SQLite holds on it.
struct WriteAheadLog {
    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    /// Frames up to the last commit, one page each: what SQLite takes from the log when it opens the database. What
    /// comes behind them was torn, not committed, or is left from an earlier use of the file.
    /// - Returns: 0 where there is no log, or none that can be read.
    static func committedPages(path: String) -> Int {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        guard let header = read(file, headerBytes, at: 0), header.word(0) & ~1 == 0x377F_0682 else { return 0 }
        let isBigEndian = header.word(0) & 1 == 1
        var sum = Checksum(isBigEndian: isBigEndian)
        sum.add(header, 0..<24)
        guard sum.first == header.word(24), sum.second == header.word(28) else { return 0 }
        let pageBytes = Int(header.word(8))
        guard (512...65_536).contains(pageBytes), pageBytes & (pageBytes - 1) == 0 else { return 0 }
        let frameBytes = frameHeaderBytes + pageBytes
        var frames = 0
        var committed = 0
        while let frame = read(file, frameBytes, at: headerBytes + frames * frameBytes) {
            guard frame.word(8) == header.word(16), frame.word(12) == header.word(20) else { break }
            sum.add(frame, 0..<8)
            sum.add(frame, frameHeaderBytes..<frameBytes)
            guard sum.first == frame.word(16), sum.second == frame.word(20) else { break }
            frames += 1
            if frame.word(4) != 0 { committed = frames }
        }
        return committed
    }

    /// - Returns: nil when there is not as much.
    private static func read(_ file: Int32, _ count: Int, at offset: Int) -> [UInt8]? {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, found in
            found = max(0, unsafe pread(file, buffer.baseAddress, count, off_t(offset)))
        }
        return bytes.count == count ? bytes : nil
    }

    private struct Checksum {
        let isBigEndian: Bool
        var first: UInt32 = 0
        var second: UInt32 = 0

        init(isBigEndian: Bool) {
            self.isBigEndian = isBigEndian
        }

        /// - Parameter range: Of a multiple of eight bytes.
        mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
            unsafe bytes.withUnsafeBytes { bytes in
                for place in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                    let one = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
                    let other = unsafe bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                    first &+= (isBigEndian ? UInt32(bigEndian: one) : UInt32(littleEndian: one)) &+ second
                    second &+= (isBigEndian ? UInt32(bigEndian: other) : UInt32(littleEndian: other)) &+ first
                }
            }
        }
    }
}

extension [UInt8] {
    /// Four bytes, the highest first.
    fileprivate func word(_ place: Int) -> UInt32 {
        self[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
