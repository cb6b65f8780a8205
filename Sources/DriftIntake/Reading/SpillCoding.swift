import DriftEngine
import DriftModel

/// Numbers and bytes in a spill file: little-endian, counts before contents.
struct SpillWriter {
    var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        var left = UInt64(truncatingIfNeeded: value)
        for _ in 0..<(value.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: left))
            left >>= 8
        }
    }

    mutating func put(_ text: some Collection<UInt8>) {
        put(UInt32(text.count))
        bytes.append(contentsOf: text)
    }
}

/// Reads what ``SpillWriter`` wrote.
struct SpillReader {
    let bytes: [UInt8]
    var index: Int

    mutating func take<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T {
        var value: UInt64 = 0
        for place in 0..<(T.bitWidth / 8) { value |= UInt64(bytes[index + place]) << UInt64(8 * place) }
        index += T.bitWidth / 8
        return T(truncatingIfNeeded: value)
    }

    mutating func takeBytes() -> ArraySlice<UInt8> {
        let count = Int(take(UInt32.self))
        defer { index += count }
        return bytes[index..<(index + count)]
    }
}

extension RecordBatch {
    /// Appends one record to a spill, with its length before it.
    func encode(_ index: Int, to spill: inout SpillWriter) {
        let start = spill.bytes.count
        spill.put(UInt32(0))
        let record = records[index]
        let texts = textRange(of: index)
        spill.put(record.number)
        spill.put(record.at.microseconds)
        spill.put(UInt8(record.trust.rawValue | (record.idHash == nil ? 0 : 2)))
        spill.put(record.idHash ?? 0)
        spill.put(record.contentHash)
        spill.put(UInt32(record.customerName.count))
        spill.put(UInt32(record.id.isEmpty ? 0 : record.id.lowerBound - texts.lowerBound))
        spill.put(UInt32(record.id.count))
        spill.put(UInt32(record.events.count))
        let cellRange = cellRange(of: index)
        for event in events[record.events] {
            spill.put(event.type)
            spill.put(UInt32(event.cells - cellRange.lowerBound))
        }
        spill.put(UInt32(cellRange.count))
        for cell in cells[cellRange] {
            spill.put(cell.tag.rawValue)
            spill.put(
                cell.tag == .text
                    ? Cell.text(offset: cell.textOffset - texts.lowerBound, count: cell.textCount).bits : cell.bits)
        }
        spill.put(text[texts])
        var length = UInt32(spill.bytes.count - start - 4)
        for place in 0..<4 {
            spill.bytes[start + place] = UInt8(truncatingIfNeeded: length)
            length >>= 8
        }
    }

    /// Appends the record that begins at the reader, behind its length.
    mutating func decode(from spill: inout SpillReader) {
        let number: Int64 = spill.take()
        let at = Instant(microseconds: spill.take())
        let flags: UInt8 = spill.take()
        let idHash: UInt64 = spill.take()
        let contentHash: UInt32 = spill.take()
        let nameCount = Int(spill.take(UInt32.self))
        let idOffset = Int(spill.take(UInt32.self))
        let idCount = Int(spill.take(UInt32.self))
        let firstEvent = events.count
        for _ in 0..<spill.take(UInt32.self) {
            let type: Int32 = spill.take()
            events.append(Event(type: type, cells: cells.count + Int(spill.take(UInt32.self))))
        }
        let start = text.count
        for _ in 0..<spill.take(UInt32.self) {
            let tag = Cell.Tag(rawValue: spill.take()) ?? .null
            let cell = Cell(tag: tag, bits: spill.take())
            cells.append(tag == .text ? .text(offset: cell.textOffset + start, count: cell.textCount) : cell)
        }
        text.append(contentsOf: spill.takeBytes())
        records.append(
            Record(
                file: 0, number: number, customer: 0, customerName: start..<(start + nameCount), at: at,
                idHash: flags & 2 == 0 ? nil : idHash, contentHash: contentHash,
                trust: Trust(rawValue: flags & 1) ?? .external, events: firstEvent..<events.count,
                id: idCount == 0 ? 0..<0 : (start + idOffset)..<(start + idOffset + idCount)))
    }

    /// The texts of one record, which lie together, its customer's name first.
    func textRange(of index: Int) -> Range<Int> {
        let isLast = index + 1 == records.count
        return records[index].customerName
            .lowerBound..<(isLast ? text.count : records[index + 1].customerName.lowerBound)
    }

    /// The cells of one record, which lie together.
    private func cellRange(of index: Int) -> Range<Int> {
        let record = records[index]
        guard let first = events[record.events].first else { return cells.count..<cells.count }
        let next = record.events.upperBound
        return first.cells..<(next < events.count ? events[next].cells : cells.count)
    }

    /// About how much memory the contents take.
    var byteCount: Int {
        records.count * MemoryLayout<Record>.stride + events.count * MemoryLayout<Event>.stride
            + cells.count * MemoryLayout<Cell>.stride + text.count
    }
}
