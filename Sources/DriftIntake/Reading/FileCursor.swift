import DriftEngine
import DriftFormats
import DriftModel

/// One file's mapped records in the order of application: by `at`, ties by record number.
///
/// A file that is in time order already streams; any other is sorted, in memory or, above the budget, in a nameless
/// file in work/. The place in the file is a **position**: how many of its records are dealt with, counting those
/// that are refused or ignored too. In a file that streams they count where they stand, in one that is sorted before
/// all others.
final class FileCursor {
    private let path: String
    /// Whether the file is so small that it is read whole at once, and closed.
    private var isSmall: Bool { stamp.size <= 64 << 10 }
    private static let wholeRecordsMax = 4_096
    /// Closed as soon as all of it is in memory: a set may have more files than a process may open.
    private var open: (file: WorkFile, stream: RawStream)?
    /// What the file looked like when reading began.
    let stamp: FileStamp
    private let isSorted: Bool
    /// nil: all.
    private let selection: RecordSelection?
    /// nil once all of it is read: many small files may be in memory together.
    private var mapper: Mapper?
    private var raw = RawRecords()
    private var block = RecordBatch()
    /// nil: the file streams, and the block's records come as they are.
    private let sorter: RecordSorter?
    private var next = 0
    /// Records of the block, or before it, that have no effect, in the order of their numbers.
    private var aside: AsideQueue
    private var hasMore = true
    private var lastNumber: Int64 = 0
    /// Records dealt with so far.
    private(set) var position: Int64 = 0
    /// The next record when the file is applied in its own order; else 0 until it is complete.
    var nextRecord: Int64 { isSorted ? position + 1 : (isFinished ? lastNumber + 1 : 0) }
    private var isFinished = false
    /// Where to begin giving: everything before it was dealt with in an earlier run.
    private let start: Int64

    /// - Throws: ``IntakeError`` of kind `changed` when the file is not the one the first pass saw.
    /// - Parameter sortBytes: About how much memory sorting may take.
    init(_ input: ApplyInput, index: Int32, sortBytes: Int) throws(IntakeError) {
        path = input.path
        let file = try WorkFile(path: input.path)
        let found = try file.stamp()
        stamp = found
        let isAsRead = input.stamp.map { found.isSameContent(as: $0) } ?? (found.size == input.size)
        guard isAsRead else { throw IntakeError(.changed, "open", path: input.path) }
        var options = input.plan.reader
        if let encoding = TextEncoding(rawValue: input.encoding) {
            options.encoding = encoding
            options.isEncodingAssumed = false
        }
        open = (file, RawStream(file, options: options, isHashed: false))
        var context = input.context
        context.index = index
        mapper = Mapper(plan: input.plan, file: context)
        isSorted = input.isSorted
        selection = context.selection == .all ? nil : context.selection
        let directory = Self.directory(of: input.path)
        sorter = input.isSorted ? nil : RecordSorter(directory: directory, budgetBytes: sortBytes)
        aside = AsideQueue(directory: directory, budgetBytes: sortBytes / 8)
        start = input.position
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// Instant of the record that comes next; nil at the end.
    var head: Instant? {
        if let sorter { return sorter.head }
        return next < block.records.count ? block.records[next].at : nil
    }

    /// Whether something without effect is left to be told.
    var hasAside: Bool { aside.first != nil }

    /// Reads on until there is a record to give, or none is left.
    /// - Parameter progress: Called after every block.
    func prepare(progress: () -> Void = {}) throws(IntakeError) {
        if let sorter {
            guard hasMore else { return }
            while hasMore {
                try readBlock()
                try sorter.add(&block)
                progress()
            }
            try sorter.finish(&block)
            try dropDone()
        } else {
            while hasMore && (head == nil || (isSmall && block.records.count < Self.wholeRecordsMax)) {
                if head == nil {
                    block.removeAll()
                    next = 0
                }
                try readBlock()
                try dropDone()
                progress()
            }
        }
    }

    /// Appends the next record to a batch, and to the share what precedes it without effect.
    /// - Parameter asideMost: Most records without effect; when there are more the record is not given yet.
    func take(
        into batch: inout RecordBatch, share: inout FileShare, file index: Int32, asideMost: Int
    ) throws(IntakeError) {
        let number = sorter?.number ?? block.records[next].number
        guard try setAside(before: isSorted ? number : .max, into: &share, most: asideMost) else { return }
        if let sorter {
            try sorter.take(into: &batch, file: index)
        } else {
            batch.append(next, of: block, file: index)
            next += 1
        }
        position = isSorted ? number : position + 1
        share.mapped += 1
        share.position = position
        share.nextRecord = isSorted ? number + 1 : 0
    }

    /// Appends the next records to a batch at one go, as far as nothing stands between them that has no effect.
    /// - Parameter most: Most records.
    /// - Returns: How many; 0: ``take(into:share:file:asideMost:)`` knows more.
    func takeRun(into batch: inout RecordBatch, share: inout FileShare, file index: Int32, most: Int) -> Int {
        guard sorter == nil, most > 1 else { return 0 }
        var count = min(block.records.count - next, most)
        if let item = aside.isEmpty ? nil : aside.first {
            count =
                block.records[next..<(next + count)].firstIndex { $0.number > item.number }.map { $0 - next } ?? count
        }
        guard count > 1 else { return 0 }
        batch.append(next..<(next + count), of: block, file: index)
        next += count
        position = block.records[next - 1].number
        share.mapped += Int64(count)
        share.position = position
        share.nextRecord = position + 1
        return count
    }

    /// Adds what has no effect and is left at the end of the file.
    /// - Returns: False when there is more of it than `asideMost`: then the file is not complete yet.
    func finish(share: inout FileShare, asideMost: Int) throws(IntakeError) -> Bool {
        guard try setAside(before: .max, into: &share, most: asideMost) else { return false }
        if isSorted { position = max(position, lastNumber) }
        isFinished = true
        share.position = position
        share.nextRecord = lastNumber + 1
        share.isComplete = true
        return true
    }

    /// Whether the file is still as it was when reading began, by its descriptor or, once all of it is read and it
    /// is closed, by its name: what a producer appends later would be archived without having been applied.
    func isUnchanged() throws(IntakeError) -> Bool {
        guard let file = open?.file else { return try WorkFile.stamp(path: path) == stamp }
        guard try file.stamp() == stamp else { return false }
        if !hasMore { open = nil }
        return true
    }

    private func readBlock() throws(IntakeError) {
        raw.removeAll()
        guard let stream = open?.stream else { return }
        do {
            hasMore = try stream.next(into: &raw)
        } catch {
            switch error {
            case .system(let problem): throw problem
            // The first pass read the same bytes to their end.
            case .format: throw IntakeError(.changed, "read", path: path)
            }
        }
        guard var mapper = self.mapper.take() else { return }
        defer {
            if hasMore { self.mapper = mapper } else { raw = RawRecords() }
        }
        mapper.prepare(&raw)
        var reject = 0
        for (index, record) in raw.records.enumerated() {
            while reject < raw.rejects.count, raw.rejects[reject].recordsBefore <= index {
                try setAside(raw.rejects[reject])
                reject += 1
            }
            lastNumber = record.number
            if let selection, !selection.contains(record.number) { continue }
            switch mapper.map(record, of: raw, into: &block) {
            case .mapped: break
            case .skipped: try aside.append(Aside(number: record.number, kind: .skipped))
            case .unknownType: try aside.append(Aside(number: record.number, kind: .unknownType(mapper.typeName)))
            case .refused(let code, let reason):
                let refused = RefusedRecord(
                    number: record.number, byteOffset: record.byteOffset, code: code, reason: reason,
                    sample: raw.sample(of: record))
                try aside.append(Aside(number: record.number, kind: .refused(refused)))
            }
        }
        for reject in raw.rejects[reject...] { try setAside(reject) }
    }

    private func setAside(_ reject: RawRecords.Reject) throws(IntakeError) {
        lastNumber = reject.number
        if let selection, !selection.contains(reject.number) { return }
        let refused = RefusedRecord(
            number: reject.number, byteOffset: reject.byteOffset, code: reject.code.rawValue, reason: reject.reason,
            sample: reject.sample)
        try aside.append(Aside(number: reject.number, kind: .refused(refused)))
    }

    /// Skips what an earlier run dealt with: everything up to position ``start``.
    private func dropDone() throws(IntakeError) {
        guard start > position else { return }
        if let sorter {
            let refusedFirst = min(aside.count, start)
            for _ in 0..<refusedFirst { try aside.removeFirst() }
            try sorter.drop(start - refusedFirst)
            position = start
        } else {
            while next < block.records.count, block.records[next].number <= start { next += 1 }
            while let first = aside.first, first.number <= start { try aside.removeFirst() }
            position = min(start, lastNumber)
        }
    }

    /// Moves what stands before a record number over to the share.
    /// - Returns: False when there was more than `most`.
    private func setAside(
        before number: Int64, into share: inout FileShare, most: Int
    ) throws(IntakeError) -> Bool {
        if aside.isEmpty { return true }
        var moved = 0
        while let item = aside.first, item.number < number {
            guard moved < most else { return false }
            moved += 1
            try aside.removeFirst()
            if selection != nil { share.asideNumbers.append(item.number) }
            switch item.kind {
            case .refused(let record): share.refused.append(record)
            case .skipped: share.ignore(code: "skip", detail: "")
            case .unknownType(let name): share.ignore(code: "type", detail: String(decoding: name, as: UTF8.self))
            }
            position = isSorted ? max(position, item.number) : position + 1
            share.position = position
            if isSorted { share.nextRecord = position + 1 }
        }
        return true
    }
}
