import DriftEngine

/// The records of a batch customer by customer.
enum CustomerOrder {
    private static let digitBits = 11

    /// Indexes of the records, each customer's together and in their order; customers by number.
    ///
    /// Sorted digit by digit, from the lowest (radix sort): no comparisons, and equal numbers stay in their order.
    /// - Complexity: O(records) for each 11 bits of the highest customer's number.
    static func indexes(of batch: borrowing RecordBatch) -> [Int] {
        let count = batch.records.count
        var order = Array(0..<count)
        var keys = [Int64](repeating: 0, count: count)
        var highest: Int64 = 0
        for index in 0..<count {
            keys[index] = batch.records[index].customer
            highest = max(highest, keys[index])
        }
        var (nextOrder, nextKeys) = (order, keys)
        var shift = 0
        while shift < Int64.bitWidth, highest >> shift > 0 {
            var places = [Int](repeating: 0, count: 1 << digitBits)
            for key in keys { places[digit(key, shift)] += 1 }
            var start = 0
            for digit in places.indices {
                let members = places[digit]
                places[digit] = start
                start += members
            }
            for index in 0..<count {
                let place = places[digit(keys[index], shift)]
                places[digit(keys[index], shift)] = place + 1
                nextKeys[place] = keys[index]
                nextOrder[place] = order[index]
            }
            swap(&order, &nextOrder)
            swap(&keys, &nextKeys)
            shift += digitBits
        }
        return order
    }

    private static func digit(_ key: Int64, _ shift: Int) -> Int {
        Int(truncatingIfNeeded: key >> shift) & (1 << digitBits - 1)
    }
}
