import DriftEngine

/// Which records of a file are not in, when its application ended in the middle.
public enum UnappliedRecords {
    /// Reads the file as it was read then.
    /// - Parameter input: With the position of the last committed chunk.
    /// - Returns: Their numbers, ascending.
    /// - Throws: ``IntakeError``; kind `changed` when the bytes are not those of the first pass.
    /// - Complexity: O(file).
    public static func find(_ input: ApplyInput) throws(IntakeError) -> [Int64] {
        var input = input
        // Nothing is left out, but every number is told.
        if input.context.selection == .all { input.context.selection = .except([]) }
        let stream = try ApplyStream([input])
        var chunk = ApplyChunk()
        var numbers: [Int64] = []
        while try stream.next(into: &chunk) {
            numbers += chunk.batch.records.map(\.number) + chunk.shares[0].asideNumbers
        }
        return numbers.sorted()
    }
}
