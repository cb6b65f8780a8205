import GRDB

/// What belongs to the one writing connection: prepared statements and the dictionaries read so far.
///
/// Touched only inside the connection's queue, which is what makes the unchecked conformance true.
final class StoreConnection: @unchecked Sendable {
    private var prepared: HotStatements?
    /// Numbers of transition kinds by facts; forgotten when a transaction that may have made some rolls back.
    var kinds: [KindKey: Int64] = [:]
    /// The same by ``MoveSlots``, found without looking at the inputs; 0: not known.
    var kindBySlot: [Int64] = []
    /// Numbers of input sets by their names.
    var inputSets: [[Int32]: Int64] = [:]
    /// The model ``kinds`` and ``inputSets`` are about.
    var cachedModel: Int64 = 0
    /// As the connection is opened.
    private var durability = Store.Durability.durable
    /// Pages written when the WAL was last moved into the database.
    var pagesAtCheckpoint: Int64 = 0

    init(_ db: Database) throws {
        prepared = try HotStatements(db)
    }

    func statements() throws -> HotStatements {
        guard let prepared else { throw StoreError.inconsistent("the database is closed") }
        return prepared
    }

    /// Outside a transaction.
    func setDurability(_ wanted: Store.Durability, _ db: Database) throws {
        guard wanted != durability else { return }
        try db.execute(sql: "PRAGMA synchronous = \(wanted == .durable ? "FULL" : "NORMAL")")
        durability = wanted
    }

    func forgetDictionaries() {
        kinds.removeAll(keepingCapacity: true)
        kindBySlot.removeAll(keepingCapacity: true)
        inputSets.removeAll(keepingCapacity: true)
        cachedModel = 0
    }

    func close() {
        prepared = nil
    }
}

/// The statements of the hot path, prepared once. A class: handing it over costs one count, not one per statement.
final class HotStatements {
    let customerByName: HotStatement
    let insertCustomer: HotStatement
    let customerState: HotStatement
    let saveCustomer: HotStatement
    let insertWholeCustomer: HotStatement
    let insertWholeCustomers: HotStatement
    let appendStateLog: HotStatement
    let dueCustomers: HotStatement
    let insertMoves: MoveInsertion
    let addFlow: HotStatement
    let addSizeChange: HotStatement
    let addAppearance: HotStatement

    /// Customers in one run of a statement.
    static let customersAtOnce = 8

    /// `OR FAIL` as in ``MoveInsertion``.
    private static func insertCustomers(_ count: Int) -> String {
        let values = (0..<count).map {
            "(" + ($0 * 10 + 1...$0 * 10 + 10).map { "?\($0)" }.joined(separator: ", ") + ")"
        }
        return """
            INSERT OR FAIL INTO customer (customer_id, is_customer, first_at, last_at, events, wake_tick, segments,
                attributes, state, name)
            VALUES \(values.joined(separator: ", "))
            """
    }

    init(_ db: Database) throws {
        customerByName = try HotStatement(db, "SELECT customer_id FROM customer WHERE name = ?1")
        insertCustomer = try HotStatement(db, "INSERT INTO customer (name) VALUES (?1) RETURNING customer_id")
        customerState = try HotStatement(db, "SELECT state FROM customer WHERE customer_id = ?1")
        saveCustomer = try HotStatement(
            db,
            """
            UPDATE customer SET is_customer = ?2, first_at = ?3, last_at = ?4, events = ?5, wake_tick = ?6,
                segments = ?7, attributes = ?8, state = ?9
            WHERE customer_id = ?1
            """)
        insertWholeCustomer = try HotStatement(db, Self.insertCustomers(1))
        insertWholeCustomers = try HotStatement(db, Self.insertCustomers(Self.customersAtOnce))
        appendStateLog = try HotStatement(db, "INSERT INTO state_log (states) VALUES (?1)")
        dueCustomers = try HotStatement(
            db,
            "SELECT customer_id FROM customer WHERE wake_tick <= ?1 ORDER BY wake_tick, customer_id LIMIT ?2")
        insertMoves = try MoveInsertion(db)
        addFlow = try HotStatement(
            db,
            """
            INSERT INTO flow_count (segmentation_id, day, from_segment_id, to_segment_id, cause, n)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET n = n + excluded.n
            """)
        addSizeChange = try HotStatement(
            db,
            """
            INSERT INTO size_change (segmentation_id, segment_id, day, n) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET n = n + excluded.n
            """)
        addAppearance = try HotStatement(
            db,
            "INSERT INTO appearance_count (day, n) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET n = n + excluded.n")
    }
}
