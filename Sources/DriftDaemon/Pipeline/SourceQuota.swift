import DriftIntake
import DriftModel
import DriftStore
import Logging

/// How many of each source's files are in the house at a time: whoever fills a directory with a million files has them
/// taken a part at a time, and holds up nobody else.
///
/// What is left in incoming/ holds back neither time nor other sources' files: the oldest are taken first, and a record
/// whose time has passed when its turn comes is late, not lost.
final class SourceQuota {
    private let store: Store
    private let log: Logger
    /// At least as many as are taken and not done; nil: not counted yet.
    private var openAtMost: [Int: Int] = [:]
    /// Sources of which files were left at the last look, for people.
    private(set) var crowds: [Int: SpoolTrouble] = [:]

    init(store: Store, log: Logger) {
        self.store = store
        self.log = log
    }

    /// How many of a source's files may be claimed now.
    func most(
        ofReady ready: Int, source: SourceConfiguration, index: Int, _ now: Instant
    ) throws -> Int {
        let limit = source.limits.waiting ?? SourceLimits.waitingDefault
        // Counted only when there may be too many.
        if let open = openAtMost[index], open + ready <= limit {
            settle(source, index)
            return ready
        }
        let open = Int(try store.write(.redoable) { try $0.openFiles(ofSource: source.name) })
        openAtMost[index] = open
        // Another part when nothing waits any more: whose events come later must not wait for all that are earlier.
        let most = try crowds[index] != nil && !isNothingWaiting() ? 0 : max(0, limit - open)
        if ready <= most {
            settle(source, index)
            return ready
        }
        if crowds[index] == nil {
            let problem = "more files are ready than are taken at a time (limits.waiting: \(limit))"
            crowds[index] = SpoolTrouble(
                source: source.name, problem: "\(problem); the oldest are taken first", since: now)
            log.warning("source \(source.name): \(problem): \(ready - most) of \(ready) are left until others are done")
        }
        return most
    }

    private func settle(_ source: SourceConfiguration, _ index: Int) {
        guard crowds.removeValue(forKey: index) != nil else { return }
        log.notice("source \(source.name): no file is left waiting for others of it any more")
    }

    func note(claimed: Int, of index: Int) { openAtMost[index, default: 0] += claimed }

    /// Whether files were left at the last look, and nothing waits any more.
    func hasRoomAgain() throws -> Bool {
        try !crowds.isEmpty && isNothingWaiting()
    }

    private func isNothingWaiting() throws -> Bool { try store.write(.redoable) { try !$0.waits(moreThan: 0) } }
}
