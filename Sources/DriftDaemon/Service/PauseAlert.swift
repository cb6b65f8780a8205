import DriftAlerts
import DriftModel
import DriftStore

/// What people are told of a pause: a full disk at once, anything else when it lasts.
struct PauseAlert {
    /// Trouble that is over sooner than this is nobody's concern, in seconds.
    static let patienceSeconds: Int64 = 300

    private let trouble: OwnTrouble
    private let own: OwnAlerts
    private let since: Instant
    private let isDiskFull: Bool
    private var isTold = false
    /// Told past the database, which could not take it: to be written once it can.
    private var isUnwritten = false

    init(_ found: Trouble, own: OwnAlerts, since: Instant) {
        trouble = .paused(found.description, hint: found.hint, isDiskFull: found.isForWantOfRoom, since: since)
        self.own = own
        self.since = since
        isDiskFull = found.isForWantOfRoom
    }

    /// The trouble is still there.
    /// - Parameter directly: Called with the message, by destination, when the database takes none.
    mutating func lasts(
        in store: Store, now: Instant, directly: (@escaping @Sendable (String) -> DeliveryRow) -> Void
    ) {
        guard !isTold, isDiskFull || now >= since.advanced(bySeconds: Self.patienceSeconds) else { return }
        isTold = true
        do {
            try store.write { _ = try own.tell(trouble, now: now, ledger: $0) }
        } catch {
            isUnwritten = true
            directly { [trouble, own] in own.message(trouble, to: $0, now: now) }
        }
    }

    /// It is over.
    func end(in store: Store, now: Instant) throws {
        guard isUnwritten else { return }
        try store.write { _ = try own.tell(trouble, now: now, ledger: $0) }
    }
}
