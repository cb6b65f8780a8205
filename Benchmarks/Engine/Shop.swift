import DriftEngine
import DriftModel
import Glibc

/// The reference workload in memory: events of customers over two years in time order, cut into batches, each in
/// order of customer as the service applies them.
struct Shop {
    let engine: Engine
    var batches: [Batch] = []
    let customerCount: Int
    let eventCount: Int
    /// The tick after the last event.
    let endTick: Tick

    struct Batch {
        var records: RecordBatch
        /// Indexes of the records by customer, then time.
        var order: [Int]
    }

    /// 2024-01-01T00:00:00Z; two years follow.
    static let start = Instant(seconds: 1_704_067_200)
    static let spanSeconds = 731.0 * 86_400

    /// - Parameter model: The text of `Benchmarks/reference-model.yaml`.
    init(model text: String, events: Int, customers: Int, batchEvents: Int, seed: UInt64) throws {
        let model = try ModelLoader.load(text: text, file: "reference-model.yaml", zones: { _ in .utc }).model
        engine = Engine(model: model, axis: TimeAxis(zone: .utc, grain: model.grain))
        customerCount = customers
        eventCount = events
        endTick = engine.axis.tick(of: Self.start.advanced(bySeconds: Int64(Self.spanSeconds))) + 1
        var random = Random(state: seed)
        for first in stride(from: 0, to: events, by: batchEvents) {
            batches.append(batch(first..<min(events, first + batchEvents), &random))
        }
    }

    private func batch(_ range: Range<Int>, _ random: inout Random) -> Batch {
        var records = RecordBatch()
        for index in range {
            let seconds = Self.spanSeconds * (Double(index) + random.uniform()) / Double(eventCount)
            let customer = Int64(Double(customerCount) * pow(random.uniform(), 2.2))
            add(Int64(index), customer, Self.start.advanced(bySeconds: Int64(seconds)), to: &records, &random)
        }
        let order = records.records.indices.sorted { left, right in
            (records.records[left].customer, left) < (records.records[right].customer, right)
        }
        return Batch(records: records, order: order)
    }

    /// 80 % purchases, 10 % refunds, 10 % visits.
    private func add(
        _ number: Int64, _ customer: Int64, _ at: Instant, to records: inout RecordBatch, _ random: inout Random
    ) {
        let part = random.uniform()
        let amount = (20 * exp(random.uniform() * 2 - 1) * 100).rounded() / 100
        let type: Int32 = part < 0.8 ? 0 : part < 0.9 ? 1 : 2
        let event = records.events.count
        records.events.append(RecordBatch.Event(type: type, cells: records.cells.count))
        if type < 2 { records.cells.append(.number(type == 0 ? amount : -amount)) }
        records.records.append(
            RecordBatch.Record(
                file: 0, number: number, customer: customer, customerName: 0..<0, at: at, idHash: nil,
                contentHash: 0, trust: .internal, events: event..<event + 1, id: 0..<0))
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in 0 ..< 1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
