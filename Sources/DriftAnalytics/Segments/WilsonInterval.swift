/// A confidence interval for a share that behaves at 0, at 1 and with few cases.
///
/// `(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)`
/// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
/// *Journal of the American Statistical Association* 22 (1927) 209–212.
public struct WilsonInterval: Hashable, Sendable {
    /// Normal quantile of a two-sided 95 % interval.
    public static let z95 = 1.959963984540054

    /// Observed share; 0 when there are no cases.
    public let share: Double
    public let low: Double
    public let high: Double

    /// - Parameters:
    ///   - hits: 0…`cases`.
    ///   - cases: Without cases nothing is known: 0…1.
    ///   - z: Normal quantile, in standard deviations.
    public init(hits: Int, of cases: Int, z: Double = WilsonInterval.z95) {
        precondition(hits >= 0 && hits <= cases, "hits are some of the cases")
        guard cases > 0 else {
            (share, low, high) = (0, 0, 1)
            return
        }
        let n = Double(cases)
        let p = Double(hits) / n
        let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        let middle = p + z * z / (2 * n)
        let scale = 1 + z * z / n
        share = p
        // The bounds are exact at the ends; rounding must not put them a hair outside.
        low = hits == 0 ? 0 : max(0, (middle - spread) / scale)
        high = hits == cases ? 1 : min(1, (middle + spread) / scale)
    }
}
