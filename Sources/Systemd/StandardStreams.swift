internal import Glibc

/// What the three standard streams are.
public enum StandardStreams {
    /// Opens `/dev/null` in the place of each closed stream, so that no database or log file is ever opened as
    /// descriptor 2 and then written to as "standard error". The first thing that main does.
    public static func ensureOpen() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is this one: all below are open by now.
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

    /// Device and inode of a stream as `JOURNAL_STREAM` writes them, "device:inode"; nil when it is closed.
    static func identity(of descriptor: Int32) -> String? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        return "\(status.st_dev):\(status.st_ino)"
    }

    /// Whether a person looks at it.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Writes all of it or gives up at the first error: nobody can be told that telling failed.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                return
            }
        }
    }
}
