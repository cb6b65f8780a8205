public import DriftModel
import GRDB

/// Everything stored about one customer.
public struct CustomerDetail: Hashable, Sendable {
    public var customerID: Int64
    public var name: String
    public var isCustomer: Bool
    public var firstEventAt: Instant?
    public var lastEventAt: Instant?
    public var events: Int64
    /// JSON object.
    public var attributes: String
    public var wakeTick: Tick?
    /// The engine's encoding of the state; empty when there is none.
    public var state: [UInt8]
    public var placements: [PlacementDetail]

    public init(
        customerID: Int64, name: String, isCustomer: Bool, firstEventAt: Instant?, lastEventAt: Instant?,
        events: Int64, attributes: String, wakeTick: Tick?, state: [UInt8], placements: [PlacementDetail]
    ) {
        self.customerID = customerID
        self.name = name
        self.isCustomer = isCustomer
        self.firstEventAt = firstEventAt
        self.lastEventAt = lastEventAt
        self.events = events
        self.attributes = attributes
        self.wakeTick = wakeTick
        self.state = state
        self.placements = placements
    }
}

/// A row of the view `current_segments`.
public struct PlacementDetail: Hashable, Sendable {
    public var segmentation: String
    public var segment: String?
    /// ISO 8601 UTC.
    public var since: String?
    public var seq: Int64
    /// Local date, or ISO instant with grain hour.
    public var nextChangeAt: String?
    public var nextSegment: String?

    public init(
        segmentation: String, segment: String?, since: String?, seq: Int64, nextChangeAt: String?,
        nextSegment: String?
    ) {
        self.segmentation = segmentation
        self.segment = segment
        self.since = since
        self.seq = seq
        self.nextChangeAt = nextChangeAt
        self.nextSegment = nextSegment
    }
}

/// What the company does for a customer in one area.
public struct CustomerAction: Hashable, Sendable {
    public var area: String
    public var action: String
    public var playbook: String
    public var segmentation: String

    public init(
        area: String, action: String, playbook: String, segmentation: String
    ) {
        self.area = area
        self.action = action
        self.playbook = playbook
        self.segmentation = segmentation
    }
}

extension StoreReader {
    /// A customer by name; nil when unknown.
    public func customer(named name: String) throws -> CustomerDetail? {
        try read { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT * FROM customer WHERE name = ? AND state IS NOT NULL", arguments: [name])
            else { return nil }
            let placements = try Row.fetchAll(
                db,
                sql: """
                    SELECT segmentation, segment, since, seq, next_change_at, next_segment FROM current_segments
                    WHERE customer = ?
                    """, arguments: [name])
            return CustomerDetail(
                customerID: row["customer_id"], name: row["name"], isCustomer: row["is_customer"],
                firstEventAt: row.instant("first_at"), lastEventAt: row.instant("last_at"), events: row["events"],
                attributes: row["attributes"] ?? "{}", wakeTick: row["wake_tick"], state: row.bytes("state"),
                placements: placements.map {
                    PlacementDetail(
                        segmentation: $0[0], segment: $0[1], since: $0[2], seq: $0[3], nextChangeAt: $0[4],
                        nextSegment: $0[5])
                })
        }
    }

    /// Names that begin with a text, in order: for "did you mean" and the dashboard's search.
    public func customerNames(from prefix: String, limit: Int) throws -> [String] {
        try read { db in
            try String.fetchAll(
                db, sql: "SELECT name FROM customer WHERE name >= ? AND state IS NOT NULL ORDER BY name LIMIT ?",
                arguments: [prefix, limit]
            ).filter { $0.hasPrefix(prefix) }
        }
    }

    /// What the active model's playbooks make the company do for a customer.
    public func actions(customer name: String) throws -> [CustomerAction] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT area, action, playbook, segmentation FROM customer_actions WHERE customer = ? ORDER BY area
                    """, arguments: [name]
            ).map { CustomerAction(area: $0[0], action: $0[1], playbook: $0[2], segmentation: $0[3]) }
        }
    }

    /// Walks over all customers' states in the order of their numbers: forecast, profiles, calibration.
    /// - Parameters:
    ///   - chunk: Customers per snapshot, so that the walk does not keep the WAL from shrinking.
    ///   - body: Number, name and the engine's bytes.
    public func forEachState(chunk: Int = 10_000, _ body: (Int64, String, [UInt8]) throws -> Void) throws {
        var last: Int64 = -1
        while true {
            let rows = try read { db in
                try Row.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT customer_id, name, state FROM customer WHERE customer_id > ?
                            ORDER BY customer_id LIMIT ?
                            """), arguments: [last, chunk])
            }
            for row in rows where row["state"] != nil { try body(row["customer_id"], row["name"], row.bytes("state")) }
            guard let end = rows.last, rows.count == chunk else { return }
            last = end["customer_id"]
        }
    }

    /// The model the database runs; nil before the first start.
    public func activeModel() throws -> ActiveModel? {
        try read { db in try ActiveModel.fetch(db) }
    }

    /// T; nil before the first file.
    public func logicalTime() throws -> Instant? {
        try read { db in try meta(db, "logical_time").flatMap(Int64.init).map(Instant.init(microseconds:)) }
    }
}
