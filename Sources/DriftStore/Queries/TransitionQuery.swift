public import DriftModel
import GRDB

/// One side of a move in a question.
public enum SegmentChoice: Hashable, Sendable {
    case any
    /// NULL: not a customer.
    case null
    case named(String)
}

/// Which moves a question is about; what is nil or `any` asks for all.
public struct TransitionFilter: Hashable, Sendable {
    /// By `effective_at`, inclusive.
    public var since: Instant?
    /// By `effective_at`, exclusive.
    public var until: Instant?
    public var customer: String?
    public var segmentation: String?
    public var from: SegmentChoice
    public var to: SegmentChoice
    public var cause: Cause?
    public var direction: Direction?
    /// Only numbers above this one: what `--follow` has not shown yet.
    public var after: Int64?
    /// One move.
    public var transitionID: Int64?
    /// Newest first; else in the order they were recorded.
    public var newestFirst: Bool
    public var limit: Int

    public init(
        since: Instant? = nil, until: Instant? = nil, customer: String? = nil, segmentation: String? = nil,
        from: SegmentChoice = .any, to: SegmentChoice = .any, cause: Cause? = nil, direction: Direction? = nil,
        after: Int64? = nil, transitionID: Int64? = nil, newestFirst: Bool = true, limit: Int = 100
    ) {
        self.since = since
        self.until = until
        self.customer = customer
        self.segmentation = segmentation
        self.from = from
        self.to = to
        self.cause = cause
        self.direction = direction
        self.after = after
        self.transitionID = transitionID
        self.newestFirst = newestFirst
        self.limit = limit
    }
}

/// A row of the view `transitions`: times are ISO 8601 UTC text, inputs JSON objects.
public struct TransitionRow: Hashable, Sendable {
    public var transitionID: Int64
    public var customer: String
    public var segmentation: String
    public var seq: Int64
    public var from: String?
    public var to: String?
    public var direction: String?
    public var effectiveAt: String
    public var recordedAt: String
    public var cause: String
    public var reason: String?
    public var modelVersion: String
    public var source: String?
    public var file: String?
    public var record: Int64?
    public var eventID: String?
    public var inputsBefore: String
    public var inputsAfter: String

    public init(
        transitionID: Int64, customer: String, segmentation: String, seq: Int64, from: String?, to: String?,
        direction: String?, effectiveAt: String, recordedAt: String, cause: String, reason: String?,
        modelVersion: String, source: String?, file: String?, record: Int64?, eventID: String?, inputsBefore: String,
        inputsAfter: String
    ) {
        self.transitionID = transitionID
        self.customer = customer
        self.segmentation = segmentation
        self.seq = seq
        self.from = from
        self.to = to
        self.direction = direction
        self.effectiveAt = effectiveAt
        self.recordedAt = recordedAt
        self.cause = cause
        self.reason = reason
        self.modelVersion = modelVersion
        self.source = source
        self.file = file
        self.record = record
        self.eventID = eventID
        self.inputsBefore = inputsBefore
        self.inputsAfter = inputsAfter
    }
}

extension StoreReader {
    /// Moves that a filter lets through. The newest without other conditions are read backwards from the end;
    /// one customer's through the chain index, with a search per block.
    public func transitions(_ filter: TransitionFilter) throws -> [TransitionRow] {
        try read { db in
            let (sql, arguments) = filter.query
            return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map(TransitionRow.init(row:))
        }
    }
}

extension TransitionFilter {
    /// The view's own text with conditions chosen from fixed ones; every value is bound. Time is compared on the
    /// table's numbers, so that nothing is formatted only to be thrown away.
    var query: (sql: String, arguments: StatementArguments) {
        var conditions: [String] = []
        var arguments = StatementArguments()
        func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        func require(_ column: String, _ side: SegmentChoice) {
            switch side {
            case .any: break
            case .null: conditions.append("\(column) IS NULL")
            case .named(let name): require("\(column) IN (SELECT segment_id FROM segment WHERE name = ?)", name)
            }
        }
        require("t.effective_at >= ?", since?.microseconds)
        require("t.effective_at < ?", until?.microseconds)
        require("c.name = ?", customer)
        require("t.segmentation_id = (SELECT segmentation_id FROM segmentation WHERE name = ?)", segmentation)
        require("k.from_segment_id", from)
        require("k.to_segment_id", to)
        require("k.cause = ?", cause?.rawValue)
        require("k.direction = ?", direction?.rawValue)
        require("t.transition_id > ?", after)
        require("t.transition_id = ?", transitionID)
        arguments += [limit]
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let order = newestFirst ? "DESC" : "ASC"
        return ("\(Views.transitions) \(condition) ORDER BY t.transition_id \(order) LIMIT ?", arguments)
    }
}

extension TransitionRow {
    init(row: Row) {
        self.init(
            transitionID: row["transition_id"], customer: row["customer"] ?? "", segmentation: row["segmentation"],
            seq: row["seq"], from: row["from_segment"], to: row["to_segment"], direction: row["direction"],
            effectiveAt: row["effective_at"], recordedAt: row["recorded_at"], cause: row["cause"],
            reason: row["reason"], modelVersion: row["model_version"], source: row["source"], file: row["file"],
            record: row["record"], eventID: row["event_id"], inputsBefore: row["inputs_before"],
            inputsAfter: row["inputs_after"])
    }
}
