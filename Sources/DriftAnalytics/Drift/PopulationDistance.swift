internal import func Glibc.log

/// How far two days' sizes of segments lie apart, as if they were two independent samples. For the same customers on
/// two days ``StuartMaxwell`` is the right test; these are the figures people know.
public struct PopulationDistance: Hashable, Sendable {
    /// Population stability index, `Σ (q − p) ln(q / p)`; a share of nothing counts as ``emptyShare``.
    /// Below 0.1 is usually called stable, above 0.25 large, whatever the number of customers: see ``psiCritical``.
    public let psi: Double
    /// Jensen-Shannon divergence in nats, 0…ln 2.
    public let jsd: Double
    /// What ``psi`` exceeds once in twenty times although nothing changed, with so many customers.
    ///
    /// `PSI ≈ (1/n + 1/m) χ²` with B − 1 degrees of freedom.
    /// Source: B. Yurdakul, *Statistical Properties of Population Stability Index*, Western Michigan University (2018).
    public let psiCritical: Double
    /// The same for ``jsd``, which is an eighth of PSI where the days differ little: both are `Σ (q − p)² / p` to the
    /// second order, with factors 1 and 1/8.
    /// Source: J. Lin, "Divergence Measures Based on the Shannon Entropy", *IEEE Transactions on Information Theory*
    /// 37 (1991) 145–151; expansion to the second order.
    public let jsdCritical: Double

    /// Share that an empty segment is taken for, so that the logarithm exists.
    public static let emptyShare = 0.0001

    /// - Parameters:
    ///   - before: Sizes on the first day.
    ///   - after: On the second, of the same segments.
    ///   - level: Probability of exceeding the critical values by chance.
    public init(before: [Int], after: [Int], level: Double = 0.05) {
        precondition(before.count == after.count, "the same segments on both days")
        let (p, q) = (Self.shares(before), Self.shares(after))
        var psi = 0.0
        var jsd = 0.0
        for (left, right) in zip(p, q) where left > 0 || right > 0 {
            let (a, b) = (left > 0 ? left : Self.emptyShare, right > 0 ? right : Self.emptyShare)
            psi += (b - a) * log(b / a)
            let middle = (left + right) / 2
            if left > 0 { jsd += left * log(left / middle) / 2 }
            if right > 0 { jsd += right * log(right / middle) / 2 }
        }
        self.psi = psi
        self.jsd = max(0, jsd)
        let (n, m) = (before.reduce(0, +), after.reduce(0, +))
        let used = zip(before, after).count { $0 > 0 || $1 > 0 }
        let scale = n > 0 && m > 0 ? 1 / Double(n) + 1 / Double(m) : 0
        psiCritical = used > 1 ? scale * ChiSquare.critical(level, degrees: used - 1) : 0
        jsdCritical = psiCritical / 8
    }

    /// `½ Σ|pᵢ − qᵢ|` of the shares, 0…1; 0 when either side is empty.
    public static func totalVariation(_ before: [Int], _ after: [Int]) -> Double {
        guard before.contains(where: { $0 > 0 }), after.contains(where: { $0 > 0 }) else { return 0 }
        return zip(shares(before), shares(after)).reduce(0) { $0 + ($1.0 - $1.1).magnitude } / 2
    }

    private static func shares(_ counts: [Int]) -> [Double] {
        let total = counts.reduce(0, +)
        return counts.map { total > 0 ? Double($0) / Double(total) : 0 }
    }
}
