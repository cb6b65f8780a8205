public import DriftModel

/// A value as it is told: what JSON can hold. Dates are ISO text.
public enum FactValue: Hashable, Sendable, Codable {
    case null
    case number(Double)
    case boolean(Bool)
    case text(String)

    public init(_ value: Value) {
        self =
            switch value {
            case .null: .null
            case .number(let number): .number(number)
            case .boolean(let boolean): .boolean(boolean)
            case .date(let day): .text(TimeText.date(day))
            case .timestamp(let instant): .text(TimeText.instant(instant))
            case .text(let text): .text(text)
            }
    }
}

/// Everything an alert about one move tells, resolved to names. Independent of the model from here on, so it can
/// wait in the database for its group or its dwell.
public struct TransitionFacts: Hashable, Sendable, Codable {
    /// An input of the rules involved, on both sides of the move.
    public struct Input: Hashable, Sendable, Codable {
        public var name: String
        public var before: FactValue
        public var after: FactValue

        public init(name: String, before: FactValue, after: FactValue) {
            self.name = name
            self.before = before
            self.after = after
        }
    }

    /// A comparison whose truth flipped.
    public struct ReasonPart: Hashable, Sendable, Codable {
        /// The left side as the model writes it: "recency".
        public var subject: String
        public var before: FactValue
        public var after: FactValue
        /// The right side; nil where there is none (`IS NULL`).
        public var limit: String?
        /// The comparison as the model writes it: "recency <= 60".
        public var text: String
        /// What a step of a score in bands means: "recency above 60"; nil: the subject is none.
        public var meaning: String?

        public init(
            subject: String, before: FactValue, after: FactValue, limit: String?, text: String, meaning: String? = nil
        ) {
            self.meaning = meaning
            self.subject = subject
            self.before = before
            self.after = after
            self.limit = limit
            self.text = text
        }
    }

    public var customerID: Int64
    /// As the files name them.
    public var customer: String
    public var segmentation: String
    public var seq: Int32
    /// Segment ids; nil: NULL.
    public var from: String?
    public var to: String?
    public var direction: String?
    public var cause: String
    /// Microseconds since 1970.
    public var effectiveAt: Int64
    /// Name of the source of the record that triggered it; nil for time and activation.
    public var source: String?
    public var inputs: [Input]
    public var reasons: [ReasonPart]
    public var actions: ActionDifference
    /// When the next move comes if nothing happens, ISO text; nil: unknown or never.
    public var nextChangeAt: String?
    /// "one purchase": an event that would bring the customer back; nil: none of them would.
    public var returnsWith: String?
    public var modelVersion: String
    /// The model's `value` feature after the move, where known: top moves are sorted by it.
    public var value: Double?

    public init(
        customerID: Int64, customer: String, segmentation: String, seq: Int32, from: String?, to: String?,
        direction: String?, cause: String, effectiveAt: Int64, source: String?, inputs: [Input],
        reasons: [ReasonPart], actions: ActionDifference, nextChangeAt: String?, returnsWith: String?,
        modelVersion: String, value: Double?
    ) {
        self.customerID = customerID
        self.customer = customer
        self.segmentation = segmentation
        self.seq = seq
        self.from = from
        self.to = to
        self.direction = direction
        self.cause = cause
        self.effectiveAt = effectiveAt
        self.source = source
        self.inputs = inputs
        self.reasons = reasons
        self.actions = actions
        self.nextChangeAt = nextChangeAt
        self.returnsWith = returnsWith
        self.modelVersion = modelVersion
        self.value = value
    }
}
