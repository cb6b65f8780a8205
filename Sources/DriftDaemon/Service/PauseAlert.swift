import DriftAlerts
import DriftModel

/// When people are told of a pause: of a full disk at once, of anything else when it lasts.
struct PauseAlert {
    /// Trouble that is over sooner than this is nobody's concern, in seconds.
    static let patienceSeconds: Int64 = 300

    private let trouble: OwnTrouble
    private let dueAt: Instant
    private var isTold = false

    init(_ found: Trouble, since: Instant) {
        trouble = .paused(found.description, hint: found.hint, isDiskFull: found.isForWantOfRoom, since: since)
        dueAt = found.isForWantOfRoom ? since : since.advanced(bySeconds: Self.patienceSeconds)
    }

    /// The trouble is still there.
    /// - Returns: What is to be told now: once.
    mutating func takeDue(now: Instant) -> OwnTrouble? {
        guard !isTold, now >= dueAt else { return nil }
        isTold = true
        return trouble
    }
}
