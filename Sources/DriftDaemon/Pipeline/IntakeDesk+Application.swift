import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Logging

/// What the second pass needs of files, and where they go afterwards.
extension IntakeDesk {
    /// Whether a file that waits can be applied: its source is configured, and it is where it should be.
    func canApply(_ row: FileRow) -> Bool { canApply(row.fileID, of: row.source) }

    func canApply(_ fileID: Int64, of source: String) -> Bool { plans[source] != nil && !lost.contains(fileID) }

    /// How a row's records are read; nil when its source is not configured any more.
    func plan(for row: FileRow) -> SourcePlan? {
        row.requeueOf == nil ? plans[row.source] : plans[row.source]?.forArchive
    }

    /// What the second pass over a file needs. Reads the file again if this process has not judged it.
    /// - Parameter progress: Called between blocks; false ends it early.
    /// - Returns: nil when it was ended early.
    func applyInput(_ row: FileRow, progress: () -> Bool) throws -> ApplyInput? {
        guard let plan = plan(for: row) else {
            throw DaemonError(.configuration, "source '\(row.source)' of file \(row.fileID) is not configured any more")
        }
        let path = try path(of: row)
        let facts = try context(row)
        var input: ApplyInput
        if let known = judged[row.fileID], let verdict = row.verdict {
            input = ApplyInput(
                path: path, plan: plan, context: facts, size: verdict.size, sha256: verdict.sha256,
                encoding: verdict.encoding, isSorted: known.isSorted, position: 0, stamp: known.stamp,
                firstAt: verdict.firstAt)
        } else {
            guard let found = try markedPass(row, plan, at: path, context: facts, progress: progress) else {
                return nil
            }
            guard row.requeueOf != nil || found.sha256 == row.verdict?.sha256 else {
                throw IntakeError(.changed, "read", path: path)
            }
            input = ApplyInput(path: path, plan: plan, context: facts, verdict: found)
        }
        // What is left of a second try is told by its records, wherever they stand.
        input.position = row.requeueOf == nil ? row.position : 0
        return input
    }

    /// Where a row's bytes lie: a second try reads those of the file it is of, wherever that is by now.
    func path(of row: FileRow) throws -> String {
        guard let root = row.requeueOf else { return layout.path(of: row) }
        guard let file = try store.write({ try $0.file(root) }) else {
            throw StoreError.inconsistent("file \(row.fileID) is another try for file \(root), which is not there")
        }
        return layout.path(of: file)
    }

    func context(_ row: FileRow) throws -> FileContext {
        FileContext(
            name: row.nameBytes, index: 0, claimedAt: row.claimedAt,
            latestAt: row.claimedAt.advanced(bySeconds: configuration.futureToleranceSeconds),
            selection: row.requeueOf == nil
                ? .all : .only(try store.write { try $0.requeuedRecords(of: row.fileID) }))
    }

    /// Counts an attempt at applying files that an earlier process had begun, and puts aside those that ended it too
    /// often, each for itself.
    /// - Returns: Those that go on.
    func beginAgain(_ rows: [FileRow], now: Instant) throws -> [FileRow] {
        let rows = try store.write(.redoable) { transaction in
            try rows.compactMap { row in
                try transaction.beginAttempt(row.fileID)
                return try transaction.file(row.fileID)
            }
        }
        var left: [FileRow] = []
        for row in rows {
            if row.crashes < Self.crashesMax { left.append(row) } else { try giveUpCrasher(row, now: now) }
        }
        return left
    }

    private func giveUpCrasher(_ row: FileRow, now: Instant) throws {
        let reason = "applying it ended the process \(row.crashes) times at the same place"
        if row.position == 0 || row.requeueOf != nil {
            return try refuse(row, code: "crashes_reader", reason: reason, records: row.verdict?.scanned ?? 0, now: now)
        }
        log.warning("file \(row.fileID) (\(row.source)/\(row.name)) is quarantined: \(reason)")
        try store.write { transaction in
            try transaction.markRestQuarantined(
                row.fileID, code: "crashes_reader",
                reason: "\(reason); the first \(row.position) of its records are in")
            try onRefused(
                IntakeFacts(
                    source: row.source, file: row.name, fileID: row.fileID,
                    records: max(1, row.verdict?.scanned ?? 1),
                    quarantined: max(1, (row.verdict?.scanned ?? 1) - row.counts.records)), reason, transaction)
        }
        try settle([row.fileID], now: now)
    }

    /// Finds out which files of a set cannot be read any more, and puts them aside; what was applied of them stays.
    /// - Returns: Those that can go on.
    func dropUnreadable(_ rows: [FileRow], now: Instant) throws -> [FileRow] {
        var readable: [FileRow] = []
        for row in rows {
            guard let plan = plan(for: row) else { continue }
            do {
                let (path, context) = (try path(of: row), try context(row))
                let found = try firstPass(row, plan, at: path, context: context) { true }
                if row.requeueOf != nil || found?.sha256 == row.verdict?.sha256 {
                    readable.append(row)
                } else {
                    try dropFromSet(row, nil, now)
                }
            } catch let error as IntakeError {
                try dropFromSet(row, error, now)
            }
        }
        return readable
    }

    private func dropFromSet(_ row: FileRow, _ error: IntakeError?, _ now: Instant) throws {
        let current = try store.write { try $0.file(row.fileID) } ?? row
        if current.position == 0 {
            return try refuse(row, error ?? IntakeError(.changed, "read", path: row.name), now: now)
        }
        let reason =
            (error?.description ?? "its content changed after it was first read")
            + "; the first \(current.position) of its records are in"
        log.warning("file \(row.fileID) (\(row.source)/\(row.name)) is quarantined: \(reason)")
        try store.write { transaction in
            try transaction.markRestQuarantined(
                row.fileID, code: error == nil ? "unstable" : "unreadable", reason: reason)
        }
        try settle([row.fileID], now: now)
    }

    /// Attempts that this process survived, whatever ended them (a full disk), do not count against files.
    func forgiveOpenAttempts() throws {
        try store.write { transaction in
            for row in try transaction.files(in: [.claimed, .applying]) { try transaction.forgiveAttempt(row.fileID) }
        }
    }

    /// A stop in order does not count against files.
    func forgiveAttempts(_ rows: [FileRow]) throws {
        try store.write(.redoable) { transaction in for row in rows { try transaction.forgiveAttempt(row.fileID) } }
    }

    // MARK: Moves

    /// Moves files whose effects are in to the archive.
    func archive(_ rows: [FileRow], now: Instant) throws {
        try settle(rows.map(\.fileID), now: now)
    }

    /// Files compressed in one go when there is nothing else to do.
    private static let compressedAtOnceMax = 64

    /// Compresses some files of the archive, until something arrives.
    /// - Returns: Whether there may be more.
    func compressArchive(goesOn: () -> Bool) throws -> Bool {
        guard let start = compressedUpTo else { return false }
        let compressor = ArchiveCompressor(layout: layout, files: files)
        let plain = try store.write {
            try $0.plainArchivedFiles(
                after: start, bytesMin: ArchiveCompressor.bytesMin, limit: Self.compressedAtOnceMax)
        }
        for file in plain {
            do {
                let isDone = try compressor.compress(file, store: store) { goesOn() && !arrivals.hasSome }
                guard isDone else { return true }
                compressedUpTo = file.fileID
            } catch let error as IntakeError {
                // Plain files are as good; a full disk or a lost file is told where it matters.
                log.warning("the archive is not compressed any further before the next start: \(error)")
                compressedUpTo = nil
                return false
            }
        }
        return plain.count == Self.compressedAtOnceMax
    }

    /// Most rows of the ledger in memory for it.
    private static let settledAtOnceMax = 1_000

    /// Moves files to where the ledger says they belong.
    func settle(_ fileIDs: [Int64], now: Instant) throws {
        var rest = fileIDs[...]
        while !rest.isEmpty {
            try settleSome(rest.prefix(Self.settledAtOnceMax), now: now)
            rest = rest.dropFirst(Self.settledAtOnceMax)
        }
    }

    private func settleSome(_ fileIDs: ArraySlice<Int64>, now: Instant) throws {
        let rows = try store.write { transaction in try fileIDs.compactMap { try transaction.file($0) } }
        for (row, error) in try archiver.settle(rows, store: store, now: now) {
            lost.insert(row.fileID)
            log.error(
                "file \(row.fileID) (\(row.name)) is gone from \(layout.work); its ledger row waits for it: \(error)")
        }
        for row in rows {
            judged[row.fileID] = nil
            if let sha256 = row.verdict?.sha256 {
                let content = Content(source: row.source, sha256: sha256)
                if waitingContents[content] == row.fileID { waitingContents[content] = nil }
            }
        }
        finished += rows.count
        refused += rows.count { $0.state == .quarantined }
    }
}
