import DriftEngine
import DriftModel
import DriftStore

/// What became of the records of a chunk, per file of its set: added up by each thread for those it dealt with.
struct RecordTally {
    /// By ``RecordBatch/Record/file``.
    private(set) var counts: [FileCounts] = []
    private(set) var delays: [DelaySketch] = []
    /// The latest `at` among accepted records.
    private(set) var latestAccepted: Instant?
    /// Records with the id, but not the content, of an earlier one; indexes into the batch.
    private(set) var conflicts: [Int] = []

    mutating func removeAll() {
        counts.removeAll(keepingCapacity: true)
        delays.removeAll(keepingCapacity: true)
        conflicts.removeAll(keepingCapacity: true)
        latestAccepted = nil
    }

    /// - Parameter files: In the set.
    mutating func begin(files: Int) {
        removeAll()
        for _ in 0..<files {
            counts.append(FileCounts())
            delays.append(DelaySketch())
        }
    }

    mutating func add(_ index: Int, _ record: borrowing RecordBatch.Record, _ verdict: RecordClass, claimedAt: Instant)
    {
        let file = Int(record.file)
        counts[file].add(verdict)
        if verdict == .conflict { conflicts.append(index) }
        guard verdict == .accepted else { return }
        delays[file].add(seconds: claimedAt.secondsFloor - record.at.secondsFloor)
        if let latest = latestAccepted, latest >= record.at { return }
        latestAccepted = record.at
    }

    mutating func addLate(file: Int32) { counts[Int(file)].late += 1 }
}
