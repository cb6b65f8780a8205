/// Small charts made of block characters.
public enum Bars {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// A horizontal bar with a resolution of an eighth of a column.
    /// - Parameters:
    ///   - fraction: Share of the full width, cut to 0…1. Anything above 0 shows at least a sliver.
    ///   - width: Columns of a full bar.
    /// - Returns: The bar without padding.
    public static func horizontal(_ fraction: Double, width: Int) -> String {
        guard fraction > 0, width > 0 else { return "" }
        let parts = max(1, Int((min(1, fraction) * Double(width * 8)).rounded()))
        return String(repeating: "█", count: parts / 8) + eighths[parts % 8]
    }

    /// One character per value, its height between the smallest and the largest value.
    ///
    /// Equal values give a low line: nothing moved.
    public static func sparkline(_ values: [Double]) -> String {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else {
            return String(repeating: " ", count: values.count)
        }
        return String(
            values.map { value -> Character in
                guard value.isFinite else { return " " }
                guard high > low else { return levels[0] }
                return levels[min(7, Int((value - low) / (high - low) * 8))]
            })
    }

    /// At most `count` values out of many: each is the mean of an equal stretch, so that a long history fits a line.
    public static func thinned(_ values: [Double], to count: Int) -> [Double] {
        guard values.count > count, count > 0 else { return values }
        return (0..<count).map { index in
            let stretch = values[(index * values.count / count)..<((index + 1) * values.count / count)]
            return stretch.reduce(0, +) / Double(stretch.count)
        }
    }
}
