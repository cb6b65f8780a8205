/// What the first pass counted about the quality of a file's records.
public struct FileFigures: Hashable, Sendable {
    /// A mapped field, and how often it has no value.
    public struct Field: Hashable, Sendable {
        /// `purchase.amount`; `id` for the record's id.
        public var name: String
        /// Events (records, for `id`) that could have had a value.
        public var events: Int64
        /// Those of them without one.
        public var nulls: Int64

        public init(name: String, events: Int64, nulls: Int64) {
            self.name = name
            self.events = events
            self.nulls = nulls
        }

        /// 0…1; 0 without any event.
        public var nullShare: Double { events == 0 ? 0 : Double(nulls) / Double(events) }
    }

    /// Records refused for one reason.
    public struct Reject: Hashable, Sendable {
        public var code: String
        public var records: Int64

        public init(code: String, records: Int64) {
            self.code = code
            self.records = records
        }
    }

    /// In the order of the model.
    public var fields: [Field]
    public var rejects: [Reject]

    public init(fields: [Field] = [], rejects: [Reject] = []) {
        self.fields = fields
        self.rejects = rejects
    }
}
