import DriftEngine

/// The records of a batch customer by customer. Kept from batch to batch for its memory.
struct CustomerOrder {
    private static let digitBits = 11

    /// Indexes of the records of the batch sorted last, each customer's together and in their order; customers by
    /// number.
    private(set) var indexes: [Int] = []
    private var keys: [Int64] = []
    private var nextIndexes: [Int] = []
    private var nextKeys: [Int64] = []

    /// Sorts digit by digit, from the lowest (radix sort): no comparisons, and equal numbers stay in their order.
    /// - Complexity: O(records) for each 11 bits of the highest customer's number.
    mutating func sort(_ batch: borrowing RecordBatch) {
        let count = batch.records.count
        start(count)
        var highest: Int64 = 0
        for index in 0..<count {
            keys[index] = batch.records[index].customer
            highest = max(highest, keys[index])
        }
        var shift = 0
        while shift < Int64.bitWidth, highest >> shift > 0 {
            sortByDigit(shift)
            swap(&indexes, &nextIndexes)
            swap(&keys, &nextKeys)
            shift += Self.digitBits
        }
    }

    private mutating func start(_ count: Int) {
        indexes.removeAll(keepingCapacity: true)
        indexes.append(contentsOf: 0..<count)
        nextIndexes.removeAll(keepingCapacity: true)
        nextIndexes.append(contentsOf: indexes)
        if keys.count < count {
            keys = [Int64](repeating: 0, count: count)
            nextKeys = keys
        }
    }

    private mutating func sortByDigit(_ shift: Int) {
        var places = [Int](repeating: 0, count: 1 << Self.digitBits)
        for index in indexes.indices { places[Self.digit(keys[index], shift)] += 1 }
        var start = 0
        for digit in places.indices {
            let members = places[digit]
            places[digit] = start
            start += members
        }
        for index in indexes.indices {
            let digit = Self.digit(keys[index], shift)
            let place = places[digit]
            places[digit] = place + 1
            nextKeys[place] = keys[index]
            nextIndexes[place] = indexes[index]
        }
    }

    private static func digit(_ key: Int64, _ shift: Int) -> Int {
        Int(truncatingIfNeeded: key >> shift) & (1 << digitBits - 1)
    }
}
