import Crypto
import DriftFormats

/// A file's records, block by block, with the SHA-256 of its bytes on the side.
final class RawStream {
    private let file: WorkFile
    private let reader: RecordReader
    private var hash: SHA256?
    private var isRead = false

    /// - Parameter isHashed: Whether the bytes are hashed too.
    init(_ file: WorkFile, options: ReaderOptions, isHashed: Bool) {
        self.file = file
        reader = RecordReader(options: options)
        hash = isHashed ? SHA256() : nil
    }

    enum Problem: Error {
        case format(FormatFailure)
        case system(IntakeError)
    }

    var contentBytes: Int64 { reader.contentBytes }
    var header: [String]? { reader.header }
    var compression: Compression? { reader.compression }
    var encoding: TextEncoding? { reader.encoding }
    var format: RecordFormat? { reader.format }
    var delimiter: UInt8? { reader.delimiter }

    /// Decodes the next block of records, appending them.
    /// - Returns: False at the end of the file; records may have been appended all the same.
    func next(into records: inout RawRecords) throws(Problem) -> Bool {
        while true {
            do {
                if try reader.next(into: &records) { return true }
            } catch {
                throw .format(error)
            }
            if reader.isAtEnd { return false }
            if !records.records.isEmpty || !records.rejects.isEmpty { return true }
            do {
                let block = try readBlock()
                reader.push(block.span, isLast: isRead)
            } catch {
                throw .system(error)
            }
        }
    }

    private func readBlock() throws(IntakeError) -> ArraySlice<UInt8> {
        let block = try file.read()
        if block.isEmpty { isRead = true }
        unsafe block.withUnsafeBytes { bytes in unsafe hash?.update(bufferPointer: bytes) }
        return block
    }

    /// Reads what is left of the file, for its hash alone, and closes the hash.
    func finishHash() throws(IntakeError) -> String {
        while !isRead { _ = try readBlock() }
        return hash.map { FileHash.hex($0.finalize()) } ?? ""
    }
}
