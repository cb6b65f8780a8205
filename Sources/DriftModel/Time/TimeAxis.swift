/// A model's time: instants to ticks and back, under a zone's rules.
public struct TimeAxis: Sendable {
    public var zone: ZoneRules
    public var grain: Grain

    public init(zone: ZoneRules, grain: Grain) {
        self.zone = zone
        self.grain = grain
    }

    /// The tick an instant lies in.
    public func tick(of instant: Instant) -> Tick {
        switch grain {
        case .day: zone.localDay(of: instant)
        case .hour: Tick(clamping: floorDivide(instant.secondsFloor, 3600))
        }
    }

    /// The first instant of a tick: local midnight (or the first instant after a skipped one), or the full hour.
    public func start(of tick: Tick) -> Instant {
        switch grain {
        case .day: zone.startOfDay(tick)
        case .hour: Instant(seconds: Int64(tick) * 3600)
        }
    }

    /// The local date a tick begins on.
    public func localDay(of tick: Tick) -> DayNumber {
        switch grain {
        case .day: tick
        case .hour: zone.localDay(of: Instant(seconds: Int64(tick) * 3600))
        }
    }
}

@inlinable
func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
