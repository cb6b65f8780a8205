/// Encoded states of customers touched lately, within a budget. What is committed is in the database too, so
/// anything may be forgotten at any time; the older half goes when the budget is full.
struct StateCache {
    /// Two generations: a hit in the old one moves the entry to the young one; when the young one has half the
    /// budget, it becomes the old one. Like a clock with one hand, without a list to keep.
    private var young: [Int64: [UInt8]] = [:]
    private var old: [Int64: [UInt8]] = [:]
    private var youngBytes = 0
    private let generationBytesMax: Int
    /// Dictionary slot, array header and allocation of one entry, roughly.
    private static let overheadBytes = 80

    init(bytesMax: Int) {
        generationBytesMax = max(1, bytesMax / 2)
    }

    /// - Complexity: O(1).
    mutating func state(of customer: Int64) -> [UInt8]? {
        if let found = young[customer] { return found }
        guard let found = old.removeValue(forKey: customer) else { return nil }
        remember(customer, found)
        return found
    }

    /// Takes a state that is committed, or about to be: ``removeAll()`` after a rollback.
    mutating func remember(_ customer: Int64, _ state: [UInt8]) {
        if let replaced = young.updateValue(state, forKey: customer) {
            youngBytes -= replaced.count + Self.overheadBytes
        }
        youngBytes += state.count + Self.overheadBytes
        guard youngBytes > generationBytesMax else { return }
        old = young
        young = [:]
        youngBytes = 0
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
        youngBytes = 0
    }
}
