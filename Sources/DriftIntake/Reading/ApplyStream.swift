public import DriftEngine
public import DriftModel
public import DriftStore

/// A file that passed its first pass, on its way into the engine.
public struct ApplyInput: Sendable {
    /// Where it lies, in work/.
    public var path: String
    public var plan: SourcePlan
    public var context: FileContext
    /// As the first pass found it, or as the ledger has it.
    public var size: Int64
    /// Hex.
    public var sha256: String
    public var encoding: String
    /// Whether its records are known to be in time order; false is always safe.
    public var isSorted: Bool
    /// Records dealt with by earlier runs: ``FileShare/position`` of the last committed chunk.
    public var position: Int64
    /// What it looked like after its first pass, when that was this process's; nil: only its size is compared.
    public var stamp: FileStamp?
    /// Instant of its first record; nil: not known, or it has none.
    public var firstAt: Instant?

    public init(
        path: String, plan: SourcePlan, context: FileContext, size: Int64, sha256: String, encoding: String,
        isSorted: Bool, position: Int64, stamp: FileStamp? = nil, firstAt: Instant? = nil
    ) {
        self.stamp = stamp
        self.firstAt = firstAt
        self.path = path
        self.plan = plan
        self.context = context
        self.size = size
        self.sha256 = sha256
        self.encoding = encoding
        self.isSorted = isSorted
        self.position = position
    }

    /// A file straight from its first pass.
    public init(path: String, plan: SourcePlan, context: FileContext, verdict: Verdict) {
        self.init(
            path: path, plan: plan, context: context, size: verdict.stamp.size, sha256: verdict.sha256,
            encoding: verdict.encoding, isSorted: verdict.isSorted, position: 0, stamp: verdict.stamp,
            firstAt: verdict.firstAt)
    }
}

/// What a chunk holds of one file, beside its records in the batch.
public struct FileShare: Hashable, Sendable {
    /// Records of the file in the batch.
    public var mapped: Int64 = 0
    public var refused: [RefusedRecord] = []
    public var ignored: [IgnoredCount] = []
    /// Records of the file dealt with after this chunk: where a resume begins.
    public var position: Int64 = 0
    /// The next record when the file is applied in its own order; else 0 until it is complete.
    public var nextRecord: Int64 = 0
    /// Nothing of the file is left.
    public var isComplete = false
    /// Where only some records of the file are meant: the numbers of those refused or ignored here.
    public var asideNumbers: [Int64] = []

    public init() {}

    /// Number of ignored records.
    public var ignoredCount: Int64 { ignored.reduce(0) { $0 + $1.count } }

    /// Number of records in it that have no effect.
    var dealtWith: Int64 { Int64(refused.count) + ignoredCount }

    /// Whether the chunk says anything about the file.
    public var isEmpty: Bool { mapped == 0 && refused.isEmpty && ignored.isEmpty && !isComplete }

    mutating func ignore(code: String, detail: String) {
        if let index = ignored.firstIndex(where: { $0.code == code && $0.detail == detail }) {
            ignored[index].count += 1
        } else {
            ignored.append(IgnoredCount(code: code, detail: detail, count: 1))
        }
    }

    /// What is known of the counts before the engine has judged the mapped records.
    public var counts: FileCounts { FileCounts(ignored: ignoredCount, quarantined: Int64(refused.count)) }
}

/// One transaction's worth of records.
public struct ApplyChunk: Sendable {
    /// In order of application; ``RecordBatch/Record/file`` is the index of the file in the set.
    public var batch = RecordBatch()
    /// One per file of the set.
    public var shares: [FileShare] = []
    /// Nothing of the set is left after this chunk.
    public var isLast = false

    public init() {}
}

/// The second pass: a set of files as one stream of mapped records, merged by `at`; ties go by the order of the
/// files, then by record number. The stream is the same however it is cut into chunks and runs.
public final class ApplyStream {
    /// Records in a chunk unless said otherwise.
    public static let chunkRecordsDefault = 16_384
    /// Memory for sorting unless said otherwise, in bytes.
    public static let sortBytesDefault = 32 << 20
    /// Most bytes of texts in a chunk.
    static let chunkTextBytesMax = 32 << 20

    /// Of a long set a file is opened when its first record's turn comes, and let go when it is done: as many are in
    /// memory as overlap.
    private enum Place {
        case waiting
        case open(FileCursor)
        /// With what its last share said.
        case done(position: Int64, nextRecord: Int64)
    }

    private let inputs: [ApplyInput]
    private var places: [Place]
    /// So many files are opened at once.
    private static let openAtOnce = 64
    private let sortShare: Int
    /// Files of which the last record was given in this chunk, as they were then.
    private var ended: [(index: Int, stamp: FileStamp)] = []
    /// The files that have a record left, by its instant.
    private var heads = HeadQueue()
    private let chunkRecords: Int
    private var isDone = false
    private let willRead: (@Sendable (_ file: Int?, _ position: Int64) -> Void)?

    /// Opens the files. One that an earlier run has begun is hashed first: effects must not go on with other bytes.
    /// - Parameters:
    ///   - inputs: In the order that breaks ties.
    ///   - chunkRecords: Most mapped records in a chunk.
    ///   - sortBytes: About how much memory sorting may take, for all files together; what is more goes through
    ///     nameless files beside them.
    ///   - willRead: Called with a file's index and position before more of it is read, with nil when that is done.
    ///   - progress: Called while files are read to be sorted, a few times a second.
    /// - Throws: ``IntakeError``; kind `changed` when a file is not what its first pass saw, `full` when there is no
    ///   room to sort.
    public init(
        _ inputs: [ApplyInput], chunkRecords: Int = ApplyStream.chunkRecordsDefault,
        sortBytes: Int = ApplyStream.sortBytesDefault,
        willRead: (@Sendable (_ file: Int?, _ position: Int64) -> Void)? = nil, progress: () -> Void = {}
    ) throws(IntakeError) {
        self.willRead = willRead
        self.inputs = inputs
        self.chunkRecords = max(1, chunkRecords)
        sortShare = sortBytes / max(1, inputs.count { !$0.isSorted })
        places = [Place](repeating: .waiting, count: inputs.count)
        for (index, input) in inputs.enumerated() {
            if index >= Self.openAtOnce, input.position == 0, input.context.selection == .all,
                let first = input.firstAt
            {
                heads.insert(first, file: index)
                continue
            }
            let cursor = try open(index, progress: progress)
            if let head = cursor.head { heads.insert(head, file: index) }
        }
    }

    /// Opens a file and reads its first records; a small one is read whole, and closed.
    private func open(_ index: Int, progress: () -> Void = {}) throws(IntakeError) -> FileCursor {
        let input = inputs[index]
        if input.position > 0, try FileHash.sha256(path: input.path) != input.sha256 {
            throw IntakeError(.changed, "open", path: input.path)
        }
        let cursor = try FileCursor(input, index: Int32(index), sortBytes: sortShare)
        // Only now is a file that was begun in an earlier run at its place.
        willRead?(index, cursor.position)
        try cursor.prepare(progress: progress)
        willRead?(nil, 0)
        guard try cursor.isUnchanged() else { throw IntakeError(.changed, "open", path: input.path) }
        places[index] = .open(cursor)
        return cursor
    }

    /// Fills the next chunk.
    /// - Returns: False when the chunk before was the last one.
    /// - Throws: ``IntakeError``: nothing of the chunk may be committed.
    /// - Complexity: O(log files) per record.
    public func next(into chunk: inout ApplyChunk) throws(IntakeError) -> Bool {
        chunk.batch.removeAll()
        chunk.shares = places.map { place in
            var share = FileShare()
            switch place {
            case .waiting: break
            case .open(let cursor): (share.position, share.nextRecord) = (cursor.position, cursor.nextRecord)
            case .done(let position, let nextRecord): (share.position, share.nextRecord) = (position, nextRecord)
            }
            return share
        }
        chunk.isLast = false
        if isDone { return false }
        var aside = 0
        while chunk.batch.records.count < chunkRecords, chunk.batch.text.count < Self.chunkTextBytesMax,
            aside < chunkRecords, let first = heads.min?.file
        {
            guard case .open(let cursor) = places[first] else {
                let cursor = try open(first)
                (chunk.shares[first].position, chunk.shares[first].nextRecord) = (cursor.position, cursor.nextRecord)
                heads.replaceMin(at: cursor.head)
                continue
            }
            // Nothing of other files comes between.
            let run =
                heads.count > 1
                ? 0
                : cursor.takeRun(
                    into: &chunk.batch, share: &chunk.shares[first], file: Int32(first),
                    most: chunkRecords - chunk.batch.records.count)
            if run == 0 {
                let before = chunk.shares[first].dealtWith
                try cursor.take(
                    into: &chunk.batch, share: &chunk.shares[first], file: Int32(first),
                    asideMost: chunkRecords - aside)
                aside += Int(chunk.shares[first].dealtWith - before)
            }
            if cursor.head == nil {
                willRead?(first, cursor.position)
                try cursor.prepare()
                willRead?(nil, 0)
            }
            heads.replaceMin(at: cursor.head)
            // A chunk may have the last records of many files: each is let go at once.
            if cursor.head == nil { try end(first, cursor, &chunk.shares[first], &aside) }
        }
        try finish(&chunk, aside)
        chunk.isLast = isDone
        return true
    }

    /// Ends a file that has no record left, unless it has more without effect than goes into this chunk.
    private func end(
        _ index: Int, _ cursor: FileCursor, _ share: inout FileShare, _ aside: inout Int
    ) throws(IntakeError) {
        guard aside < chunkRecords || !cursor.hasAside else { return }
        let before = share.dealtWith
        let isFinished = try cursor.finish(share: &share, asideMost: chunkRecords - aside)
        aside += Int(share.dealtWith - before)
        guard isFinished else { return }
        places[index] = .done(position: cursor.position, nextRecord: cursor.nextRecord)
        ended.append((index, cursor.stamp))
    }

    /// Looks whether the files are as they were, and ends those that are done.
    private func finish(_ chunk: inout ApplyChunk, _ before: Int) throws(IntakeError) {
        var aside = before
        isDone = true
        for index in places.indices {
            switch places[index] {
            case .waiting: isDone = false
            case .done: break
            case .open(let cursor):
                guard try cursor.isUnchanged() else { throw IntakeError(.changed, "read", path: inputs[index].path) }
                if cursor.head == nil { try end(index, cursor, &chunk.shares[index], &aside) }
                if case .open = places[index] { isDone = false }
            }
        }
        for (index, stamp) in ended where try WorkFile.stamp(path: inputs[index].path) != stamp {
            throw IntakeError(.changed, "read", path: inputs[index].path)
        }
        ended.removeAll(keepingCapacity: true)
    }
}
