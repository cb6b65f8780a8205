import DriftModel

/// Encoded states of customers in memory, within a budget: one behind another in slabs, found by the customer's
/// number. A changed state takes the place of the one before while it fits there, else it is written behind the others;
/// the oldest slab is given up when the budget is reached, and of its states those move on that are still needed. A place
/// that was outgrown is given to the next state of its size: as states grow, each size leaves what the one below needs.
///
/// A state that is **kept** is not in the customer's row yet, so it may not be forgotten. All others may.
///
/// 8 bytes per customer number in use, 16 and up to 15 of slack per state, and the states. Several threads may read
/// while none writes. All unsafe code for states in memory is here.
@safe
final class StateMemory {
    /// Where a customer's latest state lies: slab, then offset, then whether it is kept. 0: nowhere.
    private typealias Place = UInt64

    /// What stands before each state.
    private struct Head {
        /// The customer's number, and above its 40 bits how many units of ``unitBytes`` there is room for.
        private var customerAndUnits: UInt64
        var length: UInt32
        /// When the customer must be looked at again; ``Tick/max``: never.
        var wake: Tick

        init(customer: Int64, units: Int, length: Int, wake: Tick?) {
            customerAndUnits = UInt64(customer) | UInt64(units) << 40
            self.length = UInt32(length)
            self.wake = wake ?? .max
        }

        var customer: Int64 { Int64(customerAndUnits & (1 << 40 - 1)) }
        var capacity: Int { Int(customerAndUnits >> 40) * StateMemory.unitBytes }
    }

    private static let unitBytes = 16

    /// Slabs by number, the first one being ``firstSlab``.
    private var slabs: [UnsafeMutableRawPointer] = unsafe []
    /// Bytes in use, by slab.
    private var ends: [Int] = []
    private var firstSlab: UInt64 = 1
    /// By customer number, in pages that exist when somebody of theirs is known.
    private var pages: [UnsafeMutablePointer<Place>?] = unsafe []
    private(set) var keptCount = 0
    /// What kept states take, without what is garbage by now.
    private(set) var keptBytes = 0
    private let slabsMax: Int
    private var isGivingUp = false
    /// Customers whose state became kept, in that order; some may be settled again.
    private var kept: [Int64] = []

    /// Places that were outgrown, by their units; those in slabs given up since have no meaning.
    private var outgrown = [[Place]](repeating: [], count: StateMemory.reusedUnitsMax)
    private static let reusedUnitsMax = 64

    private static let slabBytes = LargeBlocks.hugePageBytes
    private static let headBytes = MemoryLayout<Head>.stride
    private static let pageBits: Int64 = 12

    /// - Parameter bytesMax: What the slabs may take together, as long as no more is kept.
    init(bytesMax: Int) {
        slabsMax = max(2, bytesMax / Self.slabBytes)
    }

    deinit { removeAll() }

    // MARK: Reading

    /// Hands over a customer's latest state.
    /// - Returns: nil when it is not in memory.
    /// - Complexity: O(1).
    func withState<Result>(of customer: Int64, _ body: (Span<UInt8>) throws -> Result) rethrows -> Result? {
        let place = place(of: customer)
        guard place != 0 else { return nil }
        let head = head(place)
        let bytes = unsafe UnsafeRawBufferPointer(start: state(place), count: Int(head.length))
        return try body(unsafe Span<UInt8>(_unsafeBytes: bytes))
    }

    /// Reads a little of a customer's latest state: done for some at once, the waits for memory overlap.
    /// - Returns: Bits without meaning, to be used so that reading is not left out.
    func touch(_ customer: Int64) -> UInt64 {
        let place = place(of: customer)
        guard place != 0 else { return 0 }
        return UInt64(head(place).length)
    }

    /// Whether some megabytes more would make it forget nobody.
    var hasRoom: Bool { unsafe slabs.count + 4 < slabsMax }

    /// Whether the customer's latest state is in memory.
    func contains(_ customer: Int64) -> Bool { place(of: customer) != 0 }

    /// Whether the customer's latest state is not in a row yet.
    func isKept(_ customer: Int64) -> Bool { place(of: customer) & 1 != 0 }

    /// Customers whose state is kept, ascending.
    /// - Complexity: O(kept · log kept).
    func keptCustomers() -> [Int64] {
        var customers = kept.filter(isKept)
        customers.sort()
        // One that was settled and kept again is listed twice.
        var last: Int64?
        customers.removeAll { customer in
            defer { last = customer }
            return customer == last
        }
        return customers
    }

    /// When a customer whose state is kept must be looked at again; nil: never, or the state is not kept.
    func keptWake(of customer: Int64) -> Tick? {
        let place = place(of: customer)
        guard place & 1 != 0 else { return nil }
        let wake = head(place).wake
        return wake == .max ? nil : wake
    }

    // MARK: Writing

    /// Takes a customer's latest state.
    /// - Parameters:
    ///   - wake: When the customer must be looked at again.
    ///   - isKept: It is not in the customer's row.
    func put(_ customer: Int64, _ state: Span<UInt8>, wake: Tick?, isKept: Bool) {
        let before = place(of: customer)
        if before & 1 != 0 { countOut(before) }
        if isKept {
            if before & 1 == 0 { kept.append(customer) }
            keptCount += 1
            keptBytes += state.count + Self.headBytes
        }
        if before != 0, replace(before, state, wake) {
            setPlace(of: customer, before & ~1 | (isKept ? 1 : 0))
        } else {
            if before != 0 { letGo(before) }
            append(customer, state, wake, isKept: isKept)
        }
    }

    private func letGo(_ place: Place) {
        let units = head(place).capacity / Self.unitBytes
        if units < Self.reusedUnitsMax { outgrown[units].append(place & ~1) }
    }

    /// A place that was outgrown and has just so much room.
    private func reusablePlace(units: Int) -> Place? {
        guard units < Self.reusedUnitsMax else { return nil }
        while let place = outgrown[units].popLast() {
            if Self.slab(place) >= firstSlab { return place }
        }
        return nil
    }

    /// Writes a kept state over the one before, if it fits there. Several threads may do so at the same time, each for
    /// customers of its own, while nothing else is written.
    /// - Returns: How many bytes more the state takes, to be told to ``countIn(_:)``; nil: it has to be put.
    func overwriteKept(_ customer: Int64, _ state: Span<UInt8>, wake: Tick?) -> Int? {
        let place = place(of: customer)
        guard place & 1 != 0 else { return nil }
        let before = Int(head(place).length)
        return replace(place, state, wake) ? state.count - before : nil
    }

    /// Counts bytes that kept states take since they were overwritten.
    func countIn(_ bytes: Int) { keptBytes += bytes }

    /// The customer's row says the same now.
    func settle(_ customer: Int64) {
        let place = place(of: customer)
        guard place & 1 != 0 else { return }
        countOut(place)
        setPlace(of: customer, place & ~1)
        if keptCount == 0 { kept.removeAll(keepingCapacity: kept.count < 1 << 16) }
    }

    func removeAll() {
        while let slab = unsafe slabs.popLast() { unsafe slab.deallocate() }
        while let page = unsafe pages.popLast() { unsafe page?.deallocate() }
        ends.removeAll()
        for units in outgrown.indices { outgrown[units].removeAll() }
        kept.removeAll()
        keptCount = 0
        keptBytes = 0
    }

    /// - Returns: False when the state does not fit where the one before lies.
    private func replace(_ place: Place, _ state: Span<UInt8>, _ wake: Tick?) -> Bool {
        var head = head(place)
        guard state.count <= head.capacity else { return false }
        head.length = UInt32(state.count)
        head.wake = wake ?? .max
        write(head, state, slab: Int(Self.slab(place) - firstSlab), at: Self.offset(place))
        return true
    }

    private func append(_ customer: Int64, _ state: Span<UInt8>, _ wake: Tick?, isKept: Bool) {
        let units = (state.count + Self.unitBytes - 1) / Self.unitBytes
        let needed = Self.headBytes + units * Self.unitBytes
        let head = Head(customer: customer, units: units, length: state.count, wake: wake)
        if let place = reusablePlace(units: units) {
            write(head, state, slab: Int(Self.slab(place) - firstSlab), at: Self.offset(place))
            setPlace(of: customer, place | (isKept ? 1 : 0))
            return
        }
        if unsafe slabs.isEmpty || ends[ends.count - 1] + needed > Self.slabBytes { addSlab(needed) }
        let last = ends.count - 1
        let offset = ends[last]
        write(head, state, slab: last, at: offset)
        ends[last] = offset + needed
        setPlace(of: customer, (firstSlab + UInt64(last)) << 33 | UInt64(offset) << 1 | (isKept ? 1 : 0))
    }

    private func write(_ head: Head, _ state: Span<UInt8>, slab: Int, at offset: Int) {
        let target = unsafe slabs[slab] + offset
        unsafe target.storeBytes(of: head, as: Head.self)
        unsafe state.withUnsafeBytes { bytes in
            guard let source = bytes.baseAddress else { return }
            unsafe (target + Self.headBytes).copyMemory(from: source, byteCount: bytes.count)
        }
    }

    private func addSlab(_ needed: Int) {
        // Two for one: what has become garbage is found even while more is kept than the budget allows.
        if !isGivingUp {
            isGivingUp = true
            for _ in 0..<2 where ends.count >= slabsMax { giveUpOldest() }
            isGivingUp = false
            if let last = ends.last, last + needed <= Self.slabBytes { return }
        }
        let bytes = max(Self.slabBytes, needed)
        let slab = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.slabBytes)
        unsafe LargeBlocks.preferHugePages(slab, bytes: bytes)
        unsafe slabs.append(slab)
        ends.append(0)
    }

    /// Frees the oldest slab. Kept states move on; whoever is in use has a later state elsewhere.
    private func giveUpOldest() {
        let oldest = unsafe slabs.removeFirst()
        let end = ends.removeFirst()
        let number = firstSlab
        firstSlab += 1
        var offset = 0
        while offset < end {
            let head = unsafe oldest.load(fromByteOffset: offset, as: Head.self)
            let place = place(of: head.customer)
            if Self.slab(place) == number, Self.offset(place) == offset {
                if place & 1 != 0 {
                    let bytes = unsafe UnsafeRawBufferPointer(
                        start: oldest + offset + Self.headBytes, count: Int(head.length))
                    let wake = head.wake == .max ? nil : head.wake
                    append(head.customer, unsafe Span<UInt8>(_unsafeBytes: bytes), wake, isKept: true)
                } else {
                    setPlace(of: head.customer, 0)
                }
            }
            offset += Self.headBytes + head.capacity
        }
        unsafe oldest.deallocate()
    }

    // MARK: Places

    private func place(of customer: Int64) -> Place {
        let page = Int(customer >> Self.pageBits)
        guard unsafe page < pages.count, let places = unsafe pages[page] else { return 0 }
        return unsafe places[Int(customer & (1 << Self.pageBits - 1))]
    }

    private func setPlace(of customer: Int64, _ place: Place) {
        let page = Int(customer >> Self.pageBits)
        while unsafe page >= pages.count { unsafe pages.append(nil) }
        if unsafe pages[page] == nil {
            let places = UnsafeMutablePointer<Place>.allocate(capacity: 1 << Self.pageBits)
            unsafe places.initialize(repeating: 0, count: 1 << Self.pageBits)
            unsafe pages[page] = places
        }
        unsafe pages[page]?[Int(customer & (1 << Self.pageBits - 1))] = place
    }

    private func countOut(_ place: Place) {
        keptCount -= 1
        keptBytes -= Int(head(place).length) + Self.headBytes
    }

    private func head(_ place: Place) -> Head {
        unsafe slabs[Int(Self.slab(place) - firstSlab)].load(fromByteOffset: Self.offset(place), as: Head.self)
    }

    private func state(_ place: Place) -> UnsafeMutableRawPointer {
        unsafe slabs[Int(Self.slab(place) - firstSlab)] + Self.offset(place) + Self.headBytes
    }

    private static func slab(_ place: Place) -> UInt64 { place >> 33 }

    private static func offset(_ place: Place) -> Int { Int(place >> 1 & 0xFFFF_FFFF) }
}
