import GRDB

/// All a database says about one customer, in a form that two databases of the same files have in common: names
/// instead of numbers of rows.
public struct CustomerRecord: Hashable, Sendable {
    public var name: String
    public var isCustomer: Bool
    /// Microseconds since 1970.
    public var firstAt: Int64?
    public var lastAt: Int64?
    public var events: Int64
    public var attributes: String?
    /// Per segmentation: name, segment, when it began, number of its last move, next tick and next segment.
    public var placements: [String]
    /// The engine's encoding.
    public var state: [UInt8]
    public var moves: [MoveRecord]
}

/// A transition by its facts.
public struct MoveRecord: Hashable, Sendable {
    public var segmentation: String
    public var seq: Int64
    /// From, to, cause, instant, file and record, inputs and flips; in the order of ``factNames``.
    public var facts: [String]

    public static let factNames = ["from", "to", "cause", "effective_at", "file", "record", "inputs", "flips"]
}

extension StoreReader {
    /// Known customers in the order of their names.
    /// - Parameters:
    ///   - name: After this one; nil: from the first.
    ///   - limit: At most so many.
    /// - Complexity: O(what is returned · log of the tables).
    public func customerRecords(after name: String?, limit: Int) throws -> [CustomerRecord] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT customer_id, name, is_customer, first_at, last_at, events, attributes, state,
                        (SELECT json_group_array(concat) FROM (
                            SELECT ifnull(g.name, '?') || ' ' || ifnull(s.name, 'NULL') || ' since '
                                || ifnull(p.value ->> 2, 'NULL') || ' seq ' || ifnull(p.value ->> 3, 'NULL')
                                || ' next ' || ifnull(p.value ->> 4, 'NULL') || ' ' || ifnull(n.name, 'NULL') AS concat
                            FROM json_each(c.segments) AS p
                            LEFT JOIN segmentation AS g ON g.segmentation_id = p.value ->> 0
                            LEFT JOIN segment AS s ON s.segment_id = p.value ->> 1
                            LEFT JOIN segment AS n ON n.segment_id = p.value ->> 5 ORDER BY p.key)) AS placements
                    FROM customer AS c WHERE name > ? AND state IS NOT NULL ORDER BY name LIMIT ?
                    """, arguments: [name ?? "", limit])
            let moves = try db.cachedStatement(sql: Self.movesOfCustomer)
            return try rows.map { row in
                CustomerRecord(
                    name: row["name"], isCustomer: row["is_customer"], firstAt: row["first_at"],
                    lastAt: row["last_at"], events: row["events"], attributes: row["attributes"],
                    placements: row.strings("placements"), state: row.bytes("state"),
                    moves: try Row.fetchAll(moves, arguments: [row["customer_id"] as Int64]).map(MoveRecord.init))
            }
        }
    }

    private static let movesOfCustomer = """
        SELECT g.name AS segmentation, t.seq, f.name AS "from", s.name AS "to", k.cause, t.effective_at, t.file_id, t.record,
            i.names || ' ' || t.inputs AS inputs,
            (SELECT group_concat(q.text || ' ' || q.subject || ' ' || q.limit_text || ' ' || json_remove(e.value, '$[0]'))
                FROM json_each(t.flips) AS e LEFT JOIN comparison AS q ON q.comparison_id = e.value ->> 0) AS flips
        FROM transition AS t
        LEFT JOIN transition_kind AS k ON k.kind_id = t.kind_id
        LEFT JOIN input_set AS i ON i.input_set_id = k.input_set_id
        LEFT JOIN segmentation AS g ON g.segmentation_id = t.segmentation_id
        LEFT JOIN segment AS f ON f.segment_id = k.from_segment_id
        LEFT JOIN segment AS s ON s.segment_id = k.to_segment_id
        WHERE t.customer_id = ? ORDER BY g.name, t.seq
        """
}

extension MoveRecord {
    fileprivate init(row: Row) {
        func text(_ column: String) -> String { (row[column] as String?) ?? "NULL" }
        func number(_ column: String) -> String { (row[column] as Int64?).map(String.init) ?? "NULL" }
        self.init(
            segmentation: text("segmentation"), seq: row["seq"],
            facts: [
                text("from"), text("to"), text("cause"), number("effective_at"), number("file_id"), number("record"),
                text("inputs"), text("flips"),
            ])
    }
}
