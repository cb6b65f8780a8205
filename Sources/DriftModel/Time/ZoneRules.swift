/// A time zone's offsets as a value: read from the system's zoneinfo by a shell, so that the pure modules
/// need no file system.
public struct ZoneRules: Hashable, Sendable {
    /// IANA name.
    public var name: String
    /// Instants (seconds of UTC) at which the offset changes, ascending; explicit far into the future.
    public var changesAt: [Int64]
    /// Seconds east of UTC from the change of the same index on.
    public var offsets: [Int32]
    /// Seconds east of UTC before the first change.
    public var firstOffset: Int32

    public init(name: String, changesAt: [Int64], offsets: [Int32], firstOffset: Int32) {
        self.name = name
        self.changesAt = changesAt
        self.offsets = offsets
        self.firstOffset = firstOffset
    }

    public static let utc = ZoneRules(name: "UTC", changesAt: [], offsets: [], firstOffset: 0)

    /// Seconds east of UTC in force at an instant. O(log changes).
    public func offset(atUTCSeconds seconds: Int64) -> Int32 {
        var low = 0
        var high = changesAt.count
        while low < high {
            let middle = (low + high) / 2
            if changesAt[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : offsets[low - 1]
    }

    /// The local civil day of an instant.
    public func localDay(of instant: Instant) -> DayNumber {
        let seconds = instant.secondsFloor
        return DayNumber(clamping: floorDivide(seconds + Int64(offset(atUTCSeconds: seconds)), 86_400))
    }

    /// The instant of a local civil time: a skipped one is moved forward by the gap, of a repeated one the first.
    /// - Parameter localSeconds: Seconds since 1970-01-01T00:00:00 on the local clock.
    public func instantSeconds(ofLocalSeconds localSeconds: Int64) -> Int64 {
        // The offsets in force a day before and a day after bracket every change that could matter.
        let before = Int64(offset(atUTCSeconds: localSeconds - 86_400))
        let after = Int64(offset(atUTCSeconds: localSeconds + 86_400))
        let earlier = localSeconds - max(before, after)
        let later = localSeconds - min(before, after)
        if earlier + Int64(offset(atUTCSeconds: earlier)) == localSeconds { return earlier }
        if later + Int64(offset(atUTCSeconds: later)) == localSeconds { return later }
        // Skipped: read with the offset before the gap, which lands after it.
        return localSeconds - before
    }

    /// The first instant of a local civil day.
    public func startOfDay(_ day: DayNumber) -> Instant {
        Instant(seconds: instantSeconds(ofLocalSeconds: Int64(day) * 86_400))
    }
}
