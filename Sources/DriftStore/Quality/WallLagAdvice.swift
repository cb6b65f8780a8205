/// What the delays of a source say about `wall_lag`: how long logical time should wait for its events.
public enum WallLagAdvice: Hashable, Sendable {
    /// Fewer records than ``recordsMin``.
    case tooFew(records: Int64)
    /// Half of the records are older than ``historyDays`` when they come: no lag would suit them.
    case history(medianSeconds: Int64)
    /// Wait so long: at most one record in a hundred comes later.
    case wait(seconds: Int64)

    /// Records below which nothing is suggested.
    public static let recordsMin: Int64 = 100
    /// Median delay beyond which records are taken for history, in days.
    public static let historyDays: Int64 = 31
    /// Share of the records that should not be late.
    public static let share = 0.99

    public init(_ delays: DelaySketch) {
        guard delays.count >= Self.recordsMin, let median = delays.quantile(0.5),
            let most = delays.quantile(Self.share)
        else {
            self = .tooFew(records: delays.count)
            return
        }
        self = median > Self.historyDays * 86_400 ? .history(medianSeconds: median) : .wait(seconds: Self.rounded(most))
    }

    /// Up to whole minutes, above two hours to whole hours, above three days to whole days.
    private static func rounded(_ seconds: Int64) -> Int64 {
        let unit: Int64 = seconds <= 7_200 ? 60 : seconds <= 259_200 ? 3_600 : 86_400
        return (seconds + unit - 1) / unit * unit
    }
}
