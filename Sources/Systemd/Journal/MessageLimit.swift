/// How many messages of its own a program may write within a while: well below what journald takes of a unit before it
/// drops messages, so that those that matter come through. A pure value on a clock that it is given.
public struct MessageLimit: Hashable, Sendable {
    /// Messages in one interval.
    public let messagesMax: Int
    /// Length of an interval in microseconds.
    public let intervalMicroseconds: UInt64
    private var begunAt: UInt64 = 0
    private var written = 0

    /// - Parameters:
    ///   - messagesMax: At least 1. journald's own limit is 10,000 in 30 s, and 20,000 under our unit.
    public init(messagesMax: Int = 4_000, intervalMicroseconds: UInt64 = 30_000_000) {
        self.messagesMax = max(1, messagesMax)
        self.intervalMicroseconds = intervalMicroseconds
    }

    /// Whether one more may be written.
    /// - Parameter now: Monotonic microseconds.
    public mutating func takesOne(now: UInt64) -> Bool {
        if now < begunAt || now - begunAt >= intervalMicroseconds {
            begunAt = now
            written = 0
        }
        guard written < messagesMax else { return false }
        written += 1
        return true
    }
}
