/// "Did you mean": the known name closest to one that a person wrote.
public enum DidYouMean {
    /// - Parameters:
    ///   - name: What was written.
    ///   - candidates: What would have been accepted, in order of preference.
    /// - Returns: The closest candidate; nil when none is close enough to be what was meant.
    /// - Complexity: O(candidates · length²).
    public static func closest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = name.lowercased()
        // Of a single letter every other one would be close.
        let length = wanted.unicodeScalars.count
        let limit = length < 2 ? 0 : max(1, length / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = editDistance(wanted, candidate.lowercased())
            if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// A hint for a message: "did you mean 'x'?", else "accepted: a, b, c", else nil when nothing is accepted.
    public static func hint(for name: String, among candidates: [String], listingUpTo limit: Int = 12) -> String? {
        if let closest = closest(to: name, among: candidates) { return "did you mean '\(closest)'?" }
        if candidates.isEmpty { return nil }
        let listed = candidates.prefix(limit).joined(separator: ", ")
        return "accepted: \(listed)\(candidates.count > limit ? ", …" : "")"
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other
    /// (optimal string alignment).
    public static func editDistance(_ left: String, _ right: String) -> Int {
        let from = Array(left.unicodeScalars)
        let to = Array(right.unicodeScalars)
        var beforeLast: [Int] = []
        var last = Array(0...to.count)
        for row in 1..<(from.count + 1) {
            var current = [row]
            for column in 1..<(to.count + 1) {
                let replaced = last[column - 1] + (from[row - 1] == to[column - 1] ? 0 : 1)
                var distance = min(replaced, last[column] + 1, current[column - 1] + 1)
                if row > 1, column > 1, from[row - 1] == to[column - 2], from[row - 2] == to[column - 1] {
                    distance = min(distance, beforeLast[column - 2] + 1)
                }
                current.append(distance)
            }
            beforeLast = last
            last = current
        }
        return last[to.count]
    }
}
