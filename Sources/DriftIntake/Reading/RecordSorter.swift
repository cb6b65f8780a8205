import DriftEngine
import DriftModel

/// One file's mapped records by (`at`, number), however many: what does not fit into the budget is sorted in pieces
/// (runs) that lie in a nameless file and are merged while they are read.
///
/// Records are added in the order of their numbers, so that ties go by run, and inside a run by place.
final class RecordSorter {
    private let directory: String
    private let budgetBytes: Int
    private var file: SpillFile?
    private var runs: [Run] = []
    private var heads = HeadQueue()
    /// Without runs: the order of the only block.
    private var order: [Int] = []
    private var next = 0
    private var block = RecordBatch()

    /// Part of the file that holds one run, and the records of it that were read last.
    private struct Run {
        var offset: Int64
        let end: Int64
        var window = RecordBatch()
        var next = 0
    }

    /// Least read at once of one run, in bytes.
    private static let windowBytesMin = 512

    /// - Parameters:
    ///   - directory: Where runs may be written.
    ///   - budgetBytes: About how much memory may be taken.
    init(directory: String, budgetBytes: Int) {
        self.directory = directory
        self.budgetBytes = max(budgetBytes, 1 << 10)
    }

    /// Takes mapped records; the batch is emptied when it had to be written.
    /// - Throws: ``IntakeError``; kind `full` when the disk is.
    func add(_ batch: inout RecordBatch) throws(IntakeError) {
        guard batch.byteCount > budgetBytes else { return }
        try write(batch)
        batch.removeAll()
    }

    /// Takes what is left and makes the first record ready.
    func finish(_ batch: inout RecordBatch) throws(IntakeError) {
        swap(&block, &batch)
        if runs.isEmpty {
            order = Self.order(of: block)
            return
        }
        try write(block)
        block = RecordBatch()
        for index in runs.indices {
            try fill(index)
            if let head = runs[index].window.records.first { heads.insert(head.at, file: index) }
        }
    }

    /// Instant of the record that comes next; nil at the end.
    var head: Instant? { runs.isEmpty ? (next < order.count ? block.records[order[next]].at : nil) : heads.min?.at }

    /// Number of the record that comes next.
    var number: Int64 {
        guard let run = heads.min?.file else { return next < order.count ? block.records[order[next]].number : 0 }
        return runs[run].window.records[runs[run].next].number
    }

    /// Appends the next record to a batch, or drops it when there is none.
    /// - Complexity: O(log runs).
    func take(into batch: inout RecordBatch, file index: Int32) throws(IntakeError) {
        guard let run = heads.min?.file else {
            batch.append(order[next], of: block, file: index)
            next += 1
            return
        }
        batch.append(runs[run].next, of: runs[run].window, file: index)
        try advance(run)
    }

    /// Skips records that were dealt with before.
    func drop(_ count: Int64) throws(IntakeError) {
        guard !runs.isEmpty else {
            next = min(order.count, next + Int(count))
            return
        }
        for _ in 0..<count {
            guard let run = heads.min?.file else { return }
            try advance(run)
        }
    }

    private func advance(_ run: Int) throws(IntakeError) {
        runs[run].next += 1
        if runs[run].next == runs[run].window.records.count { try fill(run) }
        let next = runs[run].next
        heads.replaceMin(at: next < runs[run].window.records.count ? runs[run].window.records[next].at : nil)
    }

    // MARK: Runs

    private func spillFile() throws(IntakeError) -> SpillFile {
        if let file { return file }
        let made = try SpillFile(directory: directory)
        file = made
        return made
    }

    private static func order(of batch: RecordBatch) -> [Int] {
        batch.records.indices.sorted { left, right in
            (batch.records[left].at, left) < (batch.records[right].at, right)
        }
    }

    private func write(_ batch: RecordBatch) throws(IntakeError) {
        if batch.records.isEmpty { return }
        let file = try spillFile()
        let start = file.count
        var spill = SpillWriter()
        for index in Self.order(of: batch) {
            batch.encode(index, to: &spill)
            if spill.bytes.count > 256 << 10 {
                try file.append(spill.bytes)
                spill.bytes.removeAll(keepingCapacity: true)
            }
        }
        try file.append(spill.bytes)
        runs.append(Run(offset: start, end: file.count))
    }

    /// Reads the next records of a run; none at its end.
    private func fill(_ index: Int) throws(IntakeError) {
        runs[index].window.removeAll()
        runs[index].next = 0
        guard let file, runs[index].offset < runs[index].end else { return }
        var most = max(Self.windowBytesMin, budgetBytes / runs.count / 2)
        var bytes: [UInt8] = []
        repeat {
            let left = runs[index].end - runs[index].offset
            try file.read(at: runs[index].offset, most: Int(min(Int64(most), left)), into: &bytes)
            var reader = SpillReader(bytes: bytes, index: 0)
            while reader.index + 4 <= bytes.count {
                let start = reader.index
                let length = Int(reader.take(UInt32.self))
                guard reader.index + length <= bytes.count else {
                    reader.index = start
                    // The first one does not fit: more is read at once.
                    if start == 0 { most = length + 4 }
                    break
                }
                runs[index].window.decode(from: &reader)
            }
            runs[index].offset += Int64(reader.index)
        } while runs[index].window.records.isEmpty
    }
}
