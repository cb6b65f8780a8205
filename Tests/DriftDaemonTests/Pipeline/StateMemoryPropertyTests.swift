import DriftEngine
import DriftModel
import Testing

@testable import DriftDaemon

/// States in memory against a dictionary: sizes grow and shrink, places are outgrown and used again, slabs given up.
@Suite struct StateMemoryPropertyTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func memoryHoldsWhatADictionaryHolds(seed: UInt64) {
        var random = Seeds(state: seed)
        let memory = StateMemory(bytesMax: 2 << 20)
        var latest: [Int64: [UInt8]] = [:]
        var kept: Set<Int64> = []
        for step in 0..<60_000 {
            let customer = Int64(1 + random.next(6_000))
            // Most grow a little each time, some shrink, a few are larger than any size that is used again.
            let before = latest[customer]?.count ?? 20
            let size = random.next(10) == 0 ? random.next(60) : random.next(400) == 0 ? 3_000 : before % 900 + 8
            let state = (0..<size).map { UInt8(truncatingIfNeeded: $0 ^ step) }
            switch random.next(8) {
            case 0:
                memory.settle(customer)
                kept.remove(customer)
                continue
            case 1, 2:
                guard let more = memory.overwriteKept(customer, state.span, wake: Tick(step)) else { continue }
                memory.countIn(more)
                #expect(kept.contains(customer), "seed \(seed), step \(step)")
            default:
                let isKept = random.next(4) > 0 || kept.contains(customer)
                memory.put(customer, state.span, wake: Tick(step), isKept: isKept)
                if isKept { kept.insert(customer) }
            }
            latest[customer] = state
        }
        for (customer, state) in latest {
            let found = StateMemoryTests.state(customer, in: memory)
            #expect(found == state || found == nil && !kept.contains(customer), "seed \(seed), customer \(customer)")
        }
        #expect(memory.keptCustomers() == kept.sorted(), "seed \(seed)")
        #expect(memory.keptCount == kept.count, "seed \(seed)")
        #expect(memory.keptBytes == kept.reduce(0) { $0 + (latest[$1]?.count ?? 0) + 16 }, "seed \(seed)")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func recordsAreInTheOrderOfCustomersAndOtherwiseAsTheyWere(seed: UInt64) {
        var random = Seeds(state: seed)
        var order = CustomerOrder()
        for highest in [1, 40, 3_000, 5_000_000, 1 << 34] {
            var batch = RecordBatch()
            for number in 0..<random.next(3_000) {
                batch.records.append(
                    RecordBatch.Record(
                        file: 0, number: Int64(number), customer: Int64(1 + random.next(highest)), customerName: 0..<0,
                        at: Instant(microseconds: 0), idHash: nil, contentHash: 0, trust: .internal, events: 0..<0,
                        id: 0..<0))
            }
            let expected = batch.records.indices.sorted {
                (batch.records[$0].customer, $0) < (batch.records[$1].customer, $1)
            }
            order.sort(batch)
            #expect(order.indexes == expected, "seed \(seed), up to \(highest)")
        }
    }

    private struct Seeds {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 30) % max(1, bound)
        }
    }
}
