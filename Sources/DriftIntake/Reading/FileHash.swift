import Crypto

/// SHA-256 of files: their identity.
public enum FileHash {
    /// Hex SHA-256 of a file's bytes.
    public static func sha256(path: String) throws(IntakeError) -> String {
        let file = try WorkFile(path: path)
        var hash = SHA256()
        while true {
            let block = try file.read()
            if block.isEmpty { return hex(hash.finalize()) }
            unsafe block.withUnsafeBytes { bytes in unsafe hash.update(bufferPointer: bytes) }
        }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
