/// Names of customers who have a number but no row yet: one behind another, by number from the first on.
struct NewCustomers {
    private var first: Int64 = 0
    /// End of each name in ``bytes``; a name starts where the one before ends.
    private var ends: [Int] = []
    private var bytes: [UInt8] = []
    private var hasRow: [Bool] = []
    /// How many wait for a row.
    private(set) var count = 0

    /// Nobody waits for a row.
    var isEmpty: Bool { count == 0 }

    /// Whether the customer waits for a row.
    func isWaiting(_ customer: Int64) -> Bool {
        let index = customer - first
        return count > 0 && index >= 0 && index < Int64(ends.count) && !hasRow[Int(index)]
    }

    /// - Precondition: Numbers ascend, since the last time this was empty.
    mutating func add(_ customer: Int64, named name: Span<UInt8>) {
        if isEmpty {
            removeAll()
            first = customer
        }
        // A number whose customer came to nothing leaves a gap when the log is read again.
        while first + Int64(ends.count) < customer {
            ends.append(bytes.count)
            hasRow.append(true)
        }
        for index in name.indices { bytes.append(name[index]) }
        ends.append(bytes.count)
        hasRow.append(false)
        count += 1
    }

    /// The name of a customer who waits for a row; nil: has one.
    func name(of customer: Int64) -> ArraySlice<UInt8>? {
        guard isWaiting(customer) else { return nil }
        let index = Int(customer - first)
        return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The customer's row is written.
    mutating func settle(_ customer: Int64) {
        guard isWaiting(customer) else { return }
        hasRow[Int(customer - first)] = true
        count -= 1
    }

    mutating func removeAll() {
        ends.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        hasRow.removeAll(keepingCapacity: true)
        count = 0
    }
}
