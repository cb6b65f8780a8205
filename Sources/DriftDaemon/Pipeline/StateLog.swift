/// The form of a chunk's changed states in the database's log: customer, name (empty when the customer has a row),
/// state, each with its length in front as a variable-length number.
struct StateLog {
    private(set) var bytes: [UInt8] = []

    /// A chunk that is being written.
    init() {}

    /// A chunk that was committed.
    init(committed bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// - Returns: Where the state lies in ``bytes``.
    @discardableResult
    mutating func append(_ customer: Int64, name: ArraySlice<UInt8>, state: [UInt8]) -> Range<Int> {
        write(UInt64(bitPattern: customer))
        write(UInt64(name.count))
        if !name.isEmpty { bytes += name }
        write(UInt64(state.count))
        bytes += state
        return (bytes.count - state.count)..<bytes.count
    }

    /// Adds what another thread has logged; no customer is in both.
    mutating func append(takingFrom other: inout StateLog) {
        if bytes.isEmpty { swap(&bytes, &other.bytes) } else { bytes += other.bytes }
    }

    /// Calls back for each entry in order.
    /// - Returns: False when the bytes end early: no encoder writes that.
    func forEach(
        _ body: (_ customer: Int64, _ name: ArraySlice<UInt8>, _ state: ArraySlice<UInt8>) throws -> Void
    ) rethrows -> Bool {
        var place = 0
        while place < bytes.count {
            guard let customer = read(&place), let name = slice(&place), let state = slice(&place) else { return false }
            try body(Int64(bitPattern: customer), name, state)
        }
        return true
    }

    private mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private func read(_ place: inout Int) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }

    private func slice(_ place: inout Int) -> ArraySlice<UInt8>? {
        guard let count = read(&place), count <= UInt64(bytes.count - place) else { return nil }
        defer { place += Int(count) }
        return bytes[place..<(place + Int(count))]
    }
}
