import DriftIntake
import DriftModel
import DriftStore
import Logging

/// Deletes what `retention:` says is kept no longer, once a day, a piece at a time when there is nothing else to do:
/// bytes in quarantine/ and archive/, what is known of single refused records, and moves. The ledger's rows, counts and
/// each customer's latest move stay, and so do moves that a rule of the model still looks back at.
///
/// First the file, then the ledger: what a kill leaves half done is done again.
final class RetentionDesk {
    private let store: Store
    private let retention: Retention
    private let layout: SpoolLayout
    private let files: any SpoolFiles
    private let log: Logger
    private let lookBackSeconds: Int64
    /// Rows of the ledger up to this one were looked at in the pass under way.
    private var lookedUpTo: Int64?
    /// Moves up to this one were looked at in the pass under way.
    private var movesLookedUpTo: Int64 = 0
    private var deleted = (files: 0, records: 0, moves: 0)
    /// When a pass last ended; nil: not read yet.
    private var lastPassAt: Instant?

    /// Rows looked at, and records forgotten, in one piece.
    private static let rowsMax = 500
    /// Moves looked at in one piece.
    private static let movesMax = 4_000
    private static let passEverySeconds: Int64 = 86_400
    private static let why = "deleted when the time of retention was up"

    /// - Parameter model: Its rules look back at moves.
    init(store: Store, configuration: Configuration, model: Model, files: any SpoolFiles, log: Logger) {
        self.store = store
        lookBackSeconds = model.lookBackSeconds
        retention = configuration.retention
        layout = SpoolLayout(root: configuration.spoolDirectory)
        self.files = files
        self.log = log
    }

    /// Does a piece, if one is due.
    /// - Parameter now: The wall clock; not to be called while it is doubted.
    /// - Returns: Whether there is more to do.
    func step(now: Instant) throws -> Bool {
        let limits = RetentionLimits(
            archivedBefore: Self.limit(retention.archive, now), refusedBefore: Self.limit(retention.quarantine, now))
        guard limits.archivedBefore != nil || limits.refusedBefore != nil || retention.transitions != .forever else {
            return false
        }
        if lookedUpTo == nil {
            guard try isDue(now) else { return false }
            lookedUpTo = 0
        }
        guard let start = lookedUpTo else { return false }
        let (expired, last) = try store.write {
            try $0.expiredFiles(after: start, limits: limits, rowsMax: Self.rowsMax)
        }
        try delete(expired)
        if let last {
            lookedUpTo = last
            return true
        }
        lookedUpTo = start
        let forgotten = try limits.refusedBefore.map { before in
            try store.write { try $0.forgetRefused(before: before, rowsMax: Self.rowsMax) }
        }
        deleted.records += forgotten ?? 0
        if forgotten == Self.rowsMax { return true }
        if try forgetMoves() { return true }
        try endPass(now)
        return false
    }

    /// Forgets a piece of the moves whose time is up, as logical time has it: events of long ago that are loaded today
    /// make moves of long ago.
    /// - Returns: Whether there are more to look at.
    private func forgetMoves() throws -> Bool {
        guard case .seconds(let seconds) = retention.transitions else { return false }
        let start = movesLookedUpTo
        let (forgotten, last) = try store.write { transaction -> (forgotten: Int, last: Int64?) in
            guard let time = try transaction.logicalTime() else { return (0, nil) }
            return try transaction.forgetMoves(
                effectiveBefore: time.advanced(bySeconds: -max(seconds, lookBackSeconds)), after: start,
                rowsMax: Self.movesMax)
        }
        deleted.moves += forgotten
        movesLookedUpTo = last ?? 0
        return last != nil
    }

    /// The earliest instant that is kept; nil: all is.
    private static func limit(_ keep: KeepFor, _ now: Instant) -> Instant? {
        switch keep {
        case .forever: nil
        case .seconds(let seconds): now.advanced(bySeconds: -seconds)
        }
    }

    private func isDue(_ now: Instant) throws -> Bool {
        if lastPassAt == nil {
            let text = try store.write { try $0.meta(MetaKey.lastRetention) }
            lastPassAt = text.flatMap(Int64.init).map(Instant.init(microseconds:))
        }
        guard let last = lastPassAt else { return true }
        // A clock that was set back is no reason to wait for the day when it was ahead.
        let since = now.microseconds - last.microseconds
        return since < 0 || since >= Self.passEverySeconds * 1_000_000
    }

    private func delete(_ expired: [FileRow]) throws {
        guard !expired.isEmpty else { return }
        var folders: Set<String> = []
        for file in expired {
            let path = layout.path(of: file)
            let folder = SystemSpoolFiles.parent(of: path)
            do {
                try files.remove(Array(path.utf8.dropFirst(folder.utf8.count + 1)), in: folder)
                if file.state == .quarantined {
                    try files.remove(Array("\(file.fileID).reason.json".utf8), in: layout.quarantine)
                }
                folders.insert(folder)
            } catch {
                // A directory that is gone took the file with it.
                guard error.kind == .vanished else { throw error }
            }
        }
        for folder in folders { try files.sync(directory: folder) }
        try store.write { transaction in
            for file in expired {
                try transaction.noteDeleted(file, storedPath: SpoolLayout.nowhere, why: Self.why)
            }
        }
        deleted.files += expired.count
    }

    private func endPass(_ now: Instant) throws {
        lookedUpTo = nil
        lastPassAt = now
        try store.write(.redoable) { try $0.setMeta(MetaKey.lastRetention, String(now.microseconds)) }
        guard deleted.files > 0 || deleted.records > 0 || deleted.moves > 0 else { return }
        log.info(
            "retention: \(deleted.files) files deleted, \(deleted.records) refused records and \(deleted.moves) moves forgotten; their counts stay"
        )
        deleted = (0, 0, 0)
    }
}
