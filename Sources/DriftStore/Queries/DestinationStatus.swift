public import DriftModel
import GRDB

/// How deliveries to one destination fare.
public struct DestinationStatus: Hashable, Sendable {
    public var destination: String
    public var deliveriesByState: [DeliveryState: Int64]
    /// When the earliest that waits is tried next.
    public var nextAttemptAt: Instant?
    /// Sent again with the same id, because the process ended before it could be noted that they had arrived.
    public var resent: Int64

    public init(
        destination: String, deliveriesByState: [DeliveryState: Int64], nextAttemptAt: Instant?, resent: Int64
    ) {
        self.destination = destination
        self.deliveriesByState = deliveriesByState
        self.nextAttemptAt = nextAttemptAt
        self.resent = resent
    }

    /// Every destination that ever had a delivery, by name. O(deliveries).
    static func all(_ db: Database) throws -> [DestinationStatus] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT destination, state, count(*) AS n, sum(ambiguous) AS resent,
                    min(CASE WHEN state = 'pending' THEN due_at END) AS next_at
                FROM delivery GROUP BY destination, state ORDER BY destination
                """)
        var found: [DestinationStatus] = []
        for row in rows {
            let name: String = row["destination"]
            if found.last?.destination != name {
                found.append(
                    DestinationStatus(destination: name, deliveriesByState: [:], nextAttemptAt: nil, resent: 0))
            }
            let last = found.count - 1
            found[last].resent += row["resent"]
            if let state = DeliveryState(rawValue: row["state"]) { found[last].deliveriesByState[state] = row["n"] }
            if let next = row.instant("next_at") { found[last].nextAttemptAt = next }
        }
        return found
    }
}
