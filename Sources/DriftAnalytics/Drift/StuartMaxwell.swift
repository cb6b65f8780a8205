/// Whether the shares of segments changed between two days, asked of the same customers on both (marginal
/// homogeneity of a paired table).
///
/// `d' V⁻¹ d` with `dᵢ = nᵢ. − n.ᵢ`, `Vᵢᵢ = nᵢ. + n.ᵢ − 2nᵢᵢ`, `Vᵢⱼ = −(nᵢⱼ + nⱼᵢ)`, one category left out.
/// V is the Laplacian of the graph of segments that exchange customers, so each connected part of it loses one
/// degree of freedom, and segments that exchange none say nothing.
///
/// Unlike chi-square or PSI on the two days' sizes, it does not take the customers who stayed for chance: a small
/// flow in one direction among many who stay is seen.
///
/// Source: A. Stuart, "A Test for Homogeneity of the Marginal Distributions in a Two-Way Classification",
/// *Biometrika* 42 (1955) 412–416; A. E. Maxwell, "Comparing the Classification of Subjects by Two Independent
/// Judges", *British Journal of Psychiatry* 116 (1970) 651–655.
public struct StuartMaxwell: Hashable, Sendable {
    public let statistic: Double
    /// Segments that exchange customers, less one per group of them that exchange with each other.
    public let degrees: Int
    /// Probability of such a statistic, or a larger one, if moves there and back were equally likely.
    public let pValue: Double
    /// `½ Σ|pᵢ − qᵢ|` of the two days' shares: the share of customers by which the days differ, 0…1.
    public let effect: Double
    /// Customers compared.
    public let count: Int

    /// - Complexity: O(width³).
    public init(_ table: PairedTable) {
        let (before, after) = (table.before, table.after)
        count = table.total
        effect = PopulationDistance.totalVariation(before, after)
        var statistic = 0.0
        var degrees = 0
        for part in Self.parts(table) {
            // The last segment of a part follows from the others.
            let kept = Array(part.dropLast())
            var matrix = kept.map { row in kept.map { Self.variance(table, before, after, row, $0) } }
            let difference = kept.map { Double(before[$0] - after[$0]) }
            let solution = Self.solve(&matrix, difference)
            statistic += zip(difference, solution).reduce(0) { $0 + $1.0 * $1.1 }
            degrees += kept.count
        }
        self.statistic = max(0, statistic)
        self.degrees = degrees
        pValue = ChiSquare.survival(self.statistic, degrees: degrees)
    }

    private static func variance(
        _ table: PairedTable, _ before: [Int], _ after: [Int], _ row: Int, _ column: Int
    ) -> Double {
        row == column
            ? Double(before[row] + after[row] - 2 * table[row, row])
            : -Double(table[row, column] + table[column, row])
    }

    /// Groups of segments that exchange customers among each other; those that exchange none are in no group.
    private static func parts(_ table: PairedTable) -> [[Int]] {
        var parts: [[Int]] = []
        var seen = Set<Int>()
        for start in 0..<table.width where seen.insert(start).inserted {
            var part = [start]
            var next = 0
            while next < part.count {
                let row = part[next]
                next += 1
                for other in 0..<table.width
                where other != row && table[row, other] + table[other, row] > 0 && seen.insert(other).inserted {
                    part.append(other)
                }
            }
            if part.count > 1 { parts.append(part) }
        }
        return parts
    }

    /// Solves a symmetric positive definite system by elimination; such a matrix needs no pivoting.
    private static func solve(_ matrix: inout [[Double]], _ right: [Double]) -> [Double] {
        var right = right
        let n = right.count
        for pivot in 0..<n {
            for row in (pivot + 1)..<max(n, pivot + 1) {
                let factor = matrix[row][pivot] / matrix[pivot][pivot]
                if factor == 0 { continue }
                for column in pivot..<n { matrix[row][column] -= factor * matrix[pivot][column] }
                right[row] -= factor * right[pivot]
            }
        }
        var solution = [Double](repeating: 0, count: n)
        for row in (0..<n).reversed() {
            var rest = right[row]
            for column in (row + 1)..<max(n, row + 1) { rest -= matrix[row][column] * solution[column] }
            solution[row] = rest / matrix[row][row]
        }
        return solution
    }
}
