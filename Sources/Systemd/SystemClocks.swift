internal import Glibc

/// The machine's other clocks.
public enum SystemClocks {
    /// Microseconds since 1970 by the wall clock, which people and programs may set.
    public static func wallMicroseconds() -> Int64 { read(CLOCK_REALTIME) }

    /// Microseconds since boot, suspension included; never runs backwards.
    public static func bootMicroseconds() -> Int64 { read(CLOCK_BOOTTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var reading = timespec()
        _ = unsafe clock_gettime(clock, &reading)
        return Int64(reading.tv_sec) * 1_000_000 + Int64(reading.tv_nsec) / 1_000
    }
}
