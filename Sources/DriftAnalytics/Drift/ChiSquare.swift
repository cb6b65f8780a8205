internal import func Glibc.erfc
internal import func Glibc.exp
internal import func Glibc.log

/// The chi-square distribution with a whole number of degrees of freedom.
public enum ChiSquare {
    /// `P(X ≥ x)`: the p-value of a statistic.
    ///
    /// Closed sums of positive terms, so nothing cancels and small p-values keep their digits:
    /// `Q(x|ν) = e^(−x/2) Σ (x/2)^r / r!` for even ν, `erfc(√(x/2)) + 2φ(√x) Σ x^(r−½) / (1·3⋯(2r−1))` for odd ν.
    /// Source: M. Abramowitz, I. A. Stegun (eds.), *Handbook of Mathematical Functions* (1964), 26.4.4 and 26.4.5.
    /// - Parameters:
    ///   - x: At least 0.
    ///   - degrees: At least 1; 0 gives 1 (nothing was compared).
    /// - Complexity: O(degrees).
    public static func survival(_ x: Double, degrees: Int) -> Double {
        precondition(x >= 0 && degrees >= 0, "a chi-square statistic is not negative")
        guard degrees > 0, x > 0 else { return 1 }
        let half = x / 2
        // Terms are scaled by their own logarithm: e^(−x/2) alone would underflow where the sum does not.
        var sum = 0.0
        if degrees.isMultiple(of: 2) {
            var logTerm = -half
            for index in 0..<(degrees / 2) {
                if index > 0 { logTerm += log(half / Double(index)) }
                sum += exp(logTerm)
            }
            return min(1, sum)
        }
        let root = x.squareRoot()
        var logTerm = -half + log(root * 2 / (2 * Double.pi).squareRoot())
        for index in 1...max(1, (degrees - 1) / 2) where degrees > 1 {
            if index > 1 { logTerm += log(x / Double(2 * index - 1)) }
            sum += exp(logTerm)
        }
        return min(1, erfc(half.squareRoot()) + sum)
    }

    /// The value that a statistic exceeds with a probability: the critical value of a test at that level.
    /// - Parameters:
    ///   - probability: Between 0 and 1, both excluded.
    ///   - degrees: At least 1.
    /// - Complexity: About a hundred evaluations of ``survival(_:degrees:)`` (bisection to the last digit).
    public static func critical(_ probability: Double, degrees: Int) -> Double {
        precondition(probability > 0 && probability < 1 && degrees >= 1, "a level between 0 and 1")
        var low = 0.0
        var high = Double(degrees) + 10
        while survival(high, degrees: degrees) > probability { high *= 2 }
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return middle }
            if survival(middle, degrees: degrees) > probability { low = middle } else { high = middle }
        }
    }
}
