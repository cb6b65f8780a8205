import DriftModel
import DriftStore
import Logging

/// Has every page of the database read and checked once a week, a table at a time, when there is nothing else to do:
/// damage that nobody meets in daily work is found while there is a backup that is older than it.
final class PageCheckDesk {
    private static let everySeconds: Int64 = 7 * 86_400
    /// So long overdue it is interrupted by nothing but a stop: a daemon that is never idle is checked too.
    private static let patienceSeconds: Int64 = 2 * 86_400

    private let store: Store
    private let log: Logger
    /// When the last check ended; nil: not read yet.
    private var lastAt: Instant?
    /// Tables of the check under way that are left; nil: none is under way.
    private var rest: [String]?
    private var tables = 0

    init(store: Store, log: Logger) {
        self.store = store
        self.log = log
    }

    /// Checks a table, if that is due.
    /// - Parameters:
    ///   - now: The wall clock; not to be called while it is doubted.
    ///   - goesOn: Asked now and then; false ends the table's check early, and it is begun again next time.
    /// - Returns: Whether there is more to do.
    /// - Throws: ``StoreError/damaged(path:findings:)``.
    func step(now: Instant, goesOn: () -> Bool) throws -> Bool {
        guard let last = try lastAt ?? readLast(now) else { return false }
        lastAt = last
        let since = (now.microseconds - last.microseconds) / 1_000_000
        // A clock that was set back is no reason to wait for the day when it was ahead.
        guard since < 0 || since >= Self.everySeconds else { return false }
        var left = try rest ?? store.tableNames()
        if rest == nil { tables = left.count }
        guard let table = left.last else { return try end(now) }
        let isPatient = since < Self.everySeconds + Self.patienceSeconds
        guard let findings = try store.checkPages(ofTable: table, goesOn: { !isPatient || goesOn() }) else {
            return false
        }
        if !findings.isEmpty { throw StoreError.damaged(path: store.path, findings: findings) }
        left.removeLast()
        rest = left
        return true
    }

    /// - Returns: nil when the database is new to this: its pages were only just written.
    private func readLast(_ now: Instant) throws -> Instant? {
        let text = try store.write(.redoable) { transaction in
            let text = try transaction.meta(MetaKey.lastPageCheck)
            if text == nil { try transaction.setMeta(MetaKey.lastPageCheck, String(now.microseconds)) }
            return text
        }
        return text.flatMap(Int64.init).map(Instant.init(microseconds:)) ?? now
    }

    private func end(_ now: Instant) throws -> Bool {
        rest = nil
        lastAt = now
        try store.write(.redoable) { try $0.setMeta(MetaKey.lastPageCheck, String(now.microseconds)) }
        log.info("the weekly check of the database's pages found nothing wrong (\(tables) tables)")
        return false
    }
}
