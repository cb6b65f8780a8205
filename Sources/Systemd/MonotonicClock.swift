internal import Glibc

/// Microseconds of `CLOCK_MONOTONIC`: the clock that systemd's watchdog and reload protocol speak of.
public enum MonotonicClock {
    /// Now, in microseconds since an arbitrary start; never runs backwards, does not count suspension.
    public static func microseconds() -> UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }
}
