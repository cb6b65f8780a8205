import AllocationCount

/// What a benchmark did and what it cost.
struct Measurement {
    var name: String
    /// What one operation is.
    var unit: String
    var operations: Int
    var nanosecondsPerOperation: Double
    var allocationsPerOperation: Double
    /// Of everything that was computed: a faster benchmark that computes something else is none.
    var digest: UInt64

    /// Runs a body once, and counts its time and its allocations.
    /// - Parameter body: Returns the number of its operations and the digest of their results.
    init(_ name: String, per unit: String, _ body: () throws -> (operations: Int, digest: UInt64)) rethrows {
        let allocations = allocation_count()
        let start = ContinuousClock.now
        let (operations, digest) = try body()
        let duration = start.duration(to: .now)
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        self.name = name
        self.unit = unit
        self.operations = operations
        self.digest = digest
        nanosecondsPerOperation = seconds * 1e9 / Double(max(1, operations))
        allocationsPerOperation = Double(allocation_count() - allocations) / Double(max(1, operations))
    }
}
