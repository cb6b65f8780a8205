import Crypto
import DriftFormats
public import DriftStore

/// Files in the archive, which may have been compressed there.
public enum ArchivedBytes {
    /// Suffix of a file that was compressed in the archive; what came compressed keeps its name.
    public static let suffix = ".zst"

    /// Whether a file came plain and lies compressed now.
    public static func isCompressed(_ file: FileRow) -> Bool {
        file.verdict?.compression == Compression.none.rawValue && file.storedPath.hasPrefix("archive/")
            && file.storedPath.hasSuffix("/\(file.fileID)-\(FileName.sanitised(file.nameBytes))\(suffix)")
    }

    /// Hex SHA-256 of a file's bytes as they were delivered.
    /// - Parameter isCompressed: They lie compressed.
    /// - Throws: ``IntakeError``; kind `changed` when compressed bytes are damaged.
    public static func sha256(path: String, isCompressed: Bool) throws(IntakeError) -> String {
        guard isCompressed else { return try FileHash.sha256(path: path) }
        let file = try WorkFile(path: path)
        var hash = SHA256()
        do {
            let reader = try ZstdReader()
            while true {
                let block = try file.read()
                if block.isEmpty { break }
                try reader.push(block.span) { piece in
                    unsafe piece.withUnsafeBytes { bytes in unsafe hash.update(bufferPointer: bytes) }
                }
            }
            try reader.finish()
        } catch let error as IntakeError {
            throw error
        } catch {
            throw IntakeError(.changed, "decompress", path: path)
        }
        return FileHash.hex(hash.finalize())
    }
}
