import DriftModel

/// Customers' numbers by name, in memory: an open-addressing table of (hash, number, name) whose names lie one
/// behind another in one buffer. A cache of what the database knows: emptied when it outgrows its budget.
///
/// 16 bytes a slot at most two thirds full, plus the bytes of the name: about 45 bytes per customer.
struct CustomerDirectory {
    private struct Slot {
        /// The hash's lower half: names are compared anyway.
        var hash: UInt32
        var nameOffset: UInt32
        /// 0: empty.
        var customer: Int64
    }

    private var slots: [Slot]
    private var names: [UInt8] = []
    private(set) var count = 0
    private let bytesMax: Int

    /// - Parameter bytesMax: What the table and the names may take together.
    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        slots = Self.empty(1 << 10)
    }

    private static func empty(_ capacity: Int) -> [Slot] {
        unsafe Array(unsafeUninitializedCapacity: capacity) { slots, count in
            if let start = UnsafeMutableRawBufferPointer(slots).baseAddress {
                unsafe LargeBlocks.preferHugePages(start, bytes: capacity * MemoryLayout<Slot>.stride)
            }
            unsafe slots.initialize(repeating: Slot(hash: 0, nameOffset: 0, customer: 0))
            count = capacity
        }
    }

    static func hash(of name: Span<UInt8>) -> UInt64 {
        var hash = StableHash()
        hash.combine(name)
        return hash.finalize()
    }

    /// - Returns: The customer's number; nil when this cache does not know the name.
    /// - Complexity: O(length of the name) expected.
    func customer(named name: Span<UInt8>, hash: UInt64) -> Int64? {
        let mask = slots.count - 1
        let hash = UInt32(truncatingIfNeeded: hash)
        var index = Int(hash) & mask
        while slots[index].customer != 0 {
            if slots[index].hash == hash, isName(at: Int(slots[index].nameOffset), name) {
                return slots[index].customer
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Reads a little of where a name with such a hash would lie: done for some at once, the waits for memory overlap.
    /// - Returns: Bits without meaning, to be used so that reading is not left out.
    func touch(_ hash: UInt64) -> UInt64 {
        let slot = slots[Int(UInt32(truncatingIfNeeded: hash)) & (slots.count - 1)]
        return slot.customer == 0 ? 0 : UInt64(names[Int(slot.nameOffset)])
    }

    /// Remembers a customer that is committed.
    /// - Parameter mayForget: Whether everything may be forgotten to stay within the budget.
    /// - Precondition: The name is not in the table; the number is not 0.
    mutating func insert(_ customer: Int64, named name: Span<UInt8>, hash: UInt64, mayForget: Bool = true) {
        if !hasRoom(for: 1) { grow(mayForget: mayForget) }
        let offset = names.count
        for shift in stride(from: 0, to: 32, by: 8) { names.append(UInt8(truncatingIfNeeded: name.count >> shift)) }
        for index in name.indices { names.append(name[index]) }
        place(Slot(hash: UInt32(truncatingIfNeeded: hash), nameOffset: UInt32(offset), customer: customer))
        count += 1
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var index = Int(slot.hash) & mask
        while slots[index].customer != 0 { index = (index + 1) & mask }
        slots[index] = slot
    }

    private func hasRoom(for more: Int) -> Bool { (count + more) * 3 <= slots.count * 2 }

    private var mayGrow: Bool {
        slots.count * 2 * MemoryLayout<Slot>.stride + names.count <= bytesMax && names.count < 1 << 31
    }

    /// Whether so many more names would make it forget nobody.
    func takes(_ more: Int) -> Bool { hasRoom(for: more) || mayGrow }

    private mutating func grow(mayForget: Bool) {
        guard !mayForget || mayGrow else {
            removeAll()
            return
        }
        let old = slots
        slots = Self.empty(old.count * 2)
        for slot in old where slot.customer != 0 { place(slot) }
    }

    mutating func removeAll() {
        slots = Self.empty(1 << 10)
        names.removeAll()
        count = 0
    }

    private func isName(at offset: Int, _ name: Span<UInt8>) -> Bool {
        let own = names.span
        guard own.count - offset >= 4 + name.count else { return false }
        for place in 0..<4 where own[offset + place] != UInt8(truncatingIfNeeded: name.count >> (8 * place)) {
            return false
        }
        let start = offset + 4
        for index in name.indices where own[start &+ index] != name[index] { return false }
        return true
    }
}
