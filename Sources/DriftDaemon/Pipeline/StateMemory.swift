import DriftEngine

/// Encoded states of customers in memory, within a budget: one behind another in slabs, found by the customer's
/// number. A changed state is written behind the others; the oldest slab is given up when the budget is reached,
/// and of its states those move on that are the latest of their customer and still needed.
///
/// A state that is **kept** is not in the customer's row yet, so it may not be forgotten. All others may.
///
/// 8 bytes per customer number in use, 12 per state, and the states.
struct StateMemory {
    /// Where a customer's latest state lies: slab, then offset, then whether it is kept. 0: nowhere.
    private typealias Place = UInt64

    private struct Slab {
        /// Entries: customer (8 bytes), length (4 bytes), state.
        var bytes: [UInt8] = []
    }

    /// Slabs by number, the first one being ``firstSlab``.
    private var slabs: [Slab] = []
    private var firstSlab: UInt64 = 1
    /// By customer number, in pages that exist when somebody of theirs is known.
    private var pages: [[Place]] = []
    private(set) var keptCount = 0
    /// What kept states take, without what is garbage by now.
    private(set) var keptBytes = 0
    private let slabsMax: Int
    private var isGivingUp = false
    /// Customers whose state became kept, in that order; some may be settled again.
    private var kept: [Int64] = []

    private static let slabBytes = 1 << 20
    private static let headBytes = 12
    private static let pageBits: Int64 = 12

    /// - Parameter bytesMax: What the slabs may take together, as long as no more is kept.
    init(bytesMax: Int) {
        slabsMax = max(2, bytesMax / Self.slabBytes)
    }

    // MARK: Reading

    /// Hands over a customer's latest state.
    /// - Returns: nil when it is not in memory.
    /// - Complexity: O(1).
    func withState<Result>(of customer: Int64, _ body: (Span<UInt8>) throws -> Result) rethrows -> Result? {
        let place = place(of: customer)
        guard place != 0 else { return nil }
        let bytes = slabs[Int(Self.slab(place) - firstSlab)].bytes
        let start = Self.offset(place) + Self.headBytes
        let length = Self.length(bytes, at: Self.offset(place))
        return try body(bytes.span.extracting(start..<(start + length)))
    }

    /// Whether some megabytes more would make it forget nobody.
    var hasRoom: Bool { slabs.count + 8 < slabsMax }

    /// Whether the customer's latest state is in memory.
    func contains(_ customer: Int64) -> Bool { place(of: customer) != 0 }

    /// Whether the customer's latest state is not in a row yet.
    func isKept(_ customer: Int64) -> Bool { place(of: customer) & 1 != 0 }

    /// Customers whose state is kept, ascending.
    /// - Complexity: O(kept · log kept).
    func keptCustomers() -> [Int64] {
        // One that was settled and kept again is listed twice.
        Array(Set(kept.lazy.filter(isKept))).sorted()
    }

    // MARK: Writing

    /// Takes a customer's latest state.
    /// - Parameter isKept: It is not in the customer's row.
    mutating func put(_ customer: Int64, _ state: [UInt8], isKept: Bool) {
        let before = place(of: customer)
        if before & 1 != 0 { countOut(before) }
        if isKept {
            if before & 1 == 0 { kept.append(customer) }
            keptCount += 1
            keptBytes += state.count + Self.headBytes
        }
        append(customer, state.span, isKept: isKept)
    }

    /// The customer's row says the same now.
    mutating func settle(_ customer: Int64) {
        let place = place(of: customer)
        guard place & 1 != 0 else { return }
        countOut(place)
        setPlace(of: customer, place & ~1)
        if keptCount == 0 { kept.removeAll(keepingCapacity: kept.count < 1 << 16) }
    }

    mutating func removeAll() {
        slabs.removeAll()
        pages.removeAll()
        kept.removeAll()
        keptCount = 0
        keptBytes = 0
    }

    private mutating func append(_ customer: Int64, _ state: Span<UInt8>, isKept: Bool) {
        let needed = Self.headBytes + state.count
        if slabs.isEmpty || slabs[slabs.count - 1].bytes.count + needed > Self.slabBytes { addSlab(needed) }
        let last = slabs.count - 1
        let offset = slabs[last].bytes.count
        Self.write(customer, state, to: &slabs[last].bytes)
        setPlace(of: customer, (firstSlab + UInt64(last)) << 33 | UInt64(offset) << 1 | (isKept ? 1 : 0))
    }

    private static func write(_ customer: Int64, _ state: Span<UInt8>, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: customer >> shift)) }
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: state.count >> shift)) }
        unsafe state.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func addSlab(_ needed: Int) {
        // Two for one: what has become garbage is found even while more is kept than the budget allows.
        if !isGivingUp {
            isGivingUp = true
            for _ in 0..<2 where slabs.count >= slabsMax { giveUpOldest() }
            isGivingUp = false
            if let last = slabs.last, last.bytes.count + needed <= Self.slabBytes { return }
        }
        var slab = Slab()
        slab.bytes.reserveCapacity(max(Self.slabBytes, needed))
        slabs.append(slab)
    }

    /// Frees the oldest slab. Kept states move on; whoever is in use has a later state elsewhere.
    private mutating func giveUpOldest() {
        let oldest = slabs.removeFirst()
        let number = firstSlab
        firstSlab += 1
        var offset = 0
        while offset < oldest.bytes.count {
            let customer = Self.customer(oldest.bytes, at: offset)
            let length = Self.length(oldest.bytes, at: offset)
            let place = place(of: customer)
            if Self.slab(place) == number, Self.offset(place) == offset {
                if place & 1 != 0 {
                    let start = offset + Self.headBytes
                    append(customer, oldest.bytes.span.extracting(start..<(start + length)), isKept: true)
                } else {
                    setPlace(of: customer, 0)
                }
            }
            offset += Self.headBytes + length
        }
    }

    // MARK: Places

    private func place(of customer: Int64) -> Place {
        let page = Int(customer >> Self.pageBits)
        guard page < pages.count, !pages[page].isEmpty else { return 0 }
        return pages[page][Int(customer & (1 << Self.pageBits - 1))]
    }

    private mutating func setPlace(of customer: Int64, _ place: Place) {
        let page = Int(customer >> Self.pageBits)
        while page >= pages.count { pages.append([]) }
        if pages[page].isEmpty { pages[page] = Array(repeating: 0, count: 1 << Self.pageBits) }
        pages[page][Int(customer & (1 << Self.pageBits - 1))] = place
    }

    private mutating func countOut(_ place: Place) {
        keptCount -= 1
        keptBytes -=
            Self.length(slabs[Int(Self.slab(place) - firstSlab)].bytes, at: Self.offset(place)) + Self.headBytes
    }

    private static func slab(_ place: Place) -> UInt64 { place >> 33 }

    private static func offset(_ place: Place) -> Int { Int(place >> 1 & 0xFFFF_FFFF) }

    private static func customer(_ bytes: [UInt8], at offset: Int) -> Int64 {
        var number: UInt64 = 0
        for index in 0..<8 { number |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
        return Int64(bitPattern: number)
    }

    private static func length(_ bytes: [UInt8], at offset: Int) -> Int {
        var length = 0
        for index in 0..<4 { length |= Int(bytes[offset + 8 + index]) << (8 * index) }
        return length
    }
}
