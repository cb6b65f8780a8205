import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore

/// Looks after what the daemon tells of itself: sources that fell silent, a clock that is not believed, trouble that
/// was told before and has come again.
final class OwnTroubleDesk {
    /// A look costs two small queries; nothing here is urgent.
    private static let lookEverySeconds: Int64 = 60
    private static let scope = "watched"

    private let store: Store
    private let own: OwnAlerts
    private let sources: [SourceConfiguration]
    private var seenAt: [String: Instant] = [:]
    private var latestFileID: Int64 = 0
    private var lookedAt: Instant?

    init(store: Store, own: OwnAlerts, sources: [SourceConfiguration]) {
        self.store = store
        self.own = own
        self.sources = sources.filter { $0.stalledAfterSeconds != nil }
    }

    /// - Parameter doubt: Why the clock is not believed; then it does not say who is silent either.
    func look(now: Instant, doubt: ClockGuard.Doubt?) throws {
        if let lookedAt, lookedAt <= now, now < lookedAt.advanced(bySeconds: Self.lookEverySeconds) { return }
        lookedAt = now
        try store.write { transaction in
            if let doubt {
                try own.tell(.clock("\(doubt)", now: now), now: now, ledger: transaction)
            } else {
                try lookAtSources(now: now, transaction)
            }
            try own.settleCooldowns(now: now, transaction)
        }
    }

    private func lookAtSources(now: Instant, _ transaction: borrowing StoreTransaction) throws {
        guard !sources.isEmpty else { return }
        let arrivals = try transaction.latestArrivals(after: latestFileID)
        seenAt.merge(arrivals.seenAt) { max($0, $1) }
        latestFileID = max(latestFileID, arrivals.fileID ?? 0)
        for source in sources {
            guard let limit = source.stalledAfterSeconds else { continue }
            let since = try seenAt[source.name] ?? watchedSince(source.name, now: now, transaction)
            guard now >= since.advanced(bySeconds: limit) else { continue }
            let trouble = OwnTrouble.stalled(
                source: source.name, since: since, hasDelivered: seenAt[source.name] != nil, limitSeconds: limit,
                directory: source.directory, now: now)
            try own.tell(trouble, now: now, ledger: transaction)
        }
    }

    /// A source that has never delivered is silent since it is watched.
    private func watchedSince(
        _ source: String, now: Instant, _ transaction: borrowing StoreTransaction
    ) throws -> Instant {
        if let text = try transaction.remembered(scope: Self.scope, key: source), let known = Int64(text) {
            return Instant(microseconds: known)
        }
        try transaction.remember(scope: Self.scope, key: source, value: String(now.microseconds))
        return now
    }
}
