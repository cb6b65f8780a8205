internal import DriftModel

/// Since when a destination fails, and whether that was told.
struct DownTime: Hashable, Sendable {
    /// It is told after so many seconds without a delivery.
    static let toldAfterSeconds: Int64 = 3_600

    private var since: Instant?
    private var toldAt: Instant?

    /// Another failure.
    /// - Returns: Since when there was nothing else, where that is to be told now.
    mutating func failed(now: Instant) -> Instant? {
        // The clock may have been turned back meanwhile.
        let start = min(since ?? now, now)
        since = start
        let tellAt =
            toldAt?.advanced(bySeconds: OwnTrouble.Kind.down.cooldownSeconds)
            ?? start.advanced(bySeconds: Self.toldAfterSeconds)
        guard now >= tellAt else { return nil }
        toldAt = now
        return start
    }
}
