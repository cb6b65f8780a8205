import DriftEngine
import DriftModel
import DriftStore

/// Counts how often each mapped field has no value, over batches of mapped records.
struct FieldTally {
    /// By event type of the model: where its cells are counted, and how many it has.
    private let firstCell: [Int]
    private let cellCount: [Int]
    /// By cell: what it is called; nil: the source never gives it a value.
    private let names: [String?]
    private let mapsID: Bool
    private var events: [Int64]
    private var nulls: [Int64]
    private var records: Int64 = 0
    private var withoutID: Int64 = 0

    /// - Parameter header: The file's columns: where nothing is mapped, what is not among them is not meant.
    init(_ plan: SourcePlan, header: [String]?) {
        let given = plan.source.map == nil ? header.map(Set.init) : nil
        var first: [Int] = []
        var names: [String?] = []
        for (type, cells) in plan.ownCells.enumerated() {
            first.append(names.count)
            let typeName = String(decoding: plan.typeNames[type], as: UTF8.self)
            for index in cells.indices {
                let also = plan.also.lazy.compactMap { $0.cells[type][index] }.first
                let own = cells[index].flatMap { given?.contains($0.name) == false ? nil : $0 }
                names.append((also ?? own).map { "\(typeName).\($0.name)" })
            }
        }
        firstCell = first
        cellCount = plan.ownCells.map(\.count)
        self.names = names
        mapsID = plan.id != nil && given?.contains("id") != false
        events = [Int64](repeating: 0, count: plan.ownCells.count)
        nulls = [Int64](repeating: 0, count: names.count)
    }

    /// - Complexity: O(cells).
    mutating func add(_ batch: borrowing RecordBatch) {
        for event in batch.events {
            let type = Int(event.type)
            events[type] += 1
            let first = firstCell[type]
            for index in 0..<cellCount[type] where batch.cells[event.cells + index].isNull { nulls[first + index] += 1 }
        }
        guard mapsID else { return }
        records += Int64(batch.records.count)
        for record in batch.records where record.idHash == nil { withoutID += 1 }
    }

    /// One per mapped field of a type that was met.
    var fields: [FileFigures.Field] {
        var fields: [FileFigures.Field] = []
        if mapsID, records > 0 { fields.append(.init(name: "id", events: records, nulls: withoutID)) }
        for type in firstCell.indices where events[type] > 0 {
            for cell in firstCell[type]..<(firstCell[type] + cellCount[type]) {
                guard let name = names[cell] else { continue }
                fields.append(.init(name: name, events: events[type], nulls: nulls[cell]))
            }
        }
        return fields
    }
}
