import DriftModel

/// Values of features at one tick: one cell per feature of the model, with the bytes of the texts among them.
/// Only features that were asked for are up to date.
struct Row {
    var cells: [Cell] = []
    var text: [UInt8] = []

    mutating func prepare(count: Int) {
        if cells.count != count { cells = Array(repeating: .null, count: count) }
        if !text.isEmpty { text.removeAll(keepingCapacity: true) }
    }

    /// Puts a text into the row.
    mutating func adopt(_ bytes: Span<UInt8>) -> Cell {
        let offset = text.count
        for index in bytes.indices { text.append(bytes[index]) }
        return .text(offset: offset, count: bytes.count)
    }
}

/// Memory that evaluation reuses: one per thread of work.
public struct EngineScratch {
    var evaluator = Evaluator()
    /// The state as it is, and as it was without the record or one tick earlier.
    var row = Row()
    var beforeRow = Row()
    var fold = FoldScratch()
    var targets: [Int32?] = []
    var pending: [NextChange?] = []
    /// Of the search for the next change.
    var searchRow = Row()
    var ranges = RangeRow()
    var table = TableScratch()
    var rangeEvaluator = RangeEvaluator()

    public init() {}
}
