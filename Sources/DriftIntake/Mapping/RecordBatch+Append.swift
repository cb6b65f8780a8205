import DriftEngine
import DriftModel

extension RecordBatch {
    /// Appends a copy of one record of another batch.
    /// - Parameters:
    ///   - source: Built by a ``Mapper``: a record's texts, cells and events lie together, its customer's name first.
    ///   - index: The record.
    ///   - file: Its file's position in the set being applied.
    mutating func append(_ index: Int, of source: borrowing RecordBatch, file: Int32) {
        var record = source.records[index]
        let isLast = index + 1 == source.records.count
        let texts =
            record.customerName
            .lowerBound..<(isLast ? source.text.count : source.records[index + 1].customerName.lowerBound)
        let shift = text.count - texts.lowerBound
        text.append(contentsOf: source.text[texts])
        record.file = file
        record.customerName = moved(record.customerName, shift)
        record.id = record.id.isEmpty ? 0..<0 : moved(record.id, shift)
        let firstEvent = events.count
        if let first = source.events[record.events].first {
            let nextEvent = record.events.upperBound
            let endOfCells = nextEvent < source.events.count ? source.events[nextEvent].cells : source.cells.count
            let cellShift = cells.count - first.cells
            for var cell in source.cells[first.cells..<endOfCells] {
                if cell.tag == .text { cell = .text(offset: cell.textOffset + shift, count: cell.textCount) }
                cells.append(cell)
            }
            for event in source.events[record.events] {
                events.append(Event(type: event.type, cells: event.cells + cellShift))
            }
        }
        record.events = firstEvent..<events.count
        records.append(record)
    }

    /// Appends a copy of neighbouring records of another batch, as ``append(_:of:file:)`` does one by one.
    /// - Parameter range: Not empty.
    mutating func append(_ range: Range<Int>, of source: borrowing RecordBatch, file: Int32) {
        let first = source.records[range.lowerBound]
        let isToEnd = range.upperBound == source.records.count
        let textEnd = isToEnd ? source.text.count : source.records[range.upperBound].customerName.lowerBound
        let eventRange = first.events.lowerBound..<source.records[range.upperBound - 1].events.upperBound
        let textShift = text.count - first.customerName.lowerBound
        let eventShift = events.count - eventRange.lowerBound
        text.append(contentsOf: source.text[first.customerName.lowerBound..<textEnd])
        if let firstCell = source.events[eventRange].first?.cells {
            let next = eventRange.upperBound
            let cellEnd = next < source.events.count ? source.events[next].cells : source.cells.count
            let cellShift = cells.count - firstCell
            for var cell in source.cells[firstCell..<cellEnd] {
                if cell.tag == .text { cell = .text(offset: cell.textOffset + textShift, count: cell.textCount) }
                cells.append(cell)
            }
            for event in source.events[eventRange] {
                events.append(Event(type: event.type, cells: event.cells + cellShift))
            }
        }
        for var record in source.records[range] {
            record.file = file
            record.customerName = moved(record.customerName, textShift)
            record.id = record.id.isEmpty ? 0..<0 : moved(record.id, textShift)
            record.events = moved(record.events, eventShift)
            records.append(record)
        }
    }

    private func moved(_ range: Range<Int>, _ shift: Int) -> Range<Int> {
        (range.lowerBound + shift)..<(range.upperBound + shift)
    }
}
