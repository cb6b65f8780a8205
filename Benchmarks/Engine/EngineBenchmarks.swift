import DriftEngine
import DriftModel

/// The engine's costs one by one, on the reference workload.
struct EngineBenchmarks {
    let shop: Shop
    /// The states' bytes by customer; empty: never seen.
    private var states: [[UInt8]]
    /// Where a state is encoded before it is stored.
    private var bytes: [UInt8] = []
    private var measurements: [Measurement] = []

    init(_ shop: Shop) {
        self.shop = shop
        states = (0..<shop.customerCount).map { _ in Self.stored }
    }

    /// Room for a state, so that what is counted is not the growth of this benchmark's own memory.
    private static var stored: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(stateBytes)
        return bytes
    }

    private static let stateBytes = 256

    /// Runs them all; later ones work on the states that earlier ones leave.
    static func run(_ shop: Shop) throws -> [Measurement] {
        var benchmarks = EngineBenchmarks(shop)
        try benchmarks.apply()
        try benchmarks.recode()
        try benchmarks.findNextChanges()
        benchmarks.evaluateRules()
        try benchmarks.advance()
        return benchmarks.measurements
    }

    /// The whole path of an event: its customer's state decoded, the event applied, the state encoded.
    private mutating func apply() throws {
        var (state, scratch, outcome) = (CustomerState(), EngineScratch(), Outcome())
        let measurement = try Measurement("apply: decode, apply, encode", per: "event") {
            var digest = StableHash()
            for batch in shop.batches {
                outcome.removeAll()
                try apply(batch, &state, &scratch, &outcome)
                digest.combine(Self.digest(outcome))
            }
            return (shop.eventCount, digest.finalize())
        }
        measurements.append(measurement)
    }

    private mutating func apply(
        _ batch: Shop.Batch, _ state: inout CustomerState, _ scratch: inout EngineScratch, _ outcome: inout Outcome
    ) throws {
        var classes = Array(repeating: RecordClass.ignored, count: batch.order.count)
        var late: [Int] = []
        var first = 0
        while first < batch.order.count {
            let customer = Int(batch.records.records[batch.order[first]].customer)
            var last = first + 1
            while last < batch.order.count, batch.records.records[batch.order[last]].customer == Int64(customer) {
                last += 1
            }
            if states[customer].isEmpty { state.reset() } else { try decode(customer, &state) }
            shop.engine.apply(
                batch.order[first..<last], of: batch.records, customer: Int64(customer), to: &state,
                logicalBefore: Shop.start, classes: &classes, late: &late, outcome: &outcome, scratch: &scratch)
            encode(state, customer)
            first = last
        }
    }

    private func decode(_ customer: Int, _ state: inout CustomerState) throws {
        let bytes = states[customer]
        try state.decode(bytes.span, engine: shop.engine)
    }

    private mutating func encode(_ state: borrowing CustomerState, _ customer: Int) {
        bytes.removeAll(keepingCapacity: true)
        state.encode(engine: shop.engine, into: &bytes)
        states[customer].removeAll(keepingCapacity: true)
        states[customer].append(contentsOf: bytes)
    }

    private var known: [Int] { states.indices.filter { !states[$0].isEmpty } }

    /// Decoding and encoding alone.
    private mutating func recode() throws {
        let known = known
        var state = CustomerState()
        measurements.append(
            try Measurement("decode", per: "state") {
                var events: UInt64 = 0
                for customer in known {
                    try decode(customer, &state)
                    events &+= UInt64(state.eventCount)
                }
                return (known.count, events)
            })
        let decoded = try known.prefix(1_000).map { customer in
            var state = CustomerState()
            try decode(customer, &state)
            return state
        }
        var bytes: [UInt8] = []
        measurements.append(
            Measurement("encode", per: "state") {
                for state in decoded {
                    bytes.removeAll(keepingCapacity: true)
                    state.encode(engine: shop.engine, into: &bytes)
                }
                var digest = StableHash()
                digest.combine(bytes.span)
                return (decoded.count, digest.finalize())
            })
    }

    /// The search for the next change alone.
    private mutating func findNextChanges() throws {
        var scratch = EngineScratch()
        var decoded = try known.prefix(1_000).map { customer in
            var state = CustomerState()
            try decode(customer, &state)
            return state
        }
        let tick = shop.endTick
        for index in decoded.indices { advance(&decoded[index], to: tick, &scratch) }
        measurements.append(
            Measurement("next change", per: "search") {
                var digest = StableHash()
                for index in decoded.indices {
                    shop.engine.refreshNextChange(&decoded[index], at: tick, scratch: &scratch)
                    digest.combine(UInt64(bitPattern: Int64(decoded[index].wakeTick ?? 0)))
                }
                return (decoded.count, digest.finalize())
            })
    }

    private func advance(_ state: inout CustomerState, to tick: Tick, _ scratch: inout EngineScratch) {
        var outcome = Outcome()
        shop.engine.advance(&state, customer: 0, to: tick, outcome: &outcome, scratch: &scratch)
    }

    /// The first segment's rule on made-up features.
    private mutating func evaluateRules() {
        guard let rule = shop.engine.model.segmentations[0].segments[0].when else { return }
        var random = Random(state: 1)
        let width = shop.engine.model.features.count
        let rows = (0..<1_024).map { _ in (0..<width).map { _ in Cell.number(random.uniform() * 1_000) } }
        var evaluator = Evaluator()
        let rounds = max(1, shop.eventCount / 1_024)
        let noText: [UInt8] = []
        measurements.append(
            Measurement("evaluate a rule", per: "evaluation") {
                var holds: UInt64 = 0
                for _ in 0..<rounds {
                    for row in rows {
                        if evaluator.evaluate(rule.program, inputs: row.span, bytes: noText.span).isTrue { holds += 1 }
                    }
                }
                return (rounds * rows.count, holds)
            })
    }

    /// Thirty midnights without an event: only customers who move are touched.
    private mutating func advance() throws {
        var (state, scratch, outcome) = (CustomerState(), EngineScratch(), Outcome())
        var due: [(tick: Tick, customer: Int)] = []
        for customer in known {
            try decode(customer, &state)
            shop.engine.advance(&state, customer: 0, to: shop.endTick, outcome: &outcome, scratch: &scratch)
            encode(state, customer)
            if let wake = state.wakeTick, wake <= shop.endTick + 30 { due.append((wake, customer)) }
        }
        due.sort { ($0.tick, $0.customer) < ($1.tick, $1.customer) }
        outcome.removeAll()
        measurements.append(
            try Measurement("midnight: decode, advance, encode", per: "customer due") {
                for (tick, customer) in due {
                    try decode(customer, &state)
                    shop.engine.advance(
                        &state, customer: Int64(customer), to: tick, outcome: &outcome, scratch: &scratch)
                    encode(state, customer)
                }
                return (due.count, Self.digest(outcome))
            })
    }

    /// Every move: who, from where, to where, when.
    static func digest(_ outcome: Outcome) -> UInt64 {
        var digest = StableHash()
        for transition in outcome.transitions {
            digest.combine(UInt64(bitPattern: transition.customer))
            digest.combine(UInt64(UInt32(bitPattern: transition.from ?? -1)))
            digest.combine(UInt64(UInt32(bitPattern: transition.to ?? -1)))
            digest.combine(UInt64(bitPattern: transition.effectiveAt.microseconds))
        }
        return digest.finalize()
    }
}
