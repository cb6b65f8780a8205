public import DriftModel
import GRDB

/// Something in the spool that needs a person: a file that is left where it is, or a directory of which nothing can be
/// taken. It has no row in the ledger of files, because nothing was taken.
public struct SpoolTrouble: Hashable, Sendable {
    public var source: String
    /// The file, with what could steer a terminal escaped; nil: the source's whole directory.
    public var name: String?
    /// What is wrong, for people.
    public var problem: String
    /// Since when, by the wall clock.
    public var since: Instant

    public init(source: String, name: String? = nil, problem: String, since: Instant) {
        self.source = source
        self.name = name
        self.problem = problem
        self.since = since
    }

    /// Most that the database keeps.
    public static let keptMax = 100

    fileprivate static let countKey = "spool_trouble_count"
    fileprivate static let listKey = "spool_troubles"
}

extension StoreTransaction {
    /// Replaces what is known to be wrong in the spool; the first ``SpoolTrouble/keptMax`` are kept, all are counted.
    public func setSpoolTroubles(_ troubles: [SpoolTrouble]) throws {
        var json = JSONWriter()
        json.array(troubles.prefix(SpoolTrouble.keptMax)) { json, trouble in
            json.raw("[")
            json.string(trouble.source)
            json.raw(",")
            if let name = trouble.name { json.string(name) } else { json.null() }
            json.raw(",")
            json.string(trouble.problem)
            json.raw(",")
            json.integer(trouble.since.microseconds)
            json.raw("]")
        }
        try setMeta(SpoolTrouble.listKey, json.text)
        try setMeta(SpoolTrouble.countKey, String(troubles.count))
    }
}

extension StoreReader {
    /// What needs a person in the spool, as the daemon last saw it, and how much there is in all.
    func spoolTroubles(_ db: Database) throws -> (kept: [SpoolTrouble], count: Int64) {
        let list = try meta(db, SpoolTrouble.listKey) ?? "[]"
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
                """, arguments: [list])
        let kept = rows.map { row in
            SpoolTrouble(source: row[0], name: row[1], problem: row[2], since: Instant(microseconds: row[3]))
        }
        return (kept, try meta(db, SpoolTrouble.countKey).flatMap(Int64.init) ?? 0)
    }
}
