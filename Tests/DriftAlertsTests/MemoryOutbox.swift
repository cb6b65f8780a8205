import DriftAlerts
import DriftModel
import DriftStore
import Synchronization

/// An outbox in memory.
final class MemoryOutbox: Outbox {
    struct Entry {
        var row: DeliveryRow
        var dueAt: Instant?
        var error: String?
    }

    let entries: Mutex<[Entry]>
    let disabled = Mutex<[String: String]>([:])
    private let ledger = Mutex(MemoryLedger())
    let kept = Mutex<[KeptAlert]>([])
    /// So many times nothing can be written down.
    let failuresToCome = Mutex(0)

    struct Busy: Error {}

    init(_ rows: [DeliveryRow]) {
        entries = Mutex(
            rows.map { row in
                var row = row
                row.attempts = 0
                row.state = .pending
                return Entry(row: row, dueAt: Instant(seconds: 0))
            })
    }

    /// Another delivery.
    func add(_ row: DeliveryRow, dueAt: Instant) {
        entries.withLock { $0.append(Entry(row: row, dueAt: dueAt)) }
    }

    func recover(configured: Set<String>?, at: Instant) -> Int { 0 }

    func takeDue(destination: String, now: Instant, limit: Int) -> [DeliveryRow] {
        entries.withLock { entries in
            let due = entries.indices.filter { index in
                entries[index].row.state == .pending && entries[index].row.destination == destination
                    && (entries[index].dueAt ?? now) <= now
            }.prefix(limit)
            return due.map { index in
                entries[index].row.state = .sending
                entries[index].row.attempts += 1
                return entries[index].row
            }
        }
    }

    func settle(_ settled: [SettledDelivery], telling: [OwnTrouble], by own: OwnAlerts, at: Instant) throws {
        try failuresToCome.withLock { failures in
            guard failures > 0 else { return }
            failures -= 1
            throw Busy()
        }
        try tell(telling, own, at)
        entries.withLock { entries in
            for delivery in settled {
                for index in entries.indices where entries[index].row.deliveryID == delivery.deliveryID {
                    switch delivery.note {
                    case .delivered: entries[index].row.state = .delivered
                    case .failed(let reason, let retryAt):
                        entries[index].row.state = retryAt == nil ? .dead : .pending
                        entries[index].dueAt = retryAt
                        entries[index].error = reason
                    case .released(let dueAt):
                        entries[index].row.state = .pending
                        entries[index].row.attempts -= 1
                        entries[index].dueAt = dueAt
                    }
                }
            }
        }
    }

    func nextDue(_ destination: String) -> Instant? {
        entries.withLock { entries in
            entries.filter { $0.row.state == .pending && $0.row.destination == destination }.compactMap(\.dueAt).min()
        }
    }

    func hasten(_ destination: String, to instant: Instant) {
        entries.withLock { entries in
            for index in entries.indices where entries[index].row.destination == destination {
                entries[index].dueAt = entries[index].dueAt.map { min($0, instant) }
            }
        }
    }

    func disabledReason(_ destination: String) -> String? { disabled.withLock { $0[destination] } }

    func disable(
        _ destination: String, reason: String, settling: SettledDelivery, telling: OwnTrouble, by own: OwnAlerts,
        at: Instant
    ) throws {
        try settle([settling], telling: [], by: own, at: at)
        disabled.withLock { $0[destination] = reason }
        try tell([telling], own, at)
    }

    func kept(_ destination: String, holdSeconds: Int64, now: Instant) -> [KeptAlert] { kept.withLock { $0 } }

    private func tell(_ troubles: [OwnTrouble], _ own: OwnAlerts, _ now: Instant) throws {
        try ledger.withLock { ledger in
            for trouble in troubles { try own.tell(trouble, now: now, ledger: ledger) }
        }
    }

    /// The daemon's own alerts.
    var told: [AlertRow] { ledger.withLock { $0.alerts } }
    /// Whom they are told.
    var tellings: [String] { ledger.withLock { $0.deliveries.map(\.destination) } }
    var states: [DeliveryState] { entries.withLock { $0.map(\.row.state) } }
    var errors: [String?] { entries.withLock { $0.map(\.error) } }
    var attempts: [Int] { entries.withLock { $0.map(\.row.attempts) } }
}
