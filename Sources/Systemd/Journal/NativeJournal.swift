internal import CSystemd
internal import Glibc

/// journald through libsystemd.
enum NativeJournal {
    static var isPresent: Bool { unsafe access("/run/systemd/journal/socket", F_OK) == 0 }

    /// Hands one entry over. May block while journald's queue is full: only ``JournalWriter``'s own thread calls.
    ///
    /// Values go length-prefixed where they need to (libsystemd's part), so a line break stays in its value.
    /// - Parameter assignments: `NAME=value`, each.
    /// - Returns: Whether journald took it.
    static func send(_ assignments: [[UInt8]]) -> Bool {
        // Where there is no journal, libsystemd says that all went well.
        guard isPresent else { return false }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(assignments.reduce(0) { $0 + $1.count })
        var ranges: [Range<Int>] = []
        for assignment in assignments {
            ranges.append(bytes.count..<bytes.count + assignment.count)
            bytes += assignment
        }
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            let vectors = unsafe ranges.map { range in
                unsafe iovec(iov_base: buffer.baseAddress?.advanced(by: range.lowerBound), iov_len: range.count)
            }
            return unsafe vectors.withUnsafeBufferPointer { unsafe sd_journal_sendv($0.baseAddress, Int32($0.count)) }
        }
        return result == 0
    }
}
