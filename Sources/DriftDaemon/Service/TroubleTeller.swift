import DriftAlerts
import DriftModel
import DriftStore
import Synchronization

/// Tells people of the daemon's own trouble: through the outbox, and past it while the database takes nothing. What
/// went past it is written once it can be, as of then: with the same id and the same bytes.
final class TroubleTeller: Sendable {
    /// The way past the database: called with the message, by destination.
    typealias Way = @Sendable (@escaping @Sendable (String) -> DeliveryRow) -> Void

    /// What the database could not take.
    private struct Unwritten {
        var trouble: OwnTrouble
        var at: Instant
        /// It went past the database; otherwise its cooldown or somebody keeps it quiet.
        var isTold: Bool
    }

    private let unwritten = Mutex<[Unwritten]>([])

    /// - Parameter store: nil where it could not even be opened.
    func tell(_ trouble: OwnTrouble, by own: OwnAlerts, in store: Store?, now: Instant, pastIt way: Way) {
        // A database that cannot say what is wanted gets the benefit of the doubt.
        var isWanted = true
        do {
            guard let store else { return keep(trouble, isWanted: true, by: own, now: now, way) }
            try store.write { transaction in
                isWanted = try own.isWanted(trouble, now: now, ledger: transaction)
                try own.tell(trouble, now: now, ledger: transaction)
            }
        } catch {
            keep(trouble, isWanted: isWanted, by: own, now: now, way)
        }
    }

    private func keep(_ trouble: OwnTrouble, isWanted: Bool, by own: OwnAlerts, now: Instant, _ way: Way) {
        let isTold = unwritten.withLock { unwritten in
            // The cooldown's memory is in the database too.
            let wasTold = unwritten.contains {
                $0.isTold && $0.trouble.kind == trouble.kind && $0.trouble.subject == trouble.subject
                    && now < $0.at.advanced(bySeconds: trouble.kind.cooldownSeconds)
            }
            unwritten.append(Unwritten(trouble: trouble, at: now, isTold: isWanted && !wasTold))
            return isWanted && !wasTold
        }
        if isTold { way { own.message(trouble, to: $0, now: now) } }
    }

    /// Writes what could not be written; costs nothing where there is none.
    /// - Returns: Whether there was something: it is to be delivered now.
    func write(by own: OwnAlerts, in store: Store) throws -> Bool {
        let waiting = unwritten.withLock { $0 }
        guard !waiting.isEmpty else { return false }
        try store.write { transaction in
            for one in waiting { try own.tell(one.trouble, now: one.at, ledger: transaction) }
        }
        unwritten.withLock { $0.removeFirst(waiting.count) }
        return true
    }
}
