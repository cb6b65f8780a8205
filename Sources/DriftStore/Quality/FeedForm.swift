public import DriftModel
import GRDB

/// What a source's files consist of.
public enum FeedKind: String, Hashable, Sendable {
    /// A header (or the number of columns): each file has exactly these.
    case columns
    /// Members of objects: a file may do without some of them.
    case members
}

/// One version of the form of a source's files.
public struct FeedForm: Hashable, Sendable {
    /// A column or member.
    public struct Column: Hashable, Sendable {
        public var name: String
        /// Sampled records that have it.
        public var records: Int64

        public init(name: String, records: Int64) {
            self.name = name
            self.records = records
        }
    }

    public var formID: Int64
    public var source: String
    /// 1, 2, … per source.
    public var version: Int64
    public var kind: FeedKind
    public var firstFileID: Int64
    public var lastFileID: Int64
    public var firstSeenAt: Instant
    /// Records looked at for members.
    public var sampled: Int64
    /// What differs from the form before it, for people; nil for the first.
    public var change: String?
    /// In the order of the file, or of first appearance.
    public var columns: [Column]

    public init(
        formID: Int64, source: String, version: Int64, kind: FeedKind, firstFileID: Int64, lastFileID: Int64,
        firstSeenAt: Instant, sampled: Int64, change: String?, columns: [Column]
    ) {
        self.formID = formID
        self.source = source
        self.version = version
        self.kind = kind
        self.firstFileID = firstFileID
        self.lastFileID = lastFileID
        self.firstSeenAt = firstSeenAt
        self.sampled = sampled
        self.change = change
        self.columns = columns
    }

    /// Names alone, in order.
    public var names: [String] { columns.map(\.name) }

    static func fetchAll(_ db: Database, source: String?) throws -> [FeedForm] {
        let columns = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT c.form_id, c.name, c.n FROM feed_column AS c JOIN feed_form AS f USING (form_id)
                    WHERE ?1 IS NULL OR f.source = ?1 ORDER BY c.form_id, c.position
                    """), arguments: [source])
        var byForm: [Int64: [Column]] = [:]
        for row in columns { byForm[row[0], default: []].append(Column(name: row[1], records: row[2])) }
        let forms = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT form_id, source, version, kind, first_file_id, last_file_id, first_seen_at, sampled, change
                    FROM feed_form WHERE ?1 IS NULL OR source = ?1 ORDER BY source, version
                    """), arguments: [source])
        return forms.map { row in
            FeedForm(
                formID: row[0], source: row[1], version: row[2], kind: FeedKind(rawValue: row[3]) ?? .columns,
                firstFileID: row[4], lastFileID: row[5], firstSeenAt: Instant(microseconds: row[6]), sampled: row[7],
                change: row[8], columns: byForm[row[0]] ?? [])
        }
    }
}

extension StoreTransaction {
    /// The forms a source's files have had, in the order in which they were first seen.
    public func feedForms(source: String) throws -> [FeedForm] { try FeedForm.fetchAll(db, source: source) }

    /// Keeps a form that was not seen before.
    /// - Parameter form: Its number is given here.
    public func insertFeedForm(_ form: FeedForm) throws {
        try run(
            """
            INSERT INTO feed_form (source, version, kind, first_file_id, last_file_id, first_seen_at, sampled, change)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                form.source, form.version, form.kind.rawValue, form.firstFileID, form.lastFileID,
                form.firstSeenAt.microseconds, form.sampled, form.change,
            ])
        let formID = db.lastInsertedRowID
        for (index, column) in form.columns.enumerated() {
            try run(
                "INSERT INTO feed_column (form_id, position, name, n) VALUES (?, ?, ?, ?)",
                [formID, index + 1, column.name, column.records])
        }
    }

    /// A further file of a known form.
    /// - Parameter adding: Records of it that were sampled, and by member how many had it; what the form does not
    ///   have is left out.
    public func noteFeedForm(
        _ formID: Int64, file fileID: Int64, adding sample: (records: Int64, members: [String: Int64])?
    )
        throws
    {
        try run(
            "UPDATE feed_form SET last_file_id = ?, sampled = sampled + ? WHERE form_id = ?",
            [fileID, sample?.records ?? 0, formID])
        guard let sample else { return }
        for (name, records) in sample.members where records > 0 {
            try run(
                "UPDATE feed_column SET n = n + ? WHERE form_id = ? AND name = ?", [records, formID, name])
        }
    }
}

extension StoreReader {
    /// The forms sources' files have had.
    /// - Parameter source: nil: all sources.
    public func feedForms(source: String? = nil) throws -> [FeedForm] {
        try read { db in try FeedForm.fetchAll(db, source: source) }
    }
}
